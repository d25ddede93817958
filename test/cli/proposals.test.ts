/** Two people, a threshold of two, one service that may lie: proposals from the first signature to the last. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startLiar, type Liar, type Lie } from './liar.js';
import { createPerson, type Person } from './people.js';
import { createWorld, manifestText, type World } from './world.js';

const IMAGE = 'registry.example/app:1';
const NAME = 'acme';

let world: World;
let liar: Liar;
let alice: Person;
let bob: Person;
const path = (name: string): string => join(world.folder, name);

beforeAll(async () => {
  world = await createWorld();
  liar = await startLiar(world.server);
  alice = await createPerson(world.folder, 'alice', liar.url);
  bob = await createPerson(world.folder, 'bob', liar.url);
  await alice.does('root', 'online', NAME, '-o', path('online.json'));
  const keys = [alice, bob].flatMap(({ pem }) => ['--key', `root=${pem}`, '--key', `targets=${pem}`]);
  const twice = ['--threshold', 'root=2', '--threshold', 'targets=2', '--online', path('online.json')];
  await alice.does('root', 'init', ...keys, ...twice, '-o', path('1.json'));
  for (const one of [alice, bob]) await one.does('root', 'sign', path('1.json'), '--yes');
  const file = ['--targets', path('targets.json'), '--yes'];
  expect(await alice.does('root', 'publish', NAME, path('1.json'), ...file)).toMatchObject({
    published: false,
  });
  expect(await bob.does('root', 'publish', NAME, path('1.json'), ...file)).toMatchObject({ published: true });
  await alice.does('trust', 'add', NAME, '--root', path('1.json'));
});
afterAll(async () => {
  await liar.close();
  await world.close();
});
afterEach(() => {
  liar.lie(undefined);
});

let count = 0;
/** Alice signs a new image: a proposal. */
async function propose(...grants: string[]): Promise<Record<string, unknown>> {
  const file = world.file('manifest.json', manifestText(`image ${++count}`));
  return alice.does('sign', IMAGE, '--manifest', file, ...grants.flatMap(grant => ['--grant', grant]));
}

describe('a signature of two', () => {
  it('is a proposal after the first, and published with the second', async () => {
    const proposed = await propose('network=user');
    expect(proposed).toMatchObject({
      published: false,
      signers: [alice.id],
      proposal: { role: 'targets', signatures: [alice.id], needed: 2 },
    });
    expect(await alice.fails('verify', IMAGE)).toBe('CLI_NOT_SIGNED');
    expect(await bob.does('proposals')).toMatchObject({
      proposals: [{ role: 'targets', signatures: [alice.id] }],
    });

    const shown = await bob.writ(['proposals', 'targets']);
    expect(shown.stdout).toContain(`+ ${IMAGE}`);
    expect(shown.stdout).toContain(`sha256  ${String(proposed['digest']).slice('sha256:'.length)}`);
    expect(shown.stdout).toContain('grants  network=user');
    expect(shown.stdout).toContain('signed by 1 of 2 needed of the keys of targets');

    const approved = await bob.writ(['approve', 'targets'], { types: ['y\n'] });
    expect(approved).toMatchObject({ code: 0 });
    expect(approved.stderr).toContain(`+ ${IMAGE}`);
    expect(approved.stdout).toContain('published');
    expect(await bob.does('verify', IMAGE)).toMatchObject({ digest: proposed['digest'] });
    expect(await bob.does('proposals')).toMatchObject({ proposals: [] });
  });

  it('is not given twice by one person', async () => {
    await propose();
    expect(await alice.fails('approve', 'targets', '--yes')).toBe('CLI_NO_KEY');
    const other = ['sign', IMAGE, '--manifest', path('manifest.json'), '--grant', 'network=user'];
    expect(await alice.fails(...other)).toBe('REPOSITORY_PROPOSAL_OPEN');
    await bob.does('reject', 'targets');
    expect(await bob.fails('approve', 'targets', '--yes')).toBe('REPOSITORY_PROPOSAL_UNKNOWN');
    expect(await bob.fails('reject', 'targets')).toBe('REPOSITORY_PROPOSAL_UNKNOWN');
  });

  it('is not given by a no, by nobody, or to another proposal than the one that was told', async () => {
    const { proposal } = await propose('network=user');
    const { payload } = proposal as { payload: string };
    for (const options of [{ types: ['n\n'] }, {}]) {
      const ran = await bob.writ(['approve', 'targets'], options);
      expect(ran.code).toBe(1);
      expect(ran.stderr).toContain('grants  network=user');
    }
    expect(await bob.fails('approve', 'targets', '--yes', '--payload', '0'.repeat(64))).toBe('CLI_PROPOSAL');
    expect(await bob.does('approve', 'targets', '--yes', '--payload', payload)).toMatchObject({
      published: true,
    });
  });

  it('shows what an image could do before and could do then', async () => {
    await alice.does('sign', IMAGE, '--manifest', path('manifest.json'), '--grant', 'network=admin');
    const { stdout } = await bob.writ(['proposals', 'targets']);
    expect(stdout).toContain('grants  network=user → network=admin');
    expect(stdout).not.toContain(`~ ${IMAGE}\n`);
    await bob.does('approve', 'targets', '--yes');
  });

  it('more than were needed before are asked of the keys that are current', async () => {
    const carol = await createPerson(world.folder, 'carol', liar.url);
    await carol.does('trust', 'add', NAME, '--root', path('1.json'));
    await propose();
    expect(await carol.fails('approve', 'targets', '--yes')).toBe('CLI_NO_KEY');
    await bob.does('reject', 'targets');
  });
});

