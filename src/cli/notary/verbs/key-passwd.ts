import { WritError } from '../../../errors.js';
import { Keyring } from '../../../notary/keyring.js';
import { keyIdOf } from '../key-id.js';
import { passphrases } from '../pass-phrases.js';
import type { VerbRun } from '../verb.js';

export const run: VerbRun = async ({ io, trust, log, print }, given) => {
  const id = keyIdOf(given, 'must specify the key ID of the key to change the passphrase of');
  const key = await new Keyring(trust.keys, passphrases(io), log).open(id);
  const info = (await trust.keys.list()).find(known => known.id === id);
  if (key === undefined || info === undefined) {
    throw new WritError('NOTARY_KEY', `could not retrieve local key for key ID provided: ${id}`);
  }
  await new Keyring(trust.keys, passphrases(io), log).add(key, info);
  print(`\nSuccessfully updated passphrase for key ID: ${id}`);
};
