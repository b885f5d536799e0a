import { expect, test } from 'vitest';
import { writeFraction } from './write-fraction.ts';

const into = new Uint8Array(64);

function textOf(x: number): string | undefined {
  const end = writeFraction(x, into, 3);
  return end < 0 ? undefined : new TextDecoder().decode(into.subarray(3, end));
}

let state = 1;
function random(): number {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  const high = state;
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return (high * 2 ** 21 + (state >>> 11)) / 2 ** 53;
}

test.for<{ name: string; draw: (i: number) => number; atLeast: number }>([
  { name: 'any', draw: () => random(), atLeast: 0.99 },
  { name: 'below a tenth', draw: () => random() / 10, atLeast: 0.95 },
  { name: 'below a hundredth', draw: () => random() / 100, atLeast: 0.85 },
  { name: 'few digits', draw: (i) => Number(random().toFixed(1 + (i % 17))), atLeast: 0.8 },
  { name: 'near thousandths', draw: (i) => ((i % 1000) / 1000) * (1 + ((i >> 10) - 10) * 2 ** -53), atLeast: 0.9 },
  { name: 'near powers of two', draw: (i) => 2 ** -(i % 11) * (1 + ((i >> 4) - 600) * 2 ** -53), atLeast: 0.4 },
])('what is written is what String writes: $name', ({ draw, atLeast }) => {
  const values = Array.from({ length: 20_000 }, (_, i) => draw(i));
  const texts = values.map(textOf);
  expect(values.filter((x, i) => texts[i] !== undefined && texts[i] !== String(x))).toEqual([]);
  expect(texts.filter((text) => text !== undefined).length).toBeGreaterThan(atLeast * values.length);
});

test.for([0, 1, 0.5, 0.25, -0.3, 0.0009, 1e-7, 1.5, NaN, Infinity])('%d is left to String', (x) => {
  expect(textOf(x)).toBeUndefined();
});
