/** What a Notary repository takes and what it refuses: server/handlers/validation.go. */
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/json/types.js';
import { parseDocumentOf } from '../../../src/tuf/document.js';
import { NOTARY1 } from '../../../src/tuf/format/notary1.js';
import { published, read, refused, role } from './published.js';
import {
  certified,
  GUN,
  listed,
  NOW,
  pair,
  roleOf,
  signed,
  upload,
  world,
  type Publisher,
  type World,
} from './publisher.js';

describe.each(['ecdsa', 'ed25519'] as const)('a repository with keys of %s', algorithm => {
  it('is published, and all of it can be read', async () => {
    const w = world(algorithm);
    const p = await w.publisher();
    const [root, targets] = [p.rootDocument(), p.targetsDocument(1, ['v1'])];
    await w.repositories.upload(GUN, upload({ root, targets }));
    expect(await read(w, 'root')).toEqual(Buffer.from(root));
    expect(await read(w, 'targets')).toEqual(Buffer.from(targets));
    const snapshot = parseDocumentOf(NOTARY1, await read(w, 'snapshot'), 'snapshot', 1e6).signed;
    expect([...snapshot.meta.keys()].sort()).toEqual(['root', 'targets']);
    const timestamp = parseDocumentOf(NOTARY1, await read(w, 'timestamp'), 'timestamp', 1e6).signed;
    expect(timestamp.expires.getTime() - NOW.getTime()).toBe(14 * 86_400_000);
    const { hashes } = timestamp.meta.get('snapshot')!;
    const named = await w.repositories.byHash(GUN, role('snapshot'), hashes.get('sha256')!);
    expect(Buffer.from(named!.bytes)).toEqual(await read(w, 'snapshot'));
    expect(await w.repositories.byVersion(GUN, role('root'), 1)).toBeDefined();
    expect(await w.repositories.byHash(GUN, role('targets'), hashes.get('sha256')!)).toBeUndefined();
  });
});

