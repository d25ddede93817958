import { describe, expect, it } from 'vitest';
import { list } from '../../src/entitlements/list.js';
import { catalogue } from './catalogue.js';

describe('list', () => {
  it('gives every domain with its levels', () => {
    const all = list(catalogue);
    expect(all.map(({ domain }) => domain)).toEqual([...catalogue.domains.keys()]);
    expect(all.find(({ domain }) => domain === 'kernel.userns')!.parts.map(({ grant }) => grant)).toEqual([
      'kernel.userns=none',
      'kernel.userns=allow',
    ]);
    expect(all.find(({ domain }) => domain === 'host.devices')!.parts[2]).toEqual({
      grant: 'host.devices=admin',
      summary: 'read and write every device, and the ports of the machine',
      capabilities: ['CAP_SYS_RAWIO'],
      opens: ['disks of the node', 'memory and firmware of the node'],
      doesNotCover: [],
      voids: ['filesystem', 'host.paths', 'host.processes', 'security'],
    });
  });
});
