/** One image in a Notary repository: grants of a digest that several tags name, and targets that are no images. */
import { beforeAll, describe, expect, it } from 'vitest';
import { findNotaryImage } from '../../src/cli/notary-format/find-image.js';
import type { SignedImage } from '../../src/cli/signed-image.js';
import { loadCatalogue } from '../../src/config/catalogue.js';
import type { Catalogue } from '../../src/entitlements/model.js';
import { parseImageReference } from '../../src/image/reference.js';
import type { JsonObject } from '../../src/json/types.js';
import { NotaryRepository } from '../../src/notary/repository.js';
import { TrustFolder } from '../../src/notary/trust-folder.js';
import { describeNotaryFile } from '../../src/tuf/notary/describe.js';
import { parseGun } from '../../src/tuf/notary/names.js';
import { GUN, temporary } from '../notary/client.js';
import { CLOCK, Made, NOW, targetOf } from '../notary/made-server.js';

let catalogue: Catalogue;
beforeAll(async () => {
  ({ catalogue } = await loadCatalogue());
});

const granting = (text: string, grants: JsonObject): JsonObject => ({
  ...targetOf(text),
  custom: { writ: { v: 1, catalogue: catalogue.version, grants } },
});
const digestOf = (text: string): string =>
  `sha256:${describeNotaryFile(Buffer.from(text)).hashes.get('sha256') ?? ''}`;

async function find(targets: JsonObject, image: string): Promise<SignedImage> {
  const repository = new NotaryRepository({
    gun: parseGun(GUN),
    trust: new TrustFolder(temporary()),
    server: new Made().serve({ targets }),
    passphrases: () => Promise.resolve(undefined),
    clock: CLOCK,
    log: () => undefined,
  });
  const reference = parseImageReference(`${GUN}${image}`);
  return findNotaryImage(await repository.read(), { reference, catalogue, now: NOW });
}

const grantsOf = async (targets: JsonObject, image: string): Promise<unknown> =>
  (await find(targets, image)).grants?.toJson();

describe('the grants of a digest that several tags name', () => {
  it('are what all of them grant', async () => {
    const targets = {
      a: granting('x', { network: 'serve', programs: 'common' }),
      b: granting('x', { network: 'user' }),
      c: granting('y', {}),
    };
    expect(await grantsOf(targets, `@${digestOf('x')}`)).toEqual({ network: 'user' });
    expect(await grantsOf(targets, ':a')).toEqual({ network: 'serve', programs: 'common' });
  });

  it('are none where one of them has none', async () => {
    const targets = { a: granting('x', { network: 'user' }), b: targetOf('x') };
    expect(await grantsOf(targets, `@${digestOf('x')}`)).toBeUndefined();
    expect(await grantsOf({ a: targets.a }, `@${digestOf('x')}`)).toEqual({ network: 'user' });
  });
});

describe('what is refused', () => {
  const sha512Only = (): JsonObject => {
    const { hashes, ...target } = targetOf('x');
    return { ...target, hashes: { sha512: (hashes as JsonObject)['sha512'] ?? '' } };
  };

  it.each([
    ['a tag without a SHA-256', () => ({ a: sha512Only() }), ':a', 'CLI_NOT_SIGNED'],
    [
      'grants that cannot be read',
      () => ({ a: granting('x', { network: 'everything' }) }),
      ':a',
      'POLICY_GRANTS',
    ],
    ['a digest that no tag names', () => ({ a: targetOf('x') }), `@${digestOf('y')}`, 'CLI_NOT_SIGNED'],
    [
      'latest, where nothing is written and nothing signed',
      () => ({ a: targetOf('x') }),
      '',
      'CLI_NOT_SIGNED',
    ],
  ])('%s', async (_what, targets, image, code) => {
    await expect(find(targets(), image)).rejects.toMatchObject({ code });
  });

  it('custom data that is no object has no grants', async () => {
    expect(await grantsOf({ a: { ...targetOf('x'), custom: 'words' } }, ':a')).toBeUndefined();
  });
});
