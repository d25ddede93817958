/**
 * What open sets hold. Each kind has one canonical spelling for each item, and an order of items: `/srv:rw` covers
 * `/srv/data:ro`. Two items have at most one greatest item that both cover, so sets of items, kept without those
 * that another one covers, are a distributive lattice: join is the union, meet all pairs that meet.
 */
import type { ItemKind } from './model.js';

export interface ItemOrder {
  /** What an item looks like, for messages. */
  readonly form: string;
  /** The item that covers every other one. */
  readonly everything: string;
  /** The canonical spelling, or undefined when `text` is no item of this kind. */
  parse(text: string): string | undefined;
  /** The greatest item that both cover, or undefined; of canonical spellings. */
  meet(a: string, b: string): string | undefined;
}

/** Covers every item of the kinds that have no item of their own for that. */
export const ANY = '*';

/** `*` and what matches `pattern` as it is; an item covers itself only. */
const plain = (form: string, pattern: RegExp): ItemOrder => ({
  form,
  everything: ANY,
  parse: text => (text === ANY || pattern.test(text) ? text : undefined),
  meet: (a, b) => (a === b || b === ANY ? a : a === ANY ? b : undefined),
});

/** Path and mode, path and access, API and subset. @param item - with a colon, of which the last counts */
export function parted(item: string): [head: string, tail: string] {
  const colon = item.lastIndexOf(':');
  return [item.slice(0, colon), item.slice(colon + 1)];
}

const MAX_PATH = 1024;
/** Absolute; no `.`, `..` or empty component, no control character, no comma (which parts a list), no colon. */
const PATH = /^(?:\/(?!\.{1,2}(?:\/|$))[^/\0-\x1f\x7f,:]+)+$/;

/** `/srv/data/` is `/srv/data`; undefined for what is not a path of the node in full. */
function parsePath(text: string): string | undefined {
  if (text === '/') return text;
  const path = text.endsWith('/') ? text.slice(0, -1) : text;
  return path.length <= MAX_PATH && PATH.test(path) ? path : undefined;
}

const isBelow = (path: string, folder: string): boolean =>
  path === folder || path.startsWith(folder === '/' ? folder : `${folder}/`);

const PATHS: ItemOrder = {
  form: 'an absolute path, then :ro or :rw',
  everything: '/:rw',
  parse: text => {
    if (text === ANY) return PATHS.everything;
    const [head, mode] = text.includes(':') ? parted(text) : [text, 'ro'];
    const path = parsePath(head);
    return path !== undefined && (mode === 'ro' || mode === 'rw') ? `${path}:${mode}` : undefined;
  },
  meet: (a, b) => {
    const [[one, left], [other, right]] = [parted(a), parted(b)];
    const mode = left === 'ro' ? left : right;
    if (isBelow(one, other)) return `${one}:${mode}`;
    return isBelow(other, one) ? `${other}:${mode}` : undefined;
  },
};

const PORT = /^([1-9]\d{0,4})(?:\/(tcp|udp|sctp))?$/;

const PORTS: ItemOrder = {
  ...plain('a port from 1 to 65535, then /tcp (which goes without saying), /udp or /sctp', PORT),
  parse: text => {
    if (text === ANY) return ANY;
    const [, port, protocol = 'tcp'] = PORT.exec(text) ?? [];
    return Number(port) <= 65_535 ? `${port}/${protocol}` : undefined;
  },
};

/** What a runtime sets in the namespaces of a container, and nowhere else. */
const SYSCTL =
  /^(net(?:\.[A-Za-z0-9_@-]{1,64}){1,8}|fs\.mqueue\.[a-z_]{1,64}|kernel\.(?:msg(?:max|mnb|mni)|sem|shm(?:all|max|mni|_rmid_forced)))=([\x20-\x7e\t]{1,256})$/;

