/** What `slipway-edge.mjs` offers to delivered models. */
export { openHost, openLambda, openPredictor, openVerified } from '@slipway/edge';
