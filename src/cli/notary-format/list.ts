/** `writ list` of a pinned Notary repository: what is released. */
import type { Catalogue } from '../../entitlements/model.js';
import { statements } from '../../notary/stated.js';
import type { Context } from '../command.js';
import { grantsListed, type ListedImage } from '../listed-image.js';
import { readCollection } from './current.js';
import type { PinnedNotary } from './open.js';

/** @throws WritError as readCollection */
export async function listPinned(
  context: Context,
  pinned: PinnedNotary,
  catalogue: Catalogue,
): Promise<ListedImage[]> {
  const collection = await readCollection(context, pinned);
  const said = [...statements(collection, undefined, context.io.clock.now()).values()];
  return said
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, target, role }) => {
      const hex = target.hashes.get('sha256');
      return {
        image: `${pinned.gun}:${name}`,
        digest: hex === undefined ? null : `sha256:${hex}`,
        repository: pinned.gun,
        role,
        ...grantsListed(catalogue, target),
      };
    });
}
