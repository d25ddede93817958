import { createPublicKey } from 'node:crypto';
import { notaryKeyOf, notaryKeyOfCertificate, type NotaryKey } from '../../../crypto/notary-key.js';
import { parsePem, writePem, type PemBlock } from '../../../crypto/pem.js';
import { isWritError, WritError } from '../../../errors.js';
import { certificateProblem } from '../../../tuf/notary/root-certificates.js';
import { maybePublish, offlineRepository, readInput } from '../context.js';
import { usage } from '../flags.js';
import { shownPaths } from '../shown-paths.js';
import type { VerbRun } from '../verb.js';

export const run: VerbRun = async (context, given) => {
  const [gun = '', role = '', ...files] = given.args;
  const hasPaths = given.has('paths') || given.is('all-paths');
  if (given.args.length < 2 || (files.length === 0 && !hasPaths)) {
    throw usage(
      'must specify the Global Unique Name and the role of the delegation along with the public key certificate paths and/or a list of paths to add',
    );
  }
  const keys: NotaryKey[] = [];
  for (const file of files) keys.push(await readKey(file, context.io.clock.now()));
  const named = given.list('paths');
  const paths = given.is('all-paths') || named.includes('') ? [''] : named;
  try {
    await offlineRepository(context, gun).addDelegation(role, keys, paths);
  } catch (error) {
    if (!isWritError(error, 'NOTARY_ROLE')) throw error;
    throw new WritError('NOTARY_ROLE', `failed to create delegation: ${error.message}`, { cause: error });
  }
  const ids = keys.map(({ canonicalId }) => canonicalId);
  const added =
    (ids.length > 0 ? `with keys [${ids.join(' ')}], ` : '') +
    (hasPaths ? `with paths [${shownPaths(paths).join('\n')}], ` : '');
  context.print(
    `\nAddition of delegation role ${role} ${added}to repository "${gun}" staged for next publish.\n`,
  );
  await maybePublish(context, given, gun);
};

/** The key of a certificate, in that certificate; or a bare public key. */
async function readKey(file: string, now: Date): Promise<NotaryKey> {
  const text = Buffer.from(await readKeyBytes(file)).toString('latin1');
  try {
    for (const block of parsePem(text)) {
      if (block.type === 'CERTIFICATE') return keyOfCertificate(block, now);
      if (block.type === 'PUBLIC KEY') {
        return notaryKeyOf(createPublicKey({ key: Buffer.from(block.bytes), format: 'der', type: 'spki' }));
      }
    }
  } catch (cause) {
    throw unreadable(file, cause instanceof Error ? cause.message : String(cause));
  }
  throw unreadable(file, 'no valid public key found');
}

function keyOfCertificate(block: PemBlock, now: Date): NotaryKey {
  const key = notaryKeyOfCertificate(writePem({ ...block, headers: new Map() }));
  const problem = certificateProblem(key.certificates, now);
  if (problem === undefined) return key;
  throw new WritError('NOTARY_FILE', problem);
}

const unreadable = (file: string, why: string): WritError =>
  new WritError('NOTARY_FILE', `unable to parse valid public key certificate from PEM file ${file}: ${why}`);

async function readKeyBytes(file: string): Promise<Uint8Array> {
  try {
    return await readInput(file);
  } catch (cause) {
    throw new WritError('NOTARY_FILE', `file for public key does not exist: ${file}`, { cause });
  }
}
