/** Options of the commands that make the record of a repository's format. */
import { resolve } from 'node:path';
import { WritError } from '../../errors.js';
import type { NotaryPin } from '../../notary/pins.js';
import type { OptionSpecs } from '../command.js';
import { readInputFile } from '../files.js';

const FORMATS = ['tuf', 'notary'] as const;
export type RepositoryFormat = (typeof FORMATS)[number];

export const FORMAT_OPTIONS = {
  format: {
    type: 'string',
    value: 'FORMAT',
    help: 'tuf (default), or notary: a repository of Notary v1, on this service or a notary-server',
    words: FORMATS,
  },
  'trust-dir': {
    type: 'string',
    value: 'DIR',
    help: 'notary: the trust folder whose keys sign, such as ~/.docker/trust (default: in the client state)',
  },
  'server-ca': {
    type: 'string',
    value: 'FILE',
    help: 'notary: the only authorities that may vouch for the server (default: those of the system)',
  },
} as const satisfies OptionSpecs;

/** @throws WritError USAGE */
export function parseFormat(text: string | undefined): RepositoryFormat {
  const format = text === undefined ? 'tuf' : FORMATS.find(one => one === text);
  if (format !== undefined) return format;
  throw new WritError('USAGE', `there is no format ${String(text)}: it is tuf or notary`);
}

/** What was given, by the name of the option. */
type Given = Readonly<Record<string, string | boolean | readonly string[] | undefined>>;

const isGiven = (value: Given[string]): boolean =>
  Array.isArray(value) ? value.length > 0 : value !== undefined && value !== false;

/** @throws WritError USAGE when one of `names` is given */
export function refuseOthers(values: Given, names: readonly string[], format: RepositoryFormat): void {
  const other = names.find(name => isGiven(values[name]));
  if (other === undefined) return;
  throw new WritError('USAGE', `--${other} is not for repositories of the format ${format}`);
}

const MAX_PEM = 1024 * 1024;

interface GivenPlace {
  readonly 'trust-dir': string | undefined;
  readonly 'server-ca': string | undefined;
}

/** Where the keys lie, and who vouches for the server. @throws WritError CLI_FILE */
export async function placeGiven({
  'trust-dir': folder,
  'server-ca': ca,
}: GivenPlace): Promise<Pick<NotaryPin, 'keys' | 'serverCa'>> {
  return {
    keys: folder === undefined ? undefined : resolve(folder),
    serverCa: ca === undefined ? undefined : await readInputFile(ca, MAX_PEM),
  };
}
