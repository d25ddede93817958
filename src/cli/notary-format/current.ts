/** What a pinned Notary repository says now. */
import type { NotaryCollection } from '../../notary/collection.js';
import { TARGETS } from '../../tuf/role-name.js';
import type { Context } from '../command.js';
import type { Current } from '../signed-image.js';
import { findNotaryImage } from './find-image.js';
import { openPinned, type PinnedNotary } from './open.js';

/** @throws WritError as NotaryRepository.read */
export async function readCollection(context: Context, pinned: PinnedNotary): Promise<NotaryCollection> {
  const collection = await (await openPinned(context, pinned, 'pull')).read();
  const { root, timestamp, snapshot } = collection.state;
  context.out.detail(
    () =>
      `${pinned.gun}: root ${root.value.version}, timestamp ${timestamp.value.version}, ` +
      `snapshot ${snapshot.value.version}, all verified`,
  );
  return collection;
}

/** @throws WritError as {@link readCollection} */
export async function readPinned(context: Context, pinned: PinnedNotary): Promise<Current> {
  const collection = await readCollection(context, pinned);
  const { root, timestamp, snapshot, targets } = collection.state;
  const top = targets.get(TARGETS);
  const now = context.io.clock.now();
  return {
    name: pinned.gun,
    topLevel: [root, timestamp, snapshot, ...(top === undefined ? [] : [top])],
    find: (reference, catalogue, role) =>
      Promise.resolve().then(() => findNotaryImage(collection, { reference, catalogue, role, now })),
  };
}
