import { WritError } from '../../errors.js';

const SIGNER = /^[a-z0-9][a-z0-9_-]*$/;

/** The name of a signer as docker takes it. @throws WritError USAGE */
export function checkSigner(name: string): string {
  if (name === 'releases')
    throw new WritError('USAGE', 'releases is a reserved keyword, use a different signer name', {
      hint: 'targets/releases is the role of what docker pulls',
    });
  if (SIGNER.test(name)) return name;
  throw new WritError(
    'USAGE',
    `signer name ${JSON.stringify(name)} must start with lowercase alphanumeric characters and can include "-" or "_" after the first character`,
    { hint: 'such as: alice, build-7' },
  );
}
