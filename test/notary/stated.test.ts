/** What counts of what a Notary repository says: releases first, signers alone not, nothing from a role that is unreadable. */
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/json/types.js';
import { NotaryRepository } from '../../src/notary/repository.js';
import { statements } from '../../src/notary/stated.js';
import { TrustFolder } from '../../src/notary/trust-folder.js';
import { parseGun, parseNotaryRole } from '../../src/tuf/notary/names.js';
import { describeNotaryFile } from '../../src/tuf/notary/describe.js';
import { listed, pair, roleOf, signed, type Pair } from '../repository/notary/publisher.js';
import { GUN, temporary } from './client.js';
import { CLOCK, LATER, Made, NOW, part, targetOf } from './made-server.js';
import { WritError } from '../../src/errors.js';

const alice = pair();
const PAST = '2026-11-21T11:59:59Z';

const document = (targets: JsonObject, signer: Pair = alice, expires = LATER): Uint8Array =>
  signed(part('Targets', 7, { targets, delegations: { keys: {}, roles: [] } }, expires), [signer]);

const delegations = {
  keys: listed([alice]),
  roles: ['targets/alice', 'targets/releases'].map(name => ({ ...roleOf([alice]), name, paths: [''] })),
};

function repository(server: Made, currentOnly = true, trust = temporary()): NotaryRepository {
  return new NotaryRepository({
    gun: parseGun(GUN),
    trust: new TrustFolder(trust),
    server,
    currentOnly,
    passphrases: () => Promise.resolve(undefined),
    clock: CLOCK,
    log: () => undefined,
  });
}

async function said(files: Record<string, Uint8Array>, role?: string): Promise<string[]> {
  const server = new Made().serve({
    targets: { v1: targetOf('old'), only: targetOf('x') },
    delegations,
    files,
  });
  const found = statements(
    await repository(server).read(),
    role === undefined ? undefined : parseNotaryRole(role),
    NOW,
  );
  return [...found.values()]
    .map(one => `${one.name} ${one.role} ${one.target.hashes.get('sha256') ?? ''}`)
    .sort();
}

const hash = (text: string): string => describeNotaryFile(Buffer.from(text)).hashes.get('sha256') ?? '';

describe('what counts', () => {
  it('is what is released before what targets says, and nothing that a signer says alone', async () => {
    const files = {
      'targets/releases': document({ v1: targetOf('new') }),
      'targets/alice': document({ v1: targetOf('hers'), v2: targetOf('hers') }),
    };
    expect(await said(files)).toEqual([`only targets ${hash('x')}`, `v1 targets/releases ${hash('new')}`]);
    expect(await said(files, 'targets/alice')).toEqual([
      `v1 targets/alice ${hash('hers')}`,
      `v2 targets/alice ${hash('hers')}`,
    ]);
    expect(await said(files, 'targets')).toEqual([`only targets ${hash('x')}`, `v1 targets ${hash('old')}`]);
  });

  it('is what targets says where nothing was released yet', async () => {
    expect(await said({})).toEqual([`only targets ${hash('x')}`, `v1 targets ${hash('old')}`]);
  });

  it.each([
    ['expired', 'TUF_EXPIRED', document({ v1: targetOf('new') }, alice, PAST)],
    ['was signed by somebody else', 'TUF_THRESHOLD', document({ v1: targetOf('new') }, pair())],
  ])(
    'is nothing where what is released %s: targets may say what was long replaced',
    async (_why, code, file) => {
      await expect(said({ 'targets/releases': file })).rejects.toMatchObject({ code });
      expect(await said({ 'targets/alice': file })).toHaveLength(2);
      await expect(said({ 'targets/alice': file }, 'targets/alice')).rejects.toMatchObject({ code });
    },
  );
});

describe('a reader that wants what is current', () => {
  const offline = new WritError('NOTARY_OFFLINE', 'nobody is there');

  it('takes no timestamp that was kept, where others do', async () => {
    const server = new Made().serve();
    const trust = temporary();
    await repository(server, true, trust).read();
    server.failure = offline;
    await repository(server, false, trust).read();
    await expect(repository(server, true, trust).read()).rejects.toMatchObject({ code: 'NOTARY_OFFLINE' });
  });

  it('nor where the server has none any more', async () => {
    const server = new Made().serve();
    const trust = temporary();
    await repository(server, true, trust).read();
    server.files.delete('timestamp');
    await repository(server, false, trust).read();
    await expect(repository(server, true, trust).read()).rejects.toMatchObject({ code: 'NOTARY_SERVER' });
  });
});
