/** The pass-phrases that notary-signer runs with: of its own variables, or of a file. */
import { WritError } from '../../errors.js';
import type { PassphraseOf } from '../../migrate/signer-keys.js';
import { readInputFileWithMode } from '../files.js';

const MAX_FILE = 64 * 1024;

/**
 * @param path - a file of its owner alone, `ALIAS=PASS-PHRASE` on each line; it comes before the variables
 *   `NOTARY_SIGNER_<ALIAS>`
 * @throws WritError CLI_FILE, CLI_PASSPHRASE
 */
export async function signerPassphrases(
  path: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Promise<PassphraseOf> {
  const given = path === undefined ? new Map<string, string>() : await readPassphrases(path);
  return alias => given.get(alias.toUpperCase()) ?? env[`NOTARY_SIGNER_${alias.toUpperCase()}`];
}

async function readPassphrases(path: string): Promise<Map<string, string>> {
  const { bytes, mode } = await readInputFileWithMode(path, MAX_FILE);
  if ((mode & 0o077) !== 0) {
    throw new WritError('CLI_PASSPHRASE', `${path} can be read by others`, {
      hint: `run: chmod 600 ${path}`,
    });
  }
  const lines = Buffer.from(bytes)
    .toString('utf8')
    .split('\n')
    .filter(line => line.trim() !== '');
  return new Map(
    lines.map((line, i) => {
      const [, alias, phrase] = /^(?:NOTARY_SIGNER_)?([A-Za-z0-9_]+)=(.+)$/.exec(line) ?? [];
      if (alias !== undefined && phrase !== undefined) return [alias.toUpperCase(), phrase];
      throw new WritError('CLI_PASSPHRASE', `line ${i + 1} of ${path} is not ALIAS=PASS-PHRASE`);
    }),
  );
}
