/** Points of a catalogue's lattice, over every domain of every kind. */
import fc from '../support/property.js';
import { Grants } from '../../src/entitlements/grants.js';
import type { Catalogue, Domain, ItemKind } from '../../src/entitlements/model.js';
import { partsOf } from '../../src/entitlements/parts.js';
import type { JsonValue } from '../../src/json/types.js';

/** Few of each kind, chosen to cover one another, to meet and to miss. */
export const ITEMS: Readonly<Record<ItemKind, readonly string[]>> = {
  path: [
    '/:ro',
    '/:rw',
    '/srv:ro',
    '/srv:rw',
    '/srv/data:ro',
    '/srv/data:rw',
    '/srv/data2:rw',
    '/var/lib:ro',
  ],
  port: ['*', '80', '80/udp', '443', '8080/sctp'],
  sysctl: ['*', 'net.core.somaxconn=1024', 'net.core.somaxconn=4096', 'kernel.sem=250 32000 32 128'],
  api: ['*', 'engine:*', 'engine:read', 'engine:write', 'cluster:read'],
  device: [
    '*',
    '/dev/fuse:rwm',
    '/dev/fuse:r',
    '/dev/fuse:w',
    '/dev/fuse:m',
    'acme.example/gpu=*',
    'acme.example/gpu=0',
  ],
};

const AMOUNTS = [0, 1, 5, 1000, 4096, 2 ** 28, 1_000_000_000];

/** Any value that `domain` may be granted; undefined names it not at all. */
function anyValue(domain: Domain): fc.Arbitrary<JsonValue | undefined> {
  switch (domain.kind) {
    case 'ladder':
      return fc.constantFrom(...partsOf(domain).map(({ name }) => name));
    case 'members':
      return fc.subarray(partsOf(domain).map(({ name }) => name));
    case 'items':
      return fc.subarray([...ITEMS[domain.of]]);
    case 'quantity':
      return fc.constantFrom(
        undefined,
        'unlimited',
        ...AMOUNTS.map(amount => Math.max(amount, domain.least)),
      );
  }
}

export function anyGrantsOf(catalogue: Catalogue): fc.Arbitrary<Grants> {
  const domains = [...catalogue.domains.values()];
  return fc
    .record(Object.fromEntries(domains.map(domain => [domain.name, anyValue(domain)])))
    .map(values =>
      Grants.of(
        catalogue,
        new Map(
          Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
        ),
      ),
    );
}
