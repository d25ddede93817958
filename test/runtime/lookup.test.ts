import { describe, expect, it } from 'vitest';
import { compile } from '../../src/entitlements/compile.js';
import { intentOf } from '../../src/entitlements/intent.js';
import { WritError } from '../../src/errors.js';
import type { DigestFinder } from '../../src/policy/finder.js';
import { PolicySet } from '../../src/policy/policy-set.js';
import { sha256Hex } from '../../src/crypto/digest.js';
import { lookUp, parseLookup, type LookupAnswer } from '../../src/runtime/lookup.js';
import { ProfileKeeper } from '../../src/runtime/profiles.js';
import {
  APP,
  APP_DIGEST,
  baselines,
  both,
  digest,
  grants,
  MemoryFinder,
  NOW,
  PRODUCTION,
  TARGETS,
  USER,
  USER_INTENT,
} from '../admission/world.js';

const NODE = { arch: 'amd64', runtime: 'runc-1.1' };
const QUERY = { image: `${APP}:1`, namespace: 'prod', ...NODE };
const thrownBy = (run: () => unknown): WritError => {
  try {
    run();
  } catch (error) {
    if (error instanceof WritError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
};

function look(
  query: Record<string, string>,
  finder: DigestFinder = new MemoryFinder(TARGETS),
  profiles = new ProfileKeeper(baselines),
): LookupAnswer {
  const set = PolicySet.of([PRODUCTION]);
  const sources = { policies: () => set, finder, profiles, clock: { now: () => NOW } };
  return lookUp(parseLookup(new URLSearchParams({ ...QUERY, ...query })), sources);
}

describe('a lookup', () => {
  const profile = compile(USER, NODE, baselines);

  it('answers by tag, by pinned name and by digest alone with the same profile', () => {
    const byTag = look({});
    expect(byTag).toEqual({
      image: `${APP}@${APP_DIGEST}`,
      digest: APP_DIGEST,
      repository: 'example',
      role: 'team',
      grants: { network: 'user' },
      intent: USER_INTENT,
      profile: `sha256:${profile.digest}`,
      expires: '2026-11-22T00:00:00.000Z',
      evidence: [
        {
          repository: 'example',
          role: 'team',
          path: `${APP}@${APP_DIGEST}`,
          version: 3,
          signedBy: ['k1'],
          policy: 'production',
          grants: { network: 'user' },
        },
      ],
    });
    expect(look({ image: `${APP}@${APP_DIGEST}` })).toEqual(byTag);
    expect(look({ image: APP_DIGEST })).toEqual(byTag);
  });

  it('attack: a digest that is signed under two names gets their meet', () => {
    const other = both('registry.example/team/other', '1', APP_DIGEST, grants({ network: 'serve' }));
    const finder = new MemoryFinder([...other, ...TARGETS]);
    const answer = look({ image: APP_DIGEST }, finder);
    expect(answer.grants).toEqual({ network: 'user' });
    expect(answer.evidence).toHaveLength(2);
    expect(look({ image: APP_DIGEST }, new MemoryFinder([...TARGETS, ...other])).grants).toEqual(
      answer.grants,
    );
    expect(look({ image: 'registry.example/team/other:1' }, finder).intent).toBe(
      intentOf(grants({ network: 'serve' })),
    );
  });

  it('gives the bytes of the profile under its digest', () => {
    const profiles = new ProfileKeeper(baselines);
    const answer = look({}, undefined, profiles);
    const bytes = profiles.bytes(answer.profile);
    expect(`sha256:${sha256Hex(bytes)}`).toBe(answer.profile);
    expect(bytes).toEqual(profile.bytes);
  });
});

describe('a lookup that cannot be answered', () => {
  it('404: nobody has signed it', () => {
    for (const image of ['registry.example/team/none:1', digest('9'), `${APP}@${digest('9')}`]) {
      expect(thrownBy(() => look({ image }))).toMatchObject({
        code: 'LOOKUP_UNKNOWN',
        status: 404,
        details: { reason: 'POLICY_UNSIGNED' },
      });
    }
  });
  it('attack: signed, but not by anybody who counts here: 403', () => {
    const finder = new MemoryFinder(both(APP, '1', APP_DIGEST, USER, 'interns'));
    for (const image of [APP_DIGEST, `${APP}@${APP_DIGEST}`]) {
      expect(thrownBy(() => look({ image }, finder))).toMatchObject({ code: 'LOOKUP_REFUSED', status: 403 });
    }
  });
  it('403: no policy speaks for the namespace, or it refuses', () => {
    expect(thrownBy(() => look({ namespace: 'other' }))).toMatchObject({
      code: 'LOOKUP_REFUSED',
      details: { reason: 'POLICY_NO_MATCH' },
    });
    const finder = new MemoryFinder(both(APP, '1', APP_DIGEST, grants({ network: 'admin' })));
    const error = thrownBy(() => look({}, finder));
    expect(error).toMatchObject({ code: 'LOOKUP_REFUSED', details: { reason: 'POLICY_EXCESS' } });
    expect(error.message).toContain('network=admin is signed, network=serve is allowed');
  });
  it('503: what is known has expired', () => {
    const finder = new MemoryFinder(TARGETS, [{ role: PRODUCTION.trust.roles[0]!, since: NOW }]);
    expect(thrownBy(() => look({}, finder))).toMatchObject({
      code: 'LOOKUP_STALE',
      status: 503,
      details: { reason: 'TRUST_ROLE_EXPIRED' },
    });
    expect(thrownBy(() => look({ image: APP_DIGEST }, finder))).toMatchObject({ code: 'LOOKUP_STALE' });
  });
  it('500: a failure that nobody expected is no answer', () => {
    const finder: DigestFinder = {
      generation: 1,
      byDigest: () => [],
      find: () => {
        throw new Error('boom');
      },
    };
    expect(thrownBy(() => look({}, finder))).toMatchObject({ code: 'INTERNAL', status: 500 });
  });
  it('400: a node that no baseline covers', () => {
    expect(thrownBy(() => look({ runtime: 'runc-9.9' }))).toMatchObject({
      code: 'PROFILE_RUNTIME',
      status: 400,
    });
    expect(thrownBy(() => look({ arch: 'vax' }))).toMatchObject({ code: 'PROFILE_ARCHITECTURE' });
    expect(thrownBy(() => look({ libseccomp: '0.1' }))).toMatchObject({ code: 'PROFILE_LIBSECCOMP' });
    expect(thrownBy(() => look({ kernel: '2.6' }))).toMatchObject({ code: 'PROFILE_KERNEL' });
  });
});

describe('the query', () => {
  it.each(['image', 'namespace', 'arch', 'runtime'])('needs %s', name => {
    const query = new URLSearchParams(QUERY);
    query.delete(name);
    expect(thrownBy(() => parseLookup(query))).toMatchObject({
      code: 'LOOKUP_QUESTION',
      status: 400,
      message: `the parameter ${name} is missing`,
    });
    query.set(name, '');
    expect(thrownBy(() => parseLookup(query)).message).toBe(`the parameter ${name} is missing`);
    query.set(name, 'a');
    query.append(name, 'b');
    expect(thrownBy(() => parseLookup(query)).message).toBe(`the parameter ${name} is given twice`);
  });
  it('takes nothing else', () => {
    const query = new URLSearchParams({ ...QUERY, 'x\n': '1' });
    expect(thrownBy(() => parseLookup(query)).message).toBe('there is no parameter "x\\n"');
    const star = new URLSearchParams({ ...QUERY, namespace: '*' });
    expect(thrownBy(() => parseLookup(star)).message).toBe('"*" cannot be a namespace');
    const evil = new URLSearchParams({ ...QUERY, image: 'UPPER' });
    expect(thrownBy(() => parseLookup(evil)).code).toBe('IMAGE_REFERENCE');
  });
  it('passes libseccomp and kernel on', () => {
    const query = new URLSearchParams({ ...QUERY, libseccomp: '2.5.4', kernel: '6.1' });
    expect(parseLookup(query)).toMatchObject({
      image: { repository: APP, tag: '1' },
      namespace: 'prod',
      target: { ...NODE, libseccomp: '2.5.4', kernel: '6.1' },
    });
    expect(parseLookup(new URLSearchParams({ ...QUERY, image: APP_DIGEST })).image).toBe(APP_DIGEST);
  });
});

describe('the keeper of profiles', () => {
  const levels = ['none', 'user', 'serve'].map(network => grants({ network }));

  it('compiles once', () => {
    const keeper = new ProfileKeeper(baselines);
    expect(keeper.profileFor(USER, NODE)).toBe(keeper.profileFor(grants({ network: 'user' }), { ...NODE }));
    expect(keeper.profileFor(USER, { ...NODE, runtime: 'crun-1.8' })).not.toBe(keeper.profileFor(USER, NODE));
  });
  it('keeps the most recently used', () => {
    const keeper = new ProfileKeeper(baselines, 2);
    const [none, user, serve] = levels.map(level => compile(level, NODE, baselines).digest);
    keeper.profileFor(levels[0]!, NODE);
    keeper.profileFor(levels[1]!, NODE);
    keeper.profileFor(levels[0]!, NODE);
    keeper.profileFor(levels[2]!, NODE);
    expect(keeper.bytes(`sha256:${none!}`).length).toBeGreaterThan(100);
    expect(keeper.bytes(`sha256:${serve!}`).length).toBeGreaterThan(100);
    expect(thrownBy(() => keeper.bytes(`sha256:${user!}`))).toMatchObject({
      code: 'LOOKUP_PROFILE',
      status: 404,
    });
  });
  it('keeps bytes that another kind of node shares', () => {
    const keeper = new ProfileKeeper(baselines, 2);
    const shared = keeper.profileFor(USER, NODE).digest;
    expect(keeper.profileFor(USER, { ...NODE, kernel: '6.1' }).digest).toBe(shared);
    keeper.profileFor(levels[0]!, NODE);
    expect(keeper.bytes(shared).length).toBeGreaterThan(100);
    keeper.profileFor(levels[2]!, NODE);
    expect(thrownBy(() => keeper.bytes(shared)).code).toBe('LOOKUP_PROFILE');
  });
  it('refuses what is no digest', () => {
    expect(thrownBy(() => new ProfileKeeper(baselines).bytes('../x')).code).toBe('IMAGE_DIGEST');
  });
});
