/** A small catalogue: three ladders, and a level that voids another domain. */
import { Grants } from '../../src/entitlements/grants.js';
import { NO_EFFECTS, type Catalogue, type Domain, type Level } from '../../src/entitlements/model.js';
import type { PolicyLanguage } from '../../src/policy/read-policy.js';

const level = (name: string, voids: string[] = []): Level => ({
  name,
  summary: name,
  effects: NO_EFFECTS,
  opens: [],
  doesNotCover: [],
  voids,
  also: [],
});

const domain = (name: string, ...levels: Level[]): [string, Domain] => [
  name,
  { kind: 'ladder', name, summary: name, levels },
];

export const catalogue: Catalogue = {
  version: '1',
  extends: '1',
  added: new Set(),
  domains: new Map([
    domain('network', level('none'), level('user'), level('serve'), level('admin')),
    domain('security', level('confined'), level('view'), level('admin', ['filesystem'])),
    domain('filesystem', level('read-only'), level('writable')),
  ]),
  aliases: new Map(),
  reserved: [],
  foundation: {
    namespaces: [],
    maskedPaths: [],
    readonlyPaths: [],
    nonroot: { uid: 65_532, gid: 65_532 },
    sysctl: new Map(),
  },
  tables: new Map(),
};

/** `grants({network: 'user'})` */
export const grants = (levels: Record<string, string> = {}): Grants =>
  Grants.of(catalogue, new Map(Object.entries(levels)));

export const language: PolicyLanguage = {
  catalogue,
  presets: new Map(
    Object.entries({ web: { network: 'serve' }, root: { security: 'admin', filesystem: 'writable' } }).map(
      ([name, levels]) => [name, { name, summary: name, grants: grants(levels), written: levels }],
    ),
  ),
};