describe('a root', () => {
  it('must be there', async () => {
    const w = world();
    const p = await w.publisher();
    await expect(w.repositories.upload(GUN, upload({ targets: p.targetsDocument() }))).rejects.toEqual(
      refused('ErrValidation', /no pre-existing root/),
    );
    expect(await w.repositories.list()).toEqual([]);
  });

  it('may be the second one where none is there: its keys were rotated before it was published', async () => {
    const w = world();
    const p = await w.publisher();
    const targets = p.targetsDocument();
    await expect(w.repositories.upload(GUN, upload({ root: p.rootDocument(3), targets }))).rejects.toEqual(
      refused('ErrBadRoot', /Current 1, new 3/),
    );
    await w.repositories.upload(GUN, upload({ root: p.rootDocument(2), targets }));
    expect(await w.repositories.byVersion(GUN, role('root'), 1)).toBeUndefined();
    await w.repositories.upload(GUN, upload({ root: p.rootDocument(3) }));
    expect(await w.repositories.byVersion(GUN, role('root'), 3)).toBeDefined();
  });

  it.each<[string, (p: Publisher) => Uint8Array, RegExp]>([
    ['that skips a version', p => p.rootDocument(3), /Current 1, new 3/],
    ['that goes back', p => p.rootDocument(0), /./],
    ['that another signed', p => p.rootDocument(2, true, [pair()]), /could not rotate trust/],
    [
      'whose certificate is made out to another',
      p => {
        p.root = certified('registry.example/other');
        return p.rootDocument(2);
      },
      /unable to retrieve valid leaf certificates/,
    ],
    [
      'whose certificate is made out to more than a prefix',
      p => {
        p.root = certified('registry.example/acme/app2*');
        return p.rootDocument(2);
      },
      /unable to retrieve/,
    ],
    [
      'whose certificate has expired',
      p => {
        p.root = certified(GUN, new Date('2020-01-01'), 30);
        return p.rootDocument(2);
      },
      /unable to retrieve/,
    ],
    [
      'signed by the new certificate alone',
      p => {
        p.root = certified(GUN);
        return p.rootDocument(2);
      },
      /could not rotate trust/,
    ],
    [
      'signed by the old certificate alone',
      p => {
        const old = p.root;
        p.root = certified(GUN);
        return p.rootDocument(2, true, [old]);
      },
      /failed to validate integrity/,
    ],
    [
      'without a certificate',
      p => {
        const old = p.root;
        p.root = pair();
        return p.rootDocument(2, true, [old, p.root]);
      },
      /unable to retrieve/,
    ],
    [
      'that has expired',
      p => signed(p.rootPart(2, true, { expires: '2026-11-21T11:59:59Z' }), [p.root]),
      /expired/,
    ],
    [
      'with a threshold of 0',
      p =>
        signed(
          p.rootPart(2, true, {
            roles: { ...(p.rootPart(2, true)['roles'] as JsonObject), targets: { keyids: [], threshold: 0 } },
          }),
          [p.root],
        ),
      /threshold/,
    ],
  ])('is refused %s', async (_what, make, message) => {
    const { w, p } = await published();
    const before = await read(w, 'timestamp');
    await expect(w.repositories.upload(GUN, upload({ root: make(p) }))).rejects.toEqual(
      refused('ErrBadRoot', message),
    );
    expect(await read(w, 'timestamp')).toEqual(before);
  });

  it('follows the one before, signed by both', async () => {
    const { w, p } = await published();
    const old = p.root;
    p.root = certified(`${GUN.slice(0, -3)}*`);
    await w.repositories.upload(GUN, upload({ root: p.rootDocument(2, true, [old, p.root]) }));
    const next = p.rootDocument(3);
    await w.repositories.upload(GUN, upload({ root: next }));
    expect(await read(w, 'root')).toEqual(Buffer.from(next));
    expect(await w.repositories.byVersion(GUN, role('root'), 2)).toBeDefined();
  });

  it('may follow one whose certificate has expired since', async () => {
    const w = world();
    const p = await w.publisher();
    p.root = certified(GUN, NOW, 30);
    await w.repositories.upload(GUN, upload({ root: p.rootDocument(), targets: p.targetsDocument() }));
    w.now = new Date(NOW.getTime() + 60 * 86_400_000);
    const old = p.root;
    p.root = certified(GUN, w.now);
    await w.repositories.upload(GUN, upload({ root: p.rootDocument(2, true, [old, p.root]) }));
  });

  it('cannot leave targets behind that nobody could verify', async () => {
    const { w, p } = await published();
    p.targets = pair();
    await expect(w.repositories.upload(GUN, upload({ root: p.rootDocument(2) }))).rejects.toEqual(
      refused('ErrBadTargets'),
    );
    await w.repositories.upload(GUN, upload({ root: p.rootDocument(2), targets: p.targetsDocument(2) }));
  });
});

