/** What a repository takes: at least as strict as the clients that will read it. */
import { describe, expect, it } from 'vitest';
import { acceptRoot } from '../../src/tuf/accept/root.js';
import { acceptTargets } from '../../src/tuf/accept/targets.js';
import { parseDocument } from '../../src/tuf/document.js';
import type { Root, Targets } from '../../src/tuf/model.js';
import { parseRoleName, TARGETS } from '../../src/tuf/role-name.js';
import { trustRoot, type Verified } from '../../src/tuf/verified.js';
import { ed25519 } from '../crypto/keys.js';
import { refusal } from './refusal.js';
import { NOW, signDoc, Simulator } from './simulator.js';

const now = new Date(NOW);
const TEAM = parseRoleName('team');

describe('acceptRoot', () => {
  const sim = (): Simulator => new Simulator();
  const bytes = (of: Simulator, ...names: string[]): Uint8Array =>
    signDoc(of.root, (names.length > 0 ? names : ['root']).map(ed25519));

  it('takes version 1 for a new repository, and nothing else', () => {
    const of = sim();
    expect(acceptRoot(undefined, bytes(of), now).value.version).toBe(1);
    of.root.version = 2;
    expect(() => acceptRoot(undefined, bytes(of), now)).toThrowError(
      expect.objectContaining({
        code: 'TUF_VERSION',
        message: 'root has version 2, it must have 1',
        details: { role: 'root', version: 2, wanted: 1 },
      }),
    );
  });

  it('takes the next version, signed by the previous and its own threshold', () => {
    const of = sim();
    const current = acceptRoot(undefined, bytes(of), now);
    of.setKeys('root', [ed25519('new')]);
    of.root.version = 2;
    expect(acceptRoot(current, bytes(of, 'root', 'new'), now).value.version).toBe(2);
    for (const name of ['root', 'new']) {
      expect(() => acceptRoot(current, bytes(of, name), now)).toThrowError(
        refusal('TUF_THRESHOLD', 'root version 2 is signed by 0 of the 1 keys that it needs'),
      );
    }
    for (const version of [1, 3]) {
      of.root.version = version;
      expect(() => acceptRoot(current, bytes(of, 'root', 'new'), now)).toThrowError(refusal('TUF_VERSION'));
    }
  });

  it('refuses an expired one, at the exact second', () => {
    const of = sim();
    of.root.expires = NOW;
    expect(() => acceptRoot(undefined, bytes(of), now)).toThrowError(refusal('TUF_EXPIRED'));
    of.root.expires = '2030-01-01T00:00:01Z';
    expect(acceptRoot(undefined, bytes(of), now).role).toBe('root');
  });

  it.each(['timestamp', 'snapshot', 'targets'])('refuses a threshold that nobody can reach: %s', role => {
    const of = sim();
    of.root.keys['again'] = ed25519(role).key.toJson();
    of.root.keys['odd'] = { keytype: 'new', scheme: 'new', keyval: {} };
    of.root.roles[role] = { keyids: [ed25519(role).key.id, 'again', 'odd', 'nobody'], threshold: 2 };
    expect(() => acceptRoot(undefined, bytes(of), now)).toThrowError(
      refusal(
        'TUF_THRESHOLD',
        `the role ${role} lists 1 distinct usable keys, fewer than its threshold of 2`,
      ),
    );
  });

  it('refuses what default clients cannot read', () => {
    const of = sim();
    of.root['x'] = 'x'.repeat(512_000);
    expect(() => acceptRoot(undefined, bytes(of), now)).toThrowError(refusal('JSON_SIZE'));
  });
});

describe('acceptTargets', () => {
  function repository(): {
    sim: Simulator;
    root: Verified<Root>;
    top: () => Verified<Targets>;
    team: () => Uint8Array;
  } {
    const sim = new Simulator();
    sim.delegate('targets', 'team', ['team/*']);
    sim.addTarget('team/app', 'app', 'team');
    const root = trustRoot(parseDocument(sim.files.get('1.root.json')!, 'root'));
    const top = (): Verified<Targets> =>
      acceptTargets({
        delegator: root,
        role: TARGETS,
        currentVersion: 0,
        bytes: signDoc(sim.top(), [ed25519('targets')]),
        now,
      });
    const team = (): Uint8Array => signDoc(sim.targets.get('team')!, [ed25519('team-key')]);
    return { sim, root, top, team };
  }

  it('takes top-level and delegated targets by one code path', () => {
    const { top, team } = repository();
    expect(top().role).toBe('targets');
    const verified = acceptTargets({ delegator: top(), role: TEAM, currentVersion: 0, bytes: team(), now });
    expect([...verified.value.targets.keys()]).toEqual(['team/app']);
  });

  it('wants the next version of the role, also of one that was revoked meanwhile', () => {
    const { sim, top, team } = repository();
    const accept = (currentVersion: number): unknown =>
      acceptTargets({ delegator: top(), role: TEAM, currentVersion, bytes: team(), now });
    sim.targets.get('team')!.version = 5;
    accept(4);
    for (const current of [0, 3, 5]) {
      expect(() => accept(current)).toThrowError(
        refusal('TUF_VERSION', `team has version 5, it must have ${current + 1}`),
      );
    }
  });

  it('refuses other signers, expired documents, and roles that are not delegated', () => {
    const { sim, root, top, team } = repository();
    const upload = { delegator: top(), role: TEAM, currentVersion: 0, bytes: team(), now };
    expect(() =>
      acceptTargets({ ...upload, bytes: signDoc(sim.targets.get('team')!, [ed25519('x')]) }),
    ).toThrowError(refusal('TUF_THRESHOLD'));
    expect(() => acceptTargets({ ...upload, now: new Date('2030-02-01T00:00:00Z') })).toThrowError(
      refusal('TUF_EXPIRED', /^team version 1 expired/),
    );
    expect(() => acceptTargets({ ...upload, delegator: root })).toThrowError(
      refusal('TUF_NOT_DELEGATED', 'root does not delegate to team'),
    );
  });

  it('refuses targets outside of the delegation, which clients would read over', () => {
    const { sim, top, team } = repository();
    sim.addTarget('other/app', 'app', 'team');
    expect(() =>
      acceptTargets({ delegator: top(), role: TEAM, currentVersion: 0, bytes: team(), now }),
    ).toThrowError(refusal('TUF_NOT_DELEGATED', 'targets does not delegate other/app to team'));
  });

  it('refuses a delegation that nobody could sign for', () => {
    const { sim, top } = repository();
    sim.top().delegations!.roles[0]!.threshold = 2;
    expect(top).toThrowError(
      refusal('TUF_THRESHOLD', 'the role team lists 1 distinct usable keys, fewer than its threshold of 2'),
    );
  });
});
