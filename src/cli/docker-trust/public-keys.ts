/** Public keys of signers, as `docker trust key generate` and openssl write them. */
import { createPublicKey } from 'node:crypto';
import { notaryKeyOf, notaryKeyOfCertificate, type NotaryKey } from '../../crypto/notary-key.js';
import { parsePem, writePem } from '../../crypto/pem.js';
import { WritError } from '../../errors.js';
import { certificateProblem } from '../../tuf/notary/root-certificates.js';
import { inFile, readInputFile } from '../files.js';

const MAX_KEY = 64 * 1024;

/** @throws WritError CLI_FILE; KEY_FORMAT, KEY_TYPE, KEY_WEAK with the name of the file */
export async function readPublicKey(file: string, now: Date): Promise<NotaryKey> {
  const text = Buffer.from(await readInputFile(file, MAX_KEY)).toString('utf8');
  return inFile(file, () => parsePublicKey(text, now));
}

function parsePublicKey(text: string, now: Date): NotaryKey {
  const [block] = parsePem(text);
  // Headers that say whose key it is are none of OpenSSL's.
  const bare = block && writePem({ ...block, headers: new Map() });
  if (bare !== undefined && block?.type === 'CERTIFICATE') {
    const key = notaryKeyOfCertificate(bare);
    const problem = certificateProblem(key.certificates, now);
    if (problem !== undefined) throw new WritError('KEY_FORMAT', problem);
    return key;
  }
  if (bare === undefined || block?.type !== 'PUBLIC KEY')
    throw new WritError('KEY_FORMAT', 'it holds neither a public key nor a certificate in PEM');
  try {
    return notaryKeyOf(createPublicKey(bare));
  } catch (cause) {
    if (cause instanceof WritError) throw cause;
    throw new WritError('KEY_FORMAT', 'its public key cannot be read', { cause });
  }
}
