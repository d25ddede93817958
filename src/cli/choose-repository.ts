/** Which trusted repository a plain verb means, and which format that has: the record of `writ init` and `trust add`. */
import { WritError } from '../errors.js';
import type { ImageReference } from '../image/reference.js';
import type { Pin } from '../trust/pins.js';
import { parseGun } from '../tuf/notary/names.js';
import type { Context } from './command.js';
import { openNotaryPins, type PinnedNotary } from './notary-format/open.js';
import { choosePin, openPins } from './trusted.js';

export type Chosen =
  | { readonly format: 'tuf'; readonly pin: Pin }
  | { readonly format: 'notary'; readonly pinned: PinnedNotary };

/**
 * The repository that is named; else the Notary repository of the image, where one is pinned; else the only repository
 * of writ that is pinned.
 *
 * @param reference - the image that is asked about; a Notary repository signs those of its own name
 * @throws WritError as choosePin; USAGE for an image of another repository than the Notary one that is named
 */
export async function chooseRepository(
  context: Context,
  name: string | undefined,
  reference?: ImageReference,
): Promise<Chosen> {
  const wanted = name ?? reference?.repository;
  const pin = wanted === undefined ? undefined : await (await openNotaryPins(context)).findFor(wanted);
  if (pin !== undefined && wanted !== undefined) {
    if (reference !== undefined && reference.repository !== wanted) throw otherImage(reference, wanted);
    return { format: 'notary', pinned: { gun: parseGun(wanted), pin } };
  }
  if (name === undefined && reference === undefined) return onlyOne(context);
  return { format: 'tuf', pin: await choosePin(context, name) };
}

/** Where there is no image to tell by, the only Notary repository does where no other is pinned. */
async function onlyOne(context: Context): Promise<Chosen> {
  const [only, ...others] = await exactPins(context);
  const ofWrit = await (await openPins(context)).list();
  if (only !== undefined && others.length === 0 && ofWrit.length === 0)
    return { format: 'notary', pinned: only };
  return { format: 'tuf', pin: await choosePin(context, undefined) };
}

/** The pinned Notary repositories that are named in full. */
export async function exactPins(context: Context): Promise<PinnedNotary[]> {
  const pins = await (await openNotaryPins(context)).list();
  return pins.filter(({ name }) => !name.endsWith('*')).map(pin => ({ gun: parseGun(pin.name), pin }));
}

const otherImage = (reference: ImageReference, name: string): WritError =>
  new WritError('USAGE', `${reference.toString()} is no image of the Notary repository ${name}`, {
    hint: 'a Notary repository signs images of its own name alone',
  });
