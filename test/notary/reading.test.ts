/** Reading from a server that may lie: what is verified, what is refused, what is kept. */
import { expect, it, describe } from 'vitest';
import { notaryKeyOfCertificate } from '../../src/crypto/notary-key.js';
import { WritError } from '../../src/errors.js';
import { NotaryPrivateKey } from '../../src/keystore/notary-private-key.js';
import { NotaryRepository } from '../../src/notary/repository.js';
import { TrustFolder } from '../../src/notary/trust-folder.js';
import { TRUST_ON_FIRST_USE, type TrustPinning } from '../../src/notary/pinning.js';
import { parseGun } from '../../src/tuf/notary/names.js';
import { certified, listed, pair, roleOf, signed, type Pair } from '../repository/notary/publisher.js';
import { GUN, temporary } from './client.js';
import { CLOCK, LATER, Made, NOW, part, targetOf } from './made-server.js';

interface Reader {
  readonly read: () => Promise<string[]>;
  readonly log: string[];
}

function reader(server: Made, trust = temporary(), pinning: TrustPinning = TRUST_ON_FIRST_USE): Reader {
  const log: string[] = [];
  const repository = new NotaryRepository({
    gun: parseGun(GUN),
    trust: new TrustFolder(trust),
    server,
    pinning,
    passphrases: () => Promise.resolve(undefined),
    clock: CLOCK,
    log: (level, message) => log.push(`${level}: ${message}`),
  });
  return { read: async () => (await repository.read()).targets().map(({ name }) => name), log };
}

const refuses = (made: Reader, code: string, message?: string): Promise<void> =>
  expect(made.read()).rejects.toMatchObject({
    code,
    ...(message !== undefined && { message: expect.stringContaining(message) as string }),
  });

const PAST = '2026-11-21T11:59:59Z';

describe('what is served', () => {
  it('is read in the order of the wire, and kept', async () => {
    const server = new Made().serve();
    const trust = temporary();
    expect(await reader(server, trust).read()).toEqual(['v1']);
    expect(server.asked.map(name => name.replace(/\.[0-9a-f]{64}$/, '.HASH'))).toEqual([
      'root',
      'timestamp',
      'snapshot.HASH',
      'targets.HASH',
    ]);
    server.asked.length = 0;
    expect(await reader(server, trust).read()).toEqual(['v1']);
    expect(server.asked).toEqual(['timestamp']);
  });

  it.each([
    ['root', 'TUF_EXPIRED'],
    ['targets', 'TUF_EXPIRED'],
    ['snapshot', 'TUF_EXPIRED'],
    ['timestamp', 'TUF_EXPIRED'],
  ] as const)('is refused with a %s that expired', async (role, code) => {
    await refuses(reader(new Made().serve({ expires: { [role]: PAST } })), code);
  });

  it.each(['timestamp', 'snapshot', 'targets'] as const)('is refused where %s goes back', async role => {
    const trust = temporary();
    const server = new Made().serve({ version: 2 });
    await reader(server, trust).read();
    const old = new Made();
    Object.assign(old, {
      root: server.root,
      snapshot: server.snapshot,
      targets: server.targets,
      timestamp: server.timestamp,
    });
    old.serve({ version: 1 });
    // One role is old, and correctly named by the others.
    if (role === 'timestamp') server.files.set('timestamp', old.files.get('timestamp') ?? new Uint8Array());
    else server.serve({ version: 3, ...(role === 'targets' && { targets: {} }) });
    if (role === 'snapshot' || role === 'targets') rebuild(server, role);
    await refuses(reader(server, trust), 'TUF_ROLLBACK');
  });

  it('is read again where another process kept something newer meanwhile, however often', async () => {
    const trust = temporary();
    const server = new Made().serve();
    await reader(server, trust).read();
    const overtaken = Object.create(server) as Made;
    let version = 1;
    overtaken.get = async name => {
      const bytes = await server.get(name);
      if (name !== 'timestamp' || version > 5) return bytes;
      server.serve({ version: ++version, targets: { [`v${version}`]: targetOf('one') } });
      await reader(server, trust).read();
      return bytes;
    };
    expect(await reader(overtaken, trust).read()).toEqual(['v6']);
  });

  it.each(['snapshot', 'targets'] as const)(
    'is refused where the %s is another than the one named',
    async role => {
      const server = new Made().serve();
      for (const name of server.files.keys()) {
        if (name.startsWith(`${role}.`))
          server.files.set(name, new Made().serve().files.get(role) ?? new Uint8Array());
      }
      await refuses(reader(server), 'TUF_HASH');
    },
  );

  it('is refused where a document is missing', async () => {
    const server = new Made().serve();
    for (const name of [...server.files.keys()]) if (name.startsWith('targets.')) server.files.delete(name);
    await refuses(reader(server), 'TUF_MISSING');
    server.files.delete('root');
    await refuses(reader(server), 'NOTARY_NO_TRUST', 'made.example does not have trust data for');
  });

  it('is refused where somebody else signed', async () => {
    const server = new Made().serve({ targetsSigners: [pair()] });
    await refuses(reader(server), 'TUF_THRESHOLD');
  });
});

