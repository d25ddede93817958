/** `writ trust add --format notary`: by what a Notary repository is trusted on a machine that only verifies. */
import { createHash, createPrivateKey } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { notaryKeyOfCertificate } from '../../src/crypto/notary-key.js';
import { issueCertificate } from '../../src/keystore/certificate.js';
import { NotaryPrivateKey } from '../../src/keystore/notary-private-key.js';
import { client, fileOf } from '../notary/client.js';
import { createWorld, json, manifestText, type World } from './world.js';

const GUN = 'registry.example/acme/app';
let world: World;
let made: Record<string, unknown>;
let root: Buffer;
let machines = 0;

type Ran = Awaited<ReturnType<World['writ']>>;
const code = (ran: Ran): unknown =>
  ran.code === 0 ? 0 : (json(ran)['error'] as Record<string, unknown>)['code'];

/** A machine that trusts what `argv` says, and asks about the image. */
async function trusting(
  name: string,
  ...argv: string[]
): Promise<{ added: unknown; verified: unknown; ran: Ran }> {
  const env = { WRIT_STATE: join(world.folder, `machine-${++machines}`) };
  const ran = await world.writ(['trust', 'add', name, '--format', 'notary', ...argv, '--json'], { env });
  const verified = code(await world.writ(['verify', `${GUN}:1.0`, '--json'], { env }));
  return { added: code(ran), verified, ran };
}

beforeAll(async () => {
  world = await createWorld();
  made = json(await world.writ(['init', GUN, '--format', 'notary', '--json']));
  const signed = await world.writ([
    'sign',
    `${GUN}:1.0`,
    '--manifest',
    world.file('m.json', manifestText('one')),
  ]);
  expect(signed).toMatchObject({ code: 0 });
  const answer = await fetch(`${world.server}/v2/${GUN}/_trust/tuf/root.json`);
  root = Buffer.from(await answer.arrayBuffer());
});
afterAll(() => world.close());

const issue = (gun: string): ReturnType<typeof issueCertificate> =>
  issueCertificate({ names: [gun], notBefore: new Date(Date.now() - 60_000), days: 400 });

/** A repository whose root key has a certificate of an authority. @returns the authority, PEM */
async function publishIssued(gun: string): Promise<string> {
  const { ca, cert, key } = issue(gun);
  const { repository } = await client({ server: world.server, gun });
  await repository.keyring.add(new NotaryPrivateKey(createPrivateKey(key)), { role: 'root', gun: '' });
  const rootCertificates = [notaryKeyOfCertificate(cert)];
  await repository.initialize({ rootCertificates, serverRoles: ['snapshot'] });
  await repository.addTarget('v1', fileOf('one'));
  await repository.publish();
  return ca;
}

const good = { added: 0, verified: 0 };

describe('writ trust add --format notary', () => {
  it('pins a root that is a file, or that has a hash', async () => {
    expect(await trusting(GUN, '--root', world.file('root.json', root.toString()))).toMatchObject(good);
    const hash = createHash('sha256').update(root).digest('hex');
    expect(await trusting(GUN, '--sha256', hash, '--url', world.server)).toMatchObject(good);
    const other = { added: 'TUF_HASH', verified: 'TRUST_UNKNOWN' };
    expect(await trusting(GUN, '--sha256', '0'.repeat(64))).toMatchObject(other);
  });

  it('pins keys of the first root, of many repositories too', async () => {
    const id = String(made['rootKey']);
    expect(await trusting(GUN, '--root-key', id)).toMatchObject(good);
    expect(await trusting('registry.example/acme/*', '--root-key', id)).toMatchObject(good);
    const other = { added: 0, verified: 'NOTARY_ROOT' };
    expect(await trusting(GUN, '--root-key', '0'.repeat(64))).toMatchObject(other);
    const elsewhere = { added: 0, verified: 'TRUST_UNKNOWN' };
    expect(await trusting('registry.example/other/*', '--root-key', id)).toMatchObject(elsewhere);
  });

  it('pins an authority, and no other certificate is taken', async () => {
    const gun = 'registry.example/issued/app';
    const authority = await publishIssued(gun);
    const verify = async (file: string): Promise<unknown> => {
      const env = { WRIT_STATE: join(world.folder, `machine-${++machines}`) };
      const add = ['trust', 'add', 'registry.example/issued/*', '--format', 'notary', '--ca', file];
      expect(await world.writ(add, { env })).toMatchObject({ code: 0 });
      return code(await world.writ(['verify', `${gun}:v1`, '--json'], { env }));
    };
    expect(await verify(world.file('own.pem', authority))).toBe(0);
    expect(await verify(world.file('other.pem', issue(gun).ca))).toBe('NOTARY_ROOT');
    expect(await verify(world.file('none.pem', 'nothing'))).toBe('NOTARY_ROOT');
  });

  it('trusts on first use only where that is asked for, once, and says so', async () => {
    const first = await trusting(GUN, '--trust-on-first-use');
    expect(first).toMatchObject(good);
    expect(first.ran.stderr).toContain(`is trusted because ${new URL(world.server).host} says so`);
    expect(json(first.ran)).toMatchObject({ pin: 'root', sha256: made['sha256'] });
    expect(await trusting(GUN)).toMatchObject({ added: 'USAGE', verified: 'TRUST_UNKNOWN' });
  });

  it.each([
    [[GUN, '--format', 'notary', '--root-key', 'short']],
    [[GUN, '--format', 'notary', '--sha256', 'short']],
    [[GUN, '--format', 'other', '--sha256', '0'.repeat(64)]],
    [[GUN, '--format', 'notary', '--sha256', '0'.repeat(64), '--trust-on-first-use']],
    [['registry.example/acme/*', '--format', 'notary', '--trust-on-first-use']],
    [['app', '--format', 'notary', '--trust-on-first-use']],
    [['example', '--ca', 'x.pem', '--sha256', '0'.repeat(64)]],
  ])('%j is wrong usage', async argv => {
    expect((await world.writ(['trust', 'add', ...argv])).code).toBe(2);
  });

  it('refuses a root of another repository, and a second pin', async () => {
    const file = world.file('root.json', root.toString());
    const other = await trusting('registry.example/acme/other', '--root', file);
    expect(other).toMatchObject({ added: 'NOTARY_ROOT' });
    const again = await world.writ([
      ...['trust', 'add', GUN, '--format', 'notary', '--root-key', '0'.repeat(64), '--json'],
    ]);
    expect(code(again)).toBe('TRUST_PINNED');
  });

  it('is taken back by trust remove, and what was verified goes too', async () => {
    const env = { WRIT_STATE: join(world.folder, 'removed') };
    const add = ['trust', 'add', GUN, '--format', 'notary', '--root-key'];
    expect(await world.writ([...add, String(made['rootKey'])], { env })).toMatchObject({ code: 0 });
    expect(await world.writ(['verify', `${GUN}:1.0`], { env })).toMatchObject({ code: 0 });
    expect(await world.writ(['trust', 'remove', GUN], { env })).toMatchObject({ code: 0 });
    expect(code(await world.writ(['verify', `${GUN}:1.0`, '--json'], { env }))).toBe('TRUST_UNKNOWN');
    await world.writ([...add, '0'.repeat(64)], { env });
    expect(code(await world.writ(['verify', `${GUN}:1.0`, '--json'], { env }))).toBe('NOTARY_ROOT');
  });
});
