import { randomInt } from 'node:crypto';

const ADJECTIVES =
  'able agile amber ample apt avid balmy brave bright brisk calm candid clear clever cosy crisp deft eager early fair fast fine fleet fond frank free fresh gentle glad golden grand hardy honest keen kind lively loyal lucid mellow merry mild neat nimble noble patient placid plucky polite proud quick quiet rapid rare ready robust rosy rugged sage serene sharp shiny silent sleek smooth snug solid steady still stout sturdy sunny swift tidy tranquil true upbeat valiant vivid warm wise witty zesty'.split(
    ' ',
  );
const NOUNS =
  'anchor barge bay beacon boat bollard bow breeze brig buoy cabin canal canoe capstan clipper coast compass coral cove crane crew current cutter deck delta dhow dinghy dock dolphin eddy estuary ferry fjord fleet galley gannet gull gunwale halyard harbor haven heron hull island jetty kayak keel ketch lagoon lantern launch ledge lighthouse lock mast mooring narwhal oar orca otter pelican petrel pier pilot pinnace plover porpoise port prow puffin quay rapids reef rigging river rudder sail schooner seal shoal skiff sloop spar spray starfish stern strait surf tern tide tiller trawler tugboat turtle vessel wake walrus wave wharf windlass yawl'.split(
    ' ',
  );

/** A name for a run that was given none: `brisk-harbor-417`. */
export function randomName(): string {
  return `${ADJECTIVES[randomInt(ADJECTIVES.length)]}-${NOUNS[randomInt(NOUNS.length)]}-${randomInt(1000)}`;
}
