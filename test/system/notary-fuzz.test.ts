/**
 * Changed uploads, sent to the service and to notary-server alike: both say the same of each, but for the differences
 * that docs/notary-differences.md lists (one that is listed and is none fails too). First every change by itself, then
 * changes together, drawn by a generator that always draws the same. After whatever the service accepts, every role can
 * be read and the next publication goes through.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { JsonObject } from '../../src/json/types.js';
import { parseGun } from '../../src/tuf/notary/names.js';
import { pair, signed, type Pair, type Publisher } from '../repository/notary/publisher.js';
import { listedDifferences, type Difference } from '../server/notary/differences.js';
import { start } from '../server/service.js';
import { MUTATIONS, type Mutation } from '../support/notary-mutations.js';
import { base, ownerOf, publish, send } from '../support/notary-owner.js';
import { startNotaryServer, type RealNotaryServer } from '../support/notary-server.js';
import { bodyOf, delegationTo, draftOf } from '../support/notary-upload-draft.js';
import { describeWith } from '../support/system.js';

const SEED = 20_261_121;
const TOGETHER = 150;
const ROLES = ['root', 'targets', 'snapshot', 'timestamp'];

/** mulberry32: the same numbers from the same seed. */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return below => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

describeWith(['notary-server'], 'changed uploads', () => {
  let real: RealNotaryServer;
  let delegate: Pair;
  let names = 0;

  beforeAll(async () => {
    real = await startNotaryServer();
    delegate = pair();
  });
  afterAll(() => real.stop());

  /** The same owner on both servers, who has published there once. */
  async function owners(writ: string): Promise<readonly [Publisher, Publisher]> {
    const name = `registry.example/fuzz/a${names++}`;
    const [ours, theirs] = [await ownerOf(writ, name), await ownerOf(real.url, name)];
    [theirs.root, theirs.targets] = [ours.root, ours.targets];
    const targets = ours.targetsDocument(1, [], { delegations: delegationTo(delegate) });
    for (const [url, owner] of [[writ, ours] as const, [real.url, theirs] as const]) {
      expect(await publish(url, owner.gun, { root: owner.rootDocument(), targets })).toBe('200');
    }
    return [ours, theirs];
  }

  function upload(url: string, owner: Publisher, mutations: readonly Mutation[]): Promise<string> {
    const draft = draftOf(owner, delegate);
    for (const { apply } of mutations) {
      try {
        apply(draft);
      } catch {
        // One change can leave nothing for the next to be made to: then there is one less, on both servers.
      }
    }
    const headers = { 'content-type': draft.contentType };
    return send(base(url, owner.gun), { method: 'POST', headers, body: bodyOf(draft) });
  }

  /** What both say of the changes; what the service accepts is looked at. */
  async function tried(writ: string, mutations: readonly Mutation[]): Promise<Difference> {
    const [ours, theirs] = await owners(writ);
    const is = await upload(writ, ours, mutations);
    const was = await upload(real.url, theirs, mutations);
    const step = mutations.map(({ name }) => name).join(', ');
    if (is === '200') await expectSound(writ, ours, step);
    return { step, was, is };
  }

  async function expectSound(writ: string, owner: Publisher, step: string): Promise<void> {
    const at = base(writ, parseGun(owner.gun));
    const verdicts = await Promise.all(ROLES.map(role => send(`${at}${role}.json`)));
    expect([step, ...verdicts]).toEqual([step, '200', '200', '200', '200']);
    const current = (await (await fetch(`${at}targets.json`)).json()) as { signed: { version: number } };
    const next: JsonObject = owner.targetsPart(current.signed.version + 1, ['next']);
    const targets = signed(next, [owner.targets]);
    expect([step, await publish(writ, owner.gun, { targets })]).toEqual([step, '200']);
  }

  async function writ(): Promise<string> {
    return (await start({ auth: { mode: 'loopback' } })).addresses.repository;
  }

  it('get the verdict of notary-server, each change by itself', async () => {
    const url = await writ();
    const differences: Difference[] = [];
    for (const mutation of MUTATIONS) {
      const found = await tried(url, [mutation]);
      if (found.is !== found.was) differences.push(found);
    }
    expect(differences).toEqual(listedDifferences('Changed uploads'));
    expect(real.alive()).toBe(true);
  });

  it('and changes together, but where one of them alone differs', async () => {
    const url = await writ();
    const different = new Set(listedDifferences('Changed uploads').map(({ step }) => step));
    const draw = generator(SEED);
    const one = (): Mutation => MUTATIONS[draw(MUTATIONS.length)] ?? { name: '', apply: () => undefined };
    const differences: Difference[] = [];
    for (let i = 0; i < TOGETHER; i++) {
      const mutations = [one(), one(), ...(draw(2) === 0 ? [one()] : [])];
      const found = await tried(url, mutations);
      const isListed = mutations.some(({ name }) => different.has(name));
      if (found.is !== found.was && !isListed) differences.push(found);
    }
    expect(differences).toEqual([]);
  });
});
