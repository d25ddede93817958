import { WritError } from '../../../errors.js';
import { notaryKeyOfCertificate, type NotaryKey } from '../../../crypto/notary-key.js';
import { parsePem, writePem } from '../../../crypto/pem.js';
import type { NotaryRepository } from '../../../notary/repository.js';
import { maybePublish, needArgs, openRepository, readInput, type NotaryContext } from '../context.js';
import type { Given } from '../flags.js';
import { readKeyFile } from '../key-files.js';
import type { VerbRun } from '../verb.js';

export const run: VerbRun = async (context, given) => {
  const [gun = ''] = needArgs(given, 1, 'Must specify a GUN');
  const repository = await openRepository(context, gun, 'push,pull');
  const rootKeyIds = await rootKeys(context, given, repository);
  const rootCertificates = await readCertificate(given.text('rootcert'));
  await repository.initialize({ rootKeyIds, rootCertificates });
  await maybePublish(context, given, gun);
};

/** Of the file that was named, or the first of the trust folder: unless a certificate says which. */
async function rootKeys(
  context: NotaryContext,
  given: Given,
  { keyring }: NotaryRepository,
): Promise<readonly string[]> {
  const file = given.text('rootkey');
  const ids = file === '' ? await knownRoots(context) : [await importRoot(context, keyring, file)];
  if (ids[0] === undefined) return [];
  context.print(`Root key found, using: ${ids[0]}`);
  return file === '' && given.text('rootcert') !== '' ? [] : ids.slice(0, 1);
}

async function importRoot(
  context: NotaryContext,
  keyring: NotaryRepository['keyring'],
  file: string,
): Promise<string> {
  const key = await readKeyFile(context, file, 'root');
  await keyring.adopt(key, { role: 'root', gun: '' });
  return key.id;
}

const knownRoots = async ({ trust }: NotaryContext): Promise<string[]> =>
  (await trust.keys.list()).filter(({ role }) => role === 'root').map(({ id }) => id);

async function readCertificate(file: string): Promise<NotaryKey[]> {
  if (file === '') return [];
  const text = Buffer.from(await readInput(file)).toString('latin1');
  const block = parsePem(text).find(({ type }) => type === 'CERTIFICATE');
  if (block === undefined) {
    throw new WritError('NOTARY_FILE', 'the provided file does not contain a valid PEM certificate');
  }
  return [notaryKeyOfCertificate(writePem({ ...block, headers: new Map() }))];
}
