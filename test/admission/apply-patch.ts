/** A JSON Patch applier of our own (RFC 6902), strict as the API server's: what does not apply throws. */
import type { JsonValue } from '../../src/json/types.js';

interface Operation {
  readonly op: string;
  readonly path: string;
  readonly from?: string;
  readonly value?: JsonValue;
}

type Node = Record<string, unknown> | unknown[];

const steps = (path: string): string[] => {
  if (path === '') return [];
  if (!path.startsWith('/')) throw new Error(`not a pointer: ${path}`);
  return path
    .slice(1)
    .split('/')
    .map(step => {
      if (/~(?![01])/.test(step)) throw new Error(`not a pointer: ${path}`);
      return step.replaceAll('~1', '/').replaceAll('~0', '~');
    });
};

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null;

function indexIn(list: readonly unknown[], step: string, mayAppend: boolean): number {
  if (mayAppend && step === '-') return list.length;
  if (!/^(?:0|[1-9][0-9]*)$/.test(step)) throw new Error(`not an index: ${step}`);
  const index = Number(step);
  if (index > list.length || (!mayAppend && index === list.length)) throw new Error(`out of bounds: ${step}`);
  return index;
}

function get(document: unknown, path: string): unknown {
  return steps(path).reduce<unknown>((node, step) => {
    if (!isNode(node)) throw new Error(`nothing at ${path}`);
    if (Array.isArray(node)) return node[indexIn(node, step, false)];
    if (!Object.hasOwn(node, step)) throw new Error(`nothing at ${path}`);
    return node[step];
  }, document);
}

function parentOf(document: unknown, path: string): [Node, string] {
  const all = steps(path);
  const last = all.pop() ?? '';
  const parent = get(
    document,
    all.map(step => `/${step.replaceAll('~', '~0').replaceAll('/', '~1')}`).join(''),
  );
  if (!isNode(parent)) throw new Error(`no parent of ${path}`);
  return [parent, last];
}

function add(document: unknown, path: string, value: unknown): unknown {
  if (path === '') return value;
  const [parent, key] = parentOf(document, path);
  if (Array.isArray(parent)) parent.splice(indexIn(parent, key, true), 0, value);
  else Object.defineProperty(parent, key, { value, writable: true, enumerable: true, configurable: true });
  return document;
}

function remove(document: unknown, path: string): unknown {
  get(document, path);
  if (path === '') return null;
  const [parent, key] = parentOf(document, path);
  if (Array.isArray(parent)) parent.splice(indexIn(parent, key, false), 1);
  else Reflect.deleteProperty(parent, key);
  return document;
}

const equal = (a: unknown, b: unknown): boolean => JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isNode(value)) return value;
  return Object.keys(value)
    .sort()
    .map(key => [key, sorted((value as Record<string, unknown>)[key])]);
}

function applyOne(document: unknown, operation: Operation): unknown {
  const { op, path, from, value } = operation;
  if (typeof path !== 'string') throw new Error('no path');
  const needsValue = op === 'add' || op === 'replace' || op === 'test';
  if (needsValue && !Object.hasOwn(operation, 'value')) throw new Error('no value');
  switch (op) {
    case 'add':
      return add(document, path, value);
    case 'remove':
      return remove(document, path);
    case 'replace':
      return path === '' ? value : replace(document, path, value);
    case 'test':
      if (!equal(get(document, path), value)) throw new Error(`test failed at ${path}`);
      return document;
    case 'move':
    case 'copy': {
      if (typeof from !== 'string') throw new Error('no from');
      const moved = structuredClone(get(document, from));
      return add(op === 'move' ? remove(document, from) : document, path, moved);
    }
    default:
      throw new Error(`unknown operation ${op}`);
  }
}

function replace(document: unknown, path: string, value: unknown): unknown {
  get(document, path);
  const [parent, key] = parentOf(document, path);
  if (Array.isArray(parent)) parent[indexIn(parent, key, false)] = value;
  else parent[key] = value;
  return document;
}

/** A changed copy of `document`; throws when an operation cannot be applied. */
export function applyPatch(document: JsonValue, patch: readonly Operation[]): JsonValue {
  return patch.reduce<unknown>(applyOne, structuredClone(document)) as JsonValue;
}