describe('targets', () => {
  it.each<[string, (p: Publisher) => Record<string, Uint8Array>, RegExp?]>([
    ['that another signed', p => ({ targets: signed(p.targetsPart(2), [pair()]) }), /threshold|signed by 0/],
    [
      'that were changed after they were signed',
      p => ({
        targets: Buffer.from(
          Buffer.from(p.targetsDocument(2, ['a']))
            .toString()
            .replace('"a"', '"b"'),
        ),
      }),
    ],
    [
      'that have expired',
      p => ({ targets: p.targetsDocument(2, [], { expires: '2026-11-21T12:00:00Z' }) }),
      /expired/,
    ],
    [
      'of a delegation that is not there',
      p => ({ 'targets/nope': p.targetsDocument(1) }),
      /delegation does not exist/,
    ],
    ['of another type', p => ({ targets: signed(p.targetsPart(2, [], { _type: 'targets' }), [p.targets]) })],
  ])('are refused %s', async (_what, make, message) => {
    const { w, p } = await published();
    await expect(w.repositories.upload(GUN, upload(make(p)))).rejects.toEqual(
      refused('ErrBadTargets', message),
    );
  });

  it('of a delegation verify by the keys of their parent, new or stored', async () => {
    const { w, p } = await published();
    const [alice, bob] = [pair(), pair()];
    const delegate = (name: string, to: readonly ReturnType<typeof pair>[]): JsonObject => ({
      delegations: { keys: listed(to), roles: [{ name, ...roleOf(to), paths: [''] }] },
    });
    const parent = p.targetsDocument(2, [], delegate('targets/a', [alice]));
    const child = signed(p.targetsPart(1, [], delegate('targets/a/b', [bob])), [alice]);
    await w.repositories.upload(GUN, upload({ 'targets/a': child, targets: parent }));
    const grandchild = signed(p.targetsPart(1), [bob]);
    await w.repositories.upload(GUN, upload({ 'targets/a/b': grandchild }));
    const { meta } = parseDocumentOf(NOTARY1, await read(w, 'snapshot'), 'snapshot', 1e6).signed;
    expect([...meta.keys()].sort()).toEqual(['root', 'targets', 'targets/a', 'targets/a/b']);
    // alice loses the delegation: what bob signs under hers cannot be verified any more
    await w.repositories.upload(
      GUN,
      upload({ targets: p.targetsDocument(3, [], delegate('targets/a', [bob])) }),
    );
    await expect(
      w.repositories.upload(GUN, upload({ 'targets/a/b': signed(p.targetsPart(2), [bob]) })),
    ).rejects.toEqual(refused('ErrBadTargets'));
  });

  it.each([
    ['outside of targets', { name: 'releases' }],
    ['two levels down', { name: 'targets/a/b' }],
    ['in upper case', { name: 'targets/A' }],
    ['to a key that is not listed', { keyids: ['0'.repeat(64)] }],
  ])('delegate to nothing %s', async (_what, change) => {
    const { w, p } = await published();
    const bob = pair();
    const delegate = { name: 'targets/a', paths: [''], ...roleOf([bob]), ...change };
    const targets = p.targetsDocument(2, [], { delegations: { keys: listed([bob]), roles: [delegate] } });
    await expect(w.repositories.upload(GUN, upload({ targets }))).rejects.toEqual(
      refused('ErrBadTargets', /invalid role/),
    );
  });

  it('may skip versions, never repeat one', async () => {
    const { w, p } = await published();
    await w.repositories.upload(GUN, upload({ targets: p.targetsDocument(50) }));
    for (const version of [50, 49, 1]) {
      await expect(
        w.repositories.upload(GUN, upload({ targets: p.targetsDocument(version) })),
      ).rejects.toMatchObject({
        code: 'NOTARY_VERSION',
      });
    }
  });
});

describe('a snapshot of the client', () => {
  async function own(): Promise<{ w: World; p: Publisher; root: Uint8Array; targets: Uint8Array }> {
    const w = world();
    const p = await w.publisher();
    const [root, targets] = [p.rootDocument(1, false), p.targetsDocument()];
    const snapshot = p.snapshotDocument(1, { root, targets });
    await w.repositories.upload(GUN, upload({ root, targets, snapshot }));
    expect(await read(w, 'snapshot')).toEqual(Buffer.from(snapshot));
    return { w, p, root, targets };
  }

  it('must come where the service has not its key', async () => {
    const { w, p } = await own();
    await expect(w.repositories.upload(GUN, upload({ targets: p.targetsDocument(2) }))).rejects.toMatchObject(
      {
        details: { name: 'ErrBadHierarchy', missing: 'snapshot' },
      },
    );
  });

  it.each<[string, (p: Publisher, root: Uint8Array, targets: Uint8Array) => Uint8Array]>([
    ['does not name targets', (p, root) => p.snapshotDocument(2, { root })],
    ['names other targets', (p, root) => p.snapshotDocument(2, { root, targets: root })],
    ['names another root', (p, _root, targets) => p.snapshotDocument(2, { root: targets, targets })],
    [
      'names a role that is nowhere',
      (p, root, targets) => p.snapshotDocument(2, { root, targets, 'targets/x': root }),
    ],
    [
      'another signed',
      (p, root, targets) => {
        p.snapshot = pair();
        return p.snapshotDocument(2, { root, targets });
      },
    ],
  ])('is refused when it %s', async (_what, make) => {
    const { w, p, root } = await own();
    const targets = p.targetsDocument(2);
    await expect(
      w.repositories.upload(GUN, upload({ targets, snapshot: make(p, root, targets) })),
    ).rejects.toEqual(refused('ErrBadSnapshot'));
  });

  it('gives way to the service when a root says so', async () => {
    const { w, p } = await own();
    await w.repositories.upload(GUN, upload({ root: p.rootDocument(2, true) }));
    const { version } = parseDocumentOf(NOTARY1, await read(w, 'snapshot'), 'snapshot', 1e6).signed;
    expect(version).toBe(2);
  });
});
