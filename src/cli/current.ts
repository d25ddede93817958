/** What a trusted repository says now, verified from what is pinned, whichever format it has. */
import type { Chosen } from './choose-repository.js';
import type { Context } from './command.js';
import { readPinned } from './notary-format/current.js';
import { findSignedImage, type Current } from './signed-image.js';
import { refreshPin } from './trusted.js';

/** Asks the repository what is current, and verifies it. Whatever fails, nothing older is used instead. @throws WritError */
export async function readCurrent(context: Context, chosen: Chosen): Promise<Current> {
  if (chosen.format === 'notary') return readPinned(context, chosen.pinned);
  const view = await refreshPin(context, chosen.pin);
  const { root, timestamp, snapshot, targets } = view;
  return {
    name: chosen.pin.name,
    topLevel: [root, timestamp, snapshot, targets],
    find: (reference, catalogue) => findSignedImage(view, reference, catalogue),
  };
}