/** Serves version 1 of one role under newer snapshot and timestamp. */
function rebuild(server: Made, role: 'snapshot' | 'targets'): void {
  const root = server.files.get('root') ?? new Uint8Array();
  const old = signed(part('Targets', 1, { targets: {}, delegations: { keys: {}, roles: [] } }), [
    server.targets,
  ]);
  const targets = role === 'targets' ? old : (server.files.get('targets') ?? new Uint8Array());
  server.publishSnapshot(role === 'snapshot' ? 1 : 4, 4, { root, targets });
}

describe('must beat, row 15: one key cannot meet a threshold of two', () => {
  it('listed bare and in a certificate', async () => {
    const gun = 'signer';
    const certificate = certified(gun, new Date('2026-01-01T00:00:00Z'), 800);
    const bare: Pair = {
      key: new NotaryPrivateKey(certificate.privateKey).publicKey,
      privateKey: certificate.privateKey,
    };
    expect(bare.key.id).not.toBe(certificate.key.id);
    const both = [bare, certificate];
    const twice = { keys: listed(both), roles: { targets: roleOf(both, 2) }, targetsSigners: both };
    await refuses(reader(new Made().serve(twice)), 'TUF_THRESHOLD', 'signed by 1 of the 2 keys');
    const other = pair();
    const two = {
      keys: listed([bare, other]),
      roles: { targets: roleOf([bare, other], 2) },
      targetsSigners: [bare, other],
    };
    expect(await reader(new Made().serve(two)).read()).toEqual(['v1']);
  });
});

describe('without a server', () => {
  const offline = new WritError('NOTARY_OFFLINE', 'client is offline');

  it('what is kept does, with a warning, until it expires', async () => {
    const trust = temporary();
    const server = new Made().serve();
    await reader(server, trust).read();
    server.failure = offline;
    const kept = reader(server, trust);
    expect(await kept.read()).toEqual(['v1']);
    expect(kept.log).toEqual([expect.stringContaining('warning: Error while downloading remote metadata')]);
  });

  it('nothing is read where nothing is kept, or the timestamp expired', async () => {
    const server = new Made().serve();
    server.failure = offline;
    await refuses(reader(server), 'NOTARY_OFFLINE', 'client is offline');
  });
});

describe('roots', () => {
  /** A server at the first root, a reader that saw it, and the keys of later roots. */
  async function seen(): Promise<{ server: Made; trust: string; first: Pair }> {
    const server = new Made().serve();
    const trust = temporary();
    await reader(server, trust).read();
    return { server, trust, first: server.root };
  }

  /** The next root with another root key, signed by the one before as well. */
  function rotate(server: Made, version: number): void {
    const before = server.root;
    server.root = certified(GUN, new Date('2026-01-01T00:00:00Z'), 800);
    server.serve({ version, rootSigners: [before, server.root] });
  }

  it('are followed one by one where keys changed several times', async () => {
    const { server, trust } = await seen();
    for (const version of [2, 3, 4]) rotate(server, version);
    expect(await reader(server, trust).read()).toEqual(['v1']);
    expect(server.asked).toEqual(expect.arrayContaining(['2.root', '3.root']));
  });

  it('are refused where one between is missing, or signed by nobody before', async () => {
    const { server, trust } = await seen();
    for (const version of [2, 3]) rotate(server, version);
    server.files.delete('2.root');
    await refuses(reader(server, trust), 'TUF_MISSING');
    const { server: other, trust: saw } = await seen();
    other.root = certified(GUN, new Date('2026-01-01T00:00:00Z'), 800);
    other.serve({ version: 2 });
    await refuses(reader(other, saw), 'NOTARY_ROOT', 'could not rotate trust to a new trusted root');
  });

  it.each([
    ['is made out to another repository', () => certified('registry.example.test/acme/other', NOW, 800)],
    ['expired', () => certified(GUN, new Date('2020-01-01T00:00:00Z'), 800)],
    ['is none', () => pair()],
  ])('are refused whose certificate %s', async (_why, make) => {
    const server = new Made();
    server.root = make();
    await refuses(reader(server.serve()), 'NOTARY_ROOT', 'unable to retrieve valid leaf certificates');
  });
});

