/** `writ profile meet` and `writ profile join`. */
import { loadCatalogue } from '../config/catalogue.js';
import { Diagrams } from '../entitlements/algebra/diagram.js';
import { mergeFilters, type Operation } from '../entitlements/algebra/merge.js';
import { writeSeccompObject } from '../entitlements/algebra/seccomp-object.js';
import { objectOf } from '../entitlements/algebra/to-object.js';
import { wideText } from '../json/wide.js';
import { defineCommand, type Command } from './command.js';
import { writeOutputFile } from './files.js';
import { readFilterFile } from './filter-file.js';
import {
  doubtfulCalls,
  filterNode,
  LOADER_OPTIONS,
  loaderOf,
  targetsGiven,
  warnOfDoubts,
} from './filters.js';

const WHAT: Readonly<Record<Operation, string>> = {
  meet: 'Prints the seccomp object that permits what both A and B permit.',
  join: 'Prints the seccomp object that permits what A or B permits.',
};

export const mergeCommand = (operation: Operation): Command =>
  defineCommand({
    usage: 'A B [--runtime NAME] [--arch ARCH] [-o FILE]',
    description:
      `${WHAT[operation]} It is exact for every runtime that is\n` +
      'supported, or for the one that is named, and consists of rules that exclude each other; where no object says exactly\n' +
      'this, or it may have more than 4096 instructions, nothing is printed. What neither permits is refused as the stricter\n' +
      'one does; of two errors with the lower. A and B are seccomp objects, files config.json, or raw classic BPF in base64.',
    arguments: [2, 2],
    options: {
      ...LOADER_OPTIONS,
      output: { type: 'string', short: 'o', value: 'FILE', help: 'write there instead of stdout' },
    },
    examples: [
      `writ profile ${operation} mine.json theirs.json -o both.json`,
      `writ profile ${operation} config.json filter.b64 --runtime runc-1.1 --arch amd64`,
    ],
    run: async (context, values, [first = '', second = '']) => {
      const { filter: a } = await readFilterFile(context, first);
      const { filter: b } = await readFilterFile(context, second);
      const { catalogue, baselines } = await loadCatalogue();
      const diagrams = new Diagrams();
      const loaders = targetsGiven(baselines, values).map(target => loaderOf(catalogue, target));
      warnOfDoubts(context, first, doubtfulCalls(a, loaders));
      warnOfDoubts(context, second, doubtfulCalls(b, loaders));
      const wanted = loaders.map(loader => {
        const [x, y] = [filterNode(diagrams, a, loader), filterNode(diagrams, b, loader)];
        return { loader, node: mergeFilters(diagrams, operation, x, y) };
      });
      const bytes = Buffer.from(wideText(writeSeccompObject(objectOf(diagrams, wanted))));
      if (values.output === undefined) context.out.raw(bytes);
      else await writeOutputFile(values.output, bytes);
      return 0;
    },
  });
