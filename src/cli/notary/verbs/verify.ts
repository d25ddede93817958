import { writeFile } from 'node:fs/promises';
import { digestHex } from '../../../crypto/digest.js';
import { reasonOf, WritError } from '../../../errors.js';
import type { TargetFile } from '../../../tuf/model.js';
import type { NotaryRepository } from '../../../notary/repository.js';
import { needArgs, openRepository, readInput, type NotaryContext } from '../context.js';
import type { VerbRun } from '../verb.js';

export const run: VerbRun = async (context, given) => {
  const [gun = '', name = ''] = needArgs(given, 2, 'Must specify a GUN and target');
  const input = given.text('input');
  const payload = input === '' ? await readAll(context) : await readInput(input);
  const file = await findTarget(await openRepository(context, gun, 'pull'), name);
  checkHashes(payload, name, file);
  if (given.is('quiet')) return;
  const output = given.text('output');
  if (output === '') context.io.stdout.write(payload);
  else await writeOutput(output, payload);
};

async function readAll({ io }: NotaryContext): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of io.stdin) chunks.push(Buffer.from(chunk as Uint8Array));
  return Buffer.concat(chunks);
}

async function findTarget(repository: NotaryRepository, name: string): Promise<TargetFile> {
  try {
    return (await repository.read()).target(name).file;
  } catch (error) {
    if (!(error instanceof WritError)) throw error;
    throw new WritError(error.code, `error retrieving target by name:${name}, error:${error.message}`, {
      cause: error,
    });
  }
}

/** Every hash of a kind that is known; the length is another check that Notary does not make. */
function checkHashes(payload: Uint8Array, name: string, { hashes, length }: TargetFile): void {
  for (const algorithm of ['sha256', 'sha512'] as const) {
    const expected = hashes.get(algorithm);
    if (expected === undefined || digestHex(algorithm, payload) === expected) continue;
    throw other(`${algorithm} checksum for ${name} did not match: expected ${expected}`);
  }
  if (payload.length !== length) throw other(`length of ${name} did not match: expected ${length}`);
}

const other = (why: string): WritError =>
  new WritError('NOTARY_TARGET', `data not present in the trusted collection, ${why}`);

async function writeOutput(file: string, payload: Uint8Array): Promise<void> {
  try {
    await writeFile(file, payload);
  } catch (cause) {
    throw new WritError('NOTARY_FILE', `open ${file}: ${reasonOf(cause)}`, { cause });
  }
}
