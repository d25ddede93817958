/** A catalogue of one small domain, to be changed by tests. */
import type { JsonObject } from '../../src/json/types.js';

export const level = (name: string, more: JsonObject = {}): JsonObject => ({
  level: name,
  summary: 's',
  ...more,
});

export const emptyCatalogue = (more: JsonObject = {}): JsonObject => ({
  version: 'test',
  domains: [{ domain: 'x', summary: 's', levels: [level('low')] }],
  aliases: {},
  reserved: [],
  foundation: {
    namespaces: ['pid'],
    'masked-paths': [],
    'readonly-paths': [],
    nonroot: { uid: 1, gid: 1 },
    sysctl: {},
  },
  tables: [{ arch: 'amd64', origin: 'o', numbers: { read: 0, socket: 41 } }],
  ...more,
});

/** With one level that adds `effects`. */
export const withLevel = (effects: JsonObject): JsonObject =>
  emptyCatalogue({ domains: [{ domain: 'x', summary: 's', levels: [level('low', effects)] }] });
