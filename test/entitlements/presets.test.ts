import { describe, expect, it } from 'vitest';
import { podSecurityLevel } from '../../src/entitlements/emit/pod-security.js';
import { compile } from '../../src/entitlements/compile.js';
import { leq } from '../../src/entitlements/grants.js';
import { findPreset } from '../../src/entitlements/parse-baselines.js';
import { presetDifferences } from '../tools/preset-document.js';
import { baselines, NODE, presets } from './catalogue.js';

const named = (name: string) => findPreset(presets, name).grants;

describe('presets that are named after a default', () => {
  const all = presetDifferences();

  it('have the capabilities of that default; network=proxy brings broadcasts along', () => {
    expect(all.map(({ preset, capabilities }) => [preset, capabilities])).toEqual([
      ['docker-default', { more: ['CAP_NET_BROADCAST'], less: [] }],
      ['kubernetes-baseline', { more: [], less: [] }],
      ['kubernetes-restricted', { more: [], less: [] }],
    ]);
  });

  it('permit nothing more than it but calls that are younger, splice, and the upper halves of arguments', () => {
    const younger = [
      ...[
        'cachestat',
        'fchmodat2',
        'file_getattr',
        'file_setattr',
        'futex_requeue',
        'futex_wait',
        'futex_waitv',
      ],
      ...[
        'futex_wake',
        'getxattrat',
        'io_pgetevents',
        'listxattrat',
        'lsm_get_self_attr',
        'lsm_list_modules',
      ],
      ...['map_shadow_stack', 'mseal', 'personality', 'removexattrat', 'rseq_slice_yield'],
      ...['setxattrat', 'vmsplice'],
    ];
    for (const { preset, calls } of all) {
      expect([preset, calls.more.filter(name => !younger.includes(name))]).toEqual([preset, []]);
    }
  });

  it('leave out the gates that the default has open', () => {
    for (const { preset, calls } of all) {
      const open = ['keyctl', 'mount', 'ptrace', 'clone3', 'setns', 'unshare', 'socket'];
      expect([preset, open.filter(name => !calls.less.includes(name))]).toEqual([preset, []]);
    }
  });

  it('are of the Pod Security levels that they are named after', () => {
    const levels = [...presets].map(([name, { grants }]) => [
      name,
      podSecurityLevel(compile(grants, NODE, baselines).parts),
    ]);
    expect(Object.fromEntries(levels)).toMatchObject({
      'docker-default': 'privileged',
      'kubernetes-baseline': 'baseline',
      'kubernetes-restricted': 'restricted',
      'static-binary': 'restricted',
      'web-service': 'restricted',
    });
  });

  it('lie within one another as their defaults do', () => {
    expect(leq(named('web-service'), named('kubernetes-restricted'))).toBe(true);
    expect(leq(named('kubernetes-restricted'), named('kubernetes-baseline'))).toBe(true);
    expect(leq(named('kubernetes-baseline'), named('kubernetes-restricted'))).toBe(false);
  });
});
