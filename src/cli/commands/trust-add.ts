import { WritError } from '../../errors.js';
import type { Pin, PinSource } from '../../trust/pins.js';
import { fetchRoot } from '../../trust/fetch-root.js';
import { DEFAULT_LIMITS } from '../../tuf/limits.js';
import { defineCommand } from '../command.js';
import { inFile, readInputFile } from '../files.js';
import { FORMAT_OPTIONS, parseFormat, placeGiven, refuseOthers } from '../notary-format/options.js';
import { addNotary } from '../notary-format/trust-add.js';
import { fetcherOf, openPins } from '../trusted.js';

/** What only Notary repositories are trusted by. */
const NOTARY_ONLY = ['root-key', 'ca', 'trust-on-first-use', 'trust-dir', 'server-ca'] as const;

export const command = defineCommand({
  usage: 'NAME --root FILE | --url URL --sha256 HEX [--format notary …]',
  description:
    'Pins the root of a repository: from now on its images can be verified. The root comes as a file from somebody you\n' +
    'trust, or is fetched and must have the SHA-256 that they told you. Without --url the repository is looked for on\n' +
    'the service of the settings, at SERVER/tuf/NAME.\n' +
    'With --format notary NAME is that of an image repository, --url that of its Notary server, and it may also be\n' +
    'trusted by its root keys, or by an authority that issues their certificates: with /* at the end of NAME for all\n' +
    'repositories whose names begin so. The verbs follow what is recorded here.',
  arguments: [1, 1],
  options: {
    root: { type: 'string', value: 'FILE', help: 'the trusted root' },
    url: { type: 'string', value: 'URL', help: 'where the repository is served: SERVER/tuf/NAME' },
    sha256: { type: 'string', value: 'HEX', help: 'the SHA-256 of the first root, when there is no file' },
    server: { type: 'string', value: 'URL', help: 'the service, when --url does not say where' },
    ...FORMAT_OPTIONS,
    'root-key': {
      type: 'string',
      multiple: true,
      value: 'ID',
      help: 'notary: a key of the first root, by the id that roots list',
    },
    ca: {
      type: 'string',
      value: 'FILE',
      help: 'notary: authorities that issue the certificate of the root key, PEM',
    },
    'trust-on-first-use': {
      type: 'boolean',
      help: 'notary: pin the root that the server has now, whatever it is',
    },
  },
  examples: [
    'writ trust add example --url https://writ.example/tuf/example --sha256 9f86d0…',
    'writ trust add example --root example.root.json --server https://writ.example',
    'writ trust add registry.example/acme/app --format notary --url https://notary.example --sha256 9f86d0…',
    "writ trust add 'registry.example/acme/*' --format notary --url https://notary.example --ca acme-ca.pem",
  ],
  run: async (context, values, [name = '']) => {
    const format = parseFormat(values.format);
    const { root, sha256 } = values;
    if (format === 'notary') {
      await addNotary(context, name, {
        root,
        sha256,
        rootKeys: values['root-key'],
        ca: values.ca,
        firstUse: values['trust-on-first-use'],
        server: values.url ?? (await context.config()).config.server,
        ...(await placeGiven(values)),
      });
      return 0;
    }
    refuseOthers(values, NOTARY_ONLY, format);
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
