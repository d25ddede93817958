import { describe, expect, it } from 'vitest';
import { intentOf } from '../../src/entitlements/intent.js';
import { parseGrant, parseGrants } from '../../src/entitlements/parse-grants.js';
import { catalogue, grants, presets } from './catalogue.js';
import { findPreset } from '../../src/entitlements/parse-baselines.js';

describe('parseGrant', () => {
  it('reads DOMAIN=VALUE', () => {
    expect(parseGrant('network=user')).toEqual({ domain: 'network', value: 'user' });
    expect(parseGrant('host.devices=admin')).toEqual({ domain: 'host.devices', value: 'admin' });
    expect(parseGrant('filesystem=read-only')).toEqual({ domain: 'filesystem', value: 'read-only' });
    expect(parseGrant('sysctls=net.core.somaxconn=1')).toEqual({
      domain: 'sysctls',
      value: 'net.core.somaxconn=1',
    });
  });

  for (const text of [
    '',
    'network',
    'network=',
    '=user',
    'Network=user',
    ' network=user',
    'a=b\n',
    '1=b',
    'a=b\0',
    'a=b\x7f',
  ]) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      expect(() => parseGrant(text)).toThrow(
        expect.objectContaining({
          code: 'GRANT_SYNTAX',
          message: `${JSON.stringify(text)} is not of the form DOMAIN=LEVEL`,
        }),
      );
    });
  }

  it('takes names of 64 characters and no more', () => {
    const name = 'a'.repeat(64);
    expect(parseGrant(`${name}=${name}`)).toEqual({ domain: name, value: name });
    expect(() => parseGrant(`${name}a=b`)).toThrow('is not of the form');
    expect(() => parseGrant('a='.padEnd(16_387, 'b'))).toThrow('is not of the form');
    expect(parseGrant('a='.padEnd(16_386, 'b')).value).toHaveLength(16_384);
  });

  it('cuts long text in its message', () => {
    expect(() => parseGrant('x'.repeat(81))).toThrow(`"${'x'.repeat(80)}…" is not`);
    expect(() => parseGrant('x'.repeat(80))).toThrow(`"${'x'.repeat(80)}" is not`);
  });
});

describe('parseGrants', () => {
  it('reads lists and objects alike', () => {
    const expected = { network: 'user', security: 'view' };
    expect(parseGrants(catalogue, ['network=user', 'security=view']).toJson()).toEqual(expected);
    expect(parseGrants(catalogue, expected).toJson()).toEqual(expected);
  });

  it('takes a domain twice only with one level', () => {
    expect(grants('network=user', 'network=user').toJson()).toEqual({ network: 'user' });
    expect(() => grants('network=user', 'network=serve')).toThrow(
      expect.objectContaining({
        code: 'GRANT_CONFLICT',
        message: 'the domain network is given as user and as serve',
      }),
    );
  });

  it('refuses unknown domains and levels, and says which there are', () => {
    expect(() => grants('netwerk=user')).toThrow(
      expect.objectContaining({
        code: 'GRANT_DOMAIN',
        hint: 'did you mean network?',
      }),
    );
    expect(() => grants('network=usr')).toThrow(
      expect.objectContaining({
        code: 'GRANT_LEVEL',
        message: 'the domain network has no level "usr"',
        hint: 'its levels are none < user < serve < proxy < admin; did you mean user?',
      }),
    );
  });

  it('attack: signed metadata that names an inherited member or a level that is no string', () => {
    const named = JSON.parse('{"__proto__": "user"}') as Record<string, string>;
    expect(() => parseGrants(catalogue, named)).toThrow(expect.objectContaining({ code: 'GRANT_DOMAIN' }));
    expect(() => parseGrants(catalogue, { constructor: 'user' })).toThrow(
      expect.objectContaining({ code: 'GRANT_DOMAIN' }),
    );
    expect(() => parseGrants(catalogue, { network: 1 })).toThrow('the domain network has no level "1"');
  });

  it('reads the old names of libentitlement as sets of grants, from people only', () => {
    expect(grants('security.admin').toJson()).toEqual({
      'audit.write': 'allow',
      debug: 'ptrace',
      identity: 'switch',
      'identity.setcap': 'allow',
      'kernel.keyring': 'allow',
      'kernel.modules': 'allow',
      'kernel.mount': 'allow',
      'kernel.reboot': 'allow',
      'kernel.time': 'allow',
      'kernel.userns': 'allow',
      'resources.raise': 'allow',
      scheduling: 'nice',
      security: 'admin',
    });
    expect(grants('network.proxy').toJson()).toEqual({ network: 'proxy' });
    expect(grants('security.admin', 'debug=ptrace').get('debug')).toBe('ptrace');
    expect(() => parseGrants(catalogue, { 'security.admin': 'allow' })).toThrow(
      expect.objectContaining({ code: 'GRANT_DOMAIN' }),
    );
  });
});

describe('presets', () => {
  it('are sets of grants under a name', () => {
    expect(findPreset(presets, 'web-service').grants.toJson()).toEqual({
      network: 'user',
      programs: 'common',
    });
    expect(findPreset(presets, 'static-binary').grants.toJson()).toEqual({});
    expect(() => findPreset(presets, 'webservice')).toThrow(
      expect.objectContaining({
        code: 'GRANT_PRESET',
        message: 'there is no preset "webservice"',
        hint: `the presets are ${[...presets.keys()].join(', ')}; did you mean web-service?`,
      }),
    );
  });
});

describe('intentOf', () => {
  it('is the SHA-256 of the canonical grants and catalogue version', () => {
    // printf '{"catalogue":"1","grants":{"network":"user"}}' | sha256sum
    expect(intentOf(grants('network=user'))).toBe(
      'acb89826776a4468ccb3231573474d65d7c02333841bbe372f23a3efb1951d98',
    );
    expect(intentOf(grants())).toBe('b536e03dfe3f1f10fe105b0d3539e6a26e0dd628a27b1809e455f1fc1bacf76f');
  });

  it('does not depend on order or on levels that were lowest anyway', () => {
    expect(intentOf(grants('network=user', 'debug=none'))).toBe(intentOf(grants('network=user')));
    expect(intentOf(grants('debug=perf', 'network=user'))).toBe(
      intentOf(grants('network=user', 'debug=perf')),
    );
    expect(intentOf(grants('network=serve'))).not.toBe(intentOf(grants('network=user')));
  });
});
