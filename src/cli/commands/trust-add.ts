import { WritError } from '../../errors.js';
import type { Pin, PinSource } from '../../trust/pins.js';
import { fetchRoot } from '../../trust/fetch-root.js';
import { DEFAULT_LIMITS } from '../../tuf/limits.js';
import { defineCommand } from '../command.js';
import { inFile, readInputFile } from '../files.js';
import { fetcherOf, openPins } from '../trusted.js';

export const command = defineCommand({
  usage: 'NAME --root FILE | --url URL --sha256 HEX',
  description:
    'Pins the root of a repository: from now on its images can be verified. The root comes as a file from somebody you\n' +
    'trust, or is fetched and must have the SHA-256 that they told you. Without --url the repository is looked for on\n' +
    'the service of the settings, at SERVER/tuf/NAME.',
  arguments: [1, 1],
  options: {
    root: { type: 'string', value: 'FILE', help: 'the trusted root' },
    url: { type: 'string', value: 'URL', help: 'where the repository is served: SERVER/tuf/NAME' },
    sha256: { type: 'string', value: 'HEX', help: 'the SHA-256 of the first root, when there is no file' },
    server: { type: 'string', value: 'URL', help: 'the service, when --url does not say where' },
  },
  examples: [
    'writ trust add example --url https://writ.example/tuf/example --sha256 9f86d0…',
    'writ trust add example --root example.root.json --server https://writ.example',
  ],
  run: async (context, values, [name = '']) => {
    const { root, sha256 } = values;
    if ((root === undefined) === (sha256 === undefined)) {
      throw new WritError('USAGE', 'give the trusted root as --root FILE, or its hash as --sha256 HEX', {
        hint: 'a root from the server alone proves nothing: get the file or the hash from somebody you trust',
      });
    }
    const source: PinSource = { url: values.url ?? `${(await context.config()).config.server}/tuf/${name}` };
    const pins = await openPins(context);
    const bytes =
      root === undefined
        ? await fetchRoot(fetcherOf(source), checkedHash(sha256 ?? ''))
        : await readInputFile(root, DEFAULT_LIMITS.root);
    const add = (): Promise<Pin> => pins.add(name, bytes, source);
    const pin = await (root === undefined ? add() : inFile(root, add));
    context.out.result(
      { name: pin.name, url: source.url, sha256: pin.sha256, version: pin.version },
      () => `trusting ${pin.name} at ${source.url} from root version ${pin.version}\nsha256 ${pin.sha256}`,
    );
    return 0;
  },
});

function checkedHash(text: string): string {
  if (/^[0-9a-f]{64}$/.test(text)) return text;
  throw new WritError('USAGE', '--sha256 must be 64 lower-case hex digits');
}