describe('attack: a service that lies about a proposal', () => {
  const proposalPath = /proposals\/document/;
  /** Changes the answer about the proposal, and the document in it. */
  const lieAbout =
    (change: (answer: Answer, signed: Record<string, unknown>) => void): Lie =>
    (url, { status, body }) => {
      if (!proposalPath.test(url)) return undefined;
      const answer = JSON.parse(body.toString()) as Answer;
      const document = JSON.parse(Buffer.from(answer.document, 'base64').toString()) as {
        signed: Record<string, unknown>;
      };
      change(answer, document.signed);
      if (JSON.stringify(document.signed) !== '{}')
        answer.document = Buffer.from(JSON.stringify(document)).toString('base64');
      return { status, body: Buffer.from(JSON.stringify(answer)) };
    };
  interface Answer {
    proposal: { version: number; payload: string; role: string; base: { version: number; sha256: string } };
    document: string;
  }
  const evil = 'e'.repeat(64);

  afterEach(async () => {
    liar.lie(undefined);
    await bob.does('reject', 'targets');
  });

  it.each<[string, Parameters<typeof lieAbout>[0]]>([
    ['another payload', answer => void (answer.proposal.payload = evil)],
    ['another version', answer => void answer.proposal.version++],
    ['another base', answer => void (answer.proposal.base.sha256 = evil)],
    ['a base of another version', answer => void answer.proposal.base.version--],
    ['another role', answer => void (answer.proposal.role = 'root')],
    ['another document', (_, signed) => void (signed['targets'] = {})],
    ['a later document', (_, signed) => void (signed['version'] = 99)],
    ['an older document', (_, signed) => void (signed['version'] = 1)],
  ])('%s is caught before anything is signed', async (_, change) => {
    await propose();
    liar.lie(lieAbout(change));
    expect(await bob.fails('approve', 'targets', '--yes')).toBe('CLI_PROPOSAL');
    liar.lie(undefined);
    expect(await bob.does('proposals')).toMatchObject({ proposals: [{ signatures: [alice.id] }] });
  });

  it('another document under its true payload: the difference that is shown is its own, not what is told', async () => {
    await propose('network=user');
    const { createHash } = await import('node:crypto');
    const { writeCanonical } = await import('../../src/json/canonical-writer.js');
    liar.lie(
      lieAbout((answer, signed) => {
        const targets = signed['targets'] as Record<string, { custom?: object; hashes: object }>;
        for (const target of Object.values(targets)) target.hashes = { sha256: evil };
        const bytes = writeCanonical(signed as Parameters<typeof writeCanonical>[0]);
        answer.proposal.payload = createHash('sha256').update(bytes).digest('hex');
      }),
    );
    const asked = await bob.writ(['approve', 'targets'], { types: ['n\n'] });
    expect(asked.code).toBe(1);
    expect(asked.stderr).toContain(`→ ${evil}`);
    expect(asked.stderr).toContain('signed by 0 of 2 needed'); // Alice did not sign this
  });

  it('more signatures than there are count for nothing', async () => {
    await propose();
    liar.lie((url, { status, body }) =>
      /proposals$/.test(url)
        ? { status, body: Buffer.from(body.toString().replace(alice.id, `${alice.id}", "${bob.id}`)) }
        : undefined,
    );
    expect((await bob.does('proposals', 'targets'))['signatures']).toMatchObject([
      { signed: [alice.id], needed: 2 },
    ]);
    liar.lie(undefined);
  });

  it('old metadata as the base: what was seen before is not gone back from', async () => {
    const old = liar.seen.get(`/tuf/${NAME}/metadata/timestamp.json`)?.[0];
    await propose();
    await bob.does('proposals', 'targets');
    liar.lie(url => (url.endsWith('timestamp.json') ? { status: 200, body: old! } : undefined));
    expect(await bob.fails('approve', 'targets', '--yes')).toBe('TUF_ROLLBACK');
    liar.lie(undefined);
  });
});