describe('pins', () => {
  const pins = (change: Partial<TrustPinning>): TrustPinning => ({ ...TRUST_ON_FIRST_USE, ...change });
  const none = '0'.repeat(64);

  it.each([
    ['the certificate', (id: string) => pins({ certs: new Map([[GUN, [id]]]) })],
    ['a prefix', (id: string) => pins({ certs: new Map([['registry.example.test/*', [id]]]) })],
    [
      'the longer prefix',
      (id: string) =>
        pins({
          certs: new Map([
            ['registry.example.test/*', [none]],
            ['registry.example.test/acme/*', [id]],
          ]),
        }),
    ],
    ['another repository only', () => pins({ certs: new Map([['registry.example.test/other', [none]]]) })],
    [
      'the certificate, and no first use',
      (id: string) => pins({ certs: new Map([[GUN, [id]]]), disableTofu: true }),
    ],
  ])('let in by %s', async (_how, pinning) => {
    const server = new Made().serve();
    expect(await reader(server, temporary(), pinning(server.root.key.id)).read()).toEqual(['v1']);
  });

  it.each([
    ['another certificate', pins({ certs: new Map([[GUN, [none]]]) }), 'unable to match any certificates'],
    ['no first use', pins({ disableTofu: true }), 'invalid trust pinning specified'],
    [
      'an authority that is not there',
      pins({ ca: new Map([['registry', '/nowhere']]) }),
      'could not load root cert',
    ],
  ])('keep out by %s', async (_how, pinning, message) => {
    await refuses(reader(new Made().serve(), temporary(), pinning), 'NOTARY_ROOT', message);
  });

  it('are not asked again once a root is trusted', async () => {
    const server = new Made().serve();
    const trust = temporary();
    await reader(server, trust).read();
    expect(await reader(server, trust, pins({ disableTofu: true })).read()).toEqual(['v1']);
  });
});

describe('delegations', () => {
  const alice = pair();
  const document = (names: readonly string[], signers: readonly Pair[] = [alice], expires = LATER) =>
    signed(
      part(
        'Targets',
        1,
        {
          targets: Object.fromEntries(names.map(name => [name, targetOf(name)])),
          delegations: { keys: {}, roles: [] },
        },
        expires,
      ),
      signers,
    );
  const delegating = (paths: readonly string[], threshold = 1) => ({
    keys: listed([alice]),
    roles: [{ ...roleOf([alice], threshold), name: 'targets/alice', paths: [...paths] }],
  });

  it('say only what they may say', async () => {
    const files = { 'targets/alice': document(['a/1', 'b/1']) };
    expect(await reader(new Made().serve({ delegations: delegating(['a/']), files })).read()).toEqual([
      'v1',
      'a/1',
    ]);
  });

  it.each([
    ['expired', document(['a/1'], [alice], PAST), 1],
    ['were signed by somebody else', document(['a/1'], [pair()]), 1],
    ['have fewer keys than they need', document(['a/1']), 2],
  ])('are left out with a warning where they %s', async (_why, file, threshold) => {
    const made = reader(
      new Made().serve({ delegations: delegating(['a/'], threshold), files: { 'targets/alice': file } }),
    );
    expect(await made.read()).toEqual(['v1']);
    expect(made.log).toEqual([expect.stringContaining('warning: Error getting targets/alice')]);
  });
});

it('a certificate is read as notary writes it', () => {
  const { key } = new Made().root;
  expect(notaryKeyOfCertificate(String(key.certificates[0])).canonicalId).toBe(key.canonicalId);
});
