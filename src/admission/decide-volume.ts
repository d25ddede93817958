/** An image that is mounted as a volume: it must be signed and pinned like one that runs. */
import { quote } from '../json/quote.js';
import type { ImageVolume } from './containers.js';
import { finding } from './judge.js';
import { pointer } from './json-patch.js';
import type { Work } from './work.js';

export function decideVolume(work: Work, volume: ImageVolume): void {
  const image = work.toRead(volume);
  if (image.kind === 'refused' || work.modeOf(image) !== 'enforce') return;
  const { reference, digest, pinned } = image.vouched;
  if (reference.digest === digest) return;
  if (work.phase === 'mutate' && work.scope.editable === 'everything') {
    work.patch.push({
      op: 'replace',
      path: volume.pointer + pointer('reference'),
      value: pinned.toString(),
    });
    return;
  }
  work.findings.add('enforce', () =>
    finding(
      'ADMISSION_UNPINNED',
      `volume ${quote(volume.name)}: the image ${quote(volume.image)} is not pinned to ${digest}, which was signed`,
    ),
  );
}