describe('a root of two', () => {
  it('one signs a file away from the network, the other the proposal', async () => {
    await alice.does('root', 'rotate', '--repository', NAME, '--lifetime', '90d', '-o', path('2.json'));
    await alice.does('root', 'sign', path('2.json'), '--repository', NAME, '--yes');
    const published = await alice.does('root', 'publish', NAME, path('2.json'));
    expect(published).toMatchObject({ published: false, proposal: { role: 'root', signatures: [alice.id] } });
    const approved = await bob.writ(['approve', 'root'], { types: ['y\n'] });
    expect(approved.stderr).toContain('root version 2, after version 1');
    expect(approved).toMatchObject({ code: 0 });
    const { roles } = (await bob.does('status')) as { roles: object[] };
    expect(roles[0]).toMatchObject({ role: 'root', version: 2, daysLeft: 89, online: false });
  });

  it('the proposal is fetched as a file, signed elsewhere, and comes back', async () => {
    await alice.does('root', 'rotate', '--repository', NAME, '-o', path('3.json'));
    await alice.does('root', 'sign', path('3.json'), '--repository', NAME, '--yes');
    await alice.does('root', 'publish', NAME, path('3.json'));
    await bob.does('proposals', 'root', '-o', path('bob.json'));
    expect(readFileSync(path('bob.json')).length).toBeGreaterThan(0);
    await bob.does('root', 'sign', path('bob.json'), '--repository', NAME, '--yes');
    expect(await bob.does('root', 'publish', NAME, path('bob.json'))).toMatchObject({
      published: true,
      version: 3,
    });
  });

  it('two copies that were signed apart are joined', async () => {
    await alice.does('root', 'rotate', '--repository', NAME, '-o', path('4.json'));
    for (const one of [alice, bob]) {
      await one.does(
        'root',
        'sign',
        path('4.json'),
        '--repository',
        NAME,
        '--yes',
        '-o',
        path(`${one.name}.4.json`),
      );
    }
    const argv = ['root', 'publish', NAME, path('alice.4.json'), path('bob.4.json')];
    expect(await alice.does(...argv)).toMatchObject({ published: true, version: 4 });
    expect(await alice.fails('root', 'publish', NAME, path('4.json'), path('3.json'))).toBe('CLI_ROOT');
  });

  it('new targets keys sign the targets that go live with it', async () => {
    const second = await bob.newKey();
    const argv = ['--remove', `targets=${bob.id}`, '--add', `targets=${second}`, '-o', path('5.json')];
    await bob.does('root', 'rotate', '--repository', NAME, ...argv);
    for (const one of [bob, alice]) {
      await one.does('root', 'sign', path('5.json'), '--repository', NAME, '--yes');
    }
    const publish = ['root', 'publish', NAME, path('5.json'), '--targets', path('t5.json'), '--yes'];
    expect(await alice.does(...publish)).toMatchObject({ published: false, targets: path('t5.json') });
    expect(await bob.does(...publish)).toMatchObject({ published: true, version: 5 });
    await propose();
    expect(await bob.does('approve', 'targets', '--yes')).toMatchObject({
      published: true,
      signers: [second],
    });
    const { signers } = await alice.does('verify', IMAGE);
    expect([...(signers as string[])].sort()).toEqual([alice.id, second].sort());
  });
});
