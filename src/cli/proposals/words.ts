/** An examined proposal for the person who decides about it. */
import type { Catalogue } from '../../entitlements/model.js';
import type { JsonObject } from '../../json/types.js';
import { changeJson } from '../change-json.js';
import { rootWords, targetsWords } from '../change-words.js';
import { progressOf, progressWords } from '../visit.js';
import type { Examined } from './examine.js';

export function examinedWords(examined: Examined, catalogue: Catalogue): string {
  const { role, change, companions, payload, visited } = examined;
  return [
    change.type === 'root' ? rootWords(change) : targetsWords(role, change, catalogue),
    ...companions.flatMap(companion => [
      'goes live with it, signed by others:',
      targetsWords(companion.role, companion.change, catalogue),
    ]),
    `payload ${payload}`,
    progressWords(progressOf(visited)),
  ].join('\n');
}

export function examinedJson({ role, change, companions, payload, expires, visited }: Examined): JsonObject {
  return {
    role,
    version: change.version.after,
    payload,
    openUntil: expires,
    signatures: progressOf(visited).map(({ name, signed, needed }) => ({ of: name, signed, needed })),
    change: changeJson(change),
    companions: companions.map(one => ({ role: one.role, change: changeJson(one.change) })),
  };
}