const SYSCTLS: ItemOrder = {
  ...plain(
    'NAME=VALUE with a name that a namespace has: net.…, fs.mqueue.…, kernel.sem, kernel.shm…, kernel.msg…',
    SYSCTL,
  ),
  parse: text => {
    if (text === ANY) return ANY;
    const [, name, value = ''] = SYSCTL.exec(text) ?? [];
    const words = value.trim().replaceAll(/\s+/g, ' ');
    return words !== '' ? `${name}=${words}` : undefined;
  },
};

const API = /^[a-z][a-z0-9.-]{0,63}:(?:[a-z][a-z0-9.-]{0,63}|\*)$/;

/** `engine:*` covers each subset of that API. */
const APIS: ItemOrder = {
  ...plain('API:SUBSET, where * is every subset', API),
  meet: (a, b) => meetBelow(a, b, parted),
};

const DEVICE_FILE = /^(\/dev\/.+):(r?w?m?)$/;
/** A name of the Container Device Interface: vendor/class=device. */
const CDI = /^[a-z0-9][a-z0-9.-]{0,62}\/[A-Za-z][A-Za-z0-9_-]{0,62}=(?:[A-Za-z0-9][A-Za-z0-9_.:-]{0,62}|\*)$/;

const splitCdi = (text: string): [string, string] => {
  const equals = text.indexOf('=');
  return [text.slice(0, equals), text.slice(equals + 1)];
};

const DEVICES: ItemOrder = {
  ...plain('a path below /dev, then some of :rwm; or VENDOR/CLASS=DEVICE, where * is every device', CDI),
  parse: text => {
    if (text === ANY || CDI.test(text)) return text;
    const [, file, access] = DEVICE_FILE.exec(text.includes(':') ? text : `${text}:rwm`) ?? [];
    const path = file === undefined ? undefined : parsePath(file);
    return path === undefined || access === undefined || access === '' ? undefined : `${path}:${access}`;
  },
  meet: (a, b) => {
    if (!a.startsWith('/') || !b.startsWith('/')) return meetBelow(a, b, splitCdi);
    const [[one, left], [other, right]] = [parted(a), parted(b)];
    const access = [...left].filter(letter => right.includes(letter)).join('');
    return one === other && access !== '' ? `${one}:${access}` : undefined;
  },
};

/** Items of two parts, of which the second may be `*`. */
function meetBelow(a: string, b: string, parts: (text: string) => [string, string]): string | undefined {
  if (a === b || b === ANY) return a;
  if (a === ANY) return b;
  const [[one, left], [other, right]] = [parts(a), parts(b)];
  if (one !== other) return undefined;
  return left === ANY ? b : right === ANY ? a : undefined;
}

export const ITEM_ORDERS: Readonly<Record<ItemKind, ItemOrder>> = {
  path: PATHS,
  port: PORTS,
  sysctl: SYSCTLS,
  api: APIS,
  device: DEVICES,
};

/** The members of a closed set: each covers itself only. */
export const MEMBERS: Pick<ItemOrder, 'meet'> = { meet: (a, b) => (a === b ? a : undefined) };

/**
 * `items` without those that another one covers, sorted: two sets that cover the same items give the same list.
 *
 * @param items - canonical, in any order, also twice
 */
export function reduce(items: readonly string[], { meet }: Pick<ItemOrder, 'meet'>): readonly string[] {
  const unique = [...new Set(items)];
  return unique.filter(item => !unique.some(other => other !== item && meet(item, other) === item)).sort();
}

/** All that both sets cover, reduced. */
export function meetItems(
  a: readonly string[],
  b: readonly string[],
  order: Pick<ItemOrder, 'meet'>,
): readonly string[] {
  return reduce(
    a.flatMap(item => b.flatMap(other => order.meet(item, other) ?? [])),
    order,
  );
}

/** The items of `a` that no item of `b` covers. */
export function uncovered(
  a: readonly string[],
  b: readonly string[],
  { meet }: Pick<ItemOrder, 'meet'>,
): readonly string[] {
  return a.filter(item => !b.some(other => meet(item, other) === item));
}
