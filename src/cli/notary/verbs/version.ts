import { VERSION } from '../../version.js';
import type { VerbRun } from '../verb.js';

export const versionLine = (): string =>
  `notary Version: writ ${VERSION}, Git commit: , Go version: none (Node ${process.versions.node})\n`;

export const run: VerbRun = context => {
  context.print(
    `notary\n Version:    writ ${VERSION}\n Git commit: \n Go version: none (Node ${process.versions.node})`,
  );
  return Promise.resolve();
};
