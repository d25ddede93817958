/**
 * Orders of the parts of a config.json. Each says what one configuration has beyond another: a right, or a restriction that
 * the other has and it has not; undefined when it has nothing. Where there is no order, what differs is beyond both ways.
 */
import { canonicalText } from '../../json/canonical.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../../json/types.js';
import { integerIn, objectsIn, stringsIn, textIn, valueAt } from './config-read.js';

/** @returns what `a` has beyond `b`, for people */
export type Beyond = (a: JsonObject, b: JsonObject) => string | undefined;

const textOf = (value: JsonValue): string => (typeof value === 'string' ? value : canonicalText(value));

/** More members are more rights. */
export const moreOf =
  (path: string): Beyond =>
  (a, b) => {
    const others = new Set(stringsIn(b, path));
    return stringsIn(a, path).find(item => !others.has(item));
  };

/** More members are more rights; they are told apart as a whole. */
export const moreObjectsOf =
  (path: string): Beyond =>
  (a, b) => {
    const others = new Set(objectsIn(b, path).map(textOf));
    return objectsIn(a, path)
      .map(textOf)
      .find(item => !others.has(item));
  };

const covers = (paths: readonly string[], path: string): boolean =>
  paths.some(above => above === path || path.startsWith(above.endsWith('/') ? above : `${above}/`));

/** Paths that are hidden, or cannot be written; what is above a path covers it. @param covering - what covers in `a` */
export const lessCovered =
  (path: string, ...covering: readonly string[]): Beyond =>
  (a, b) => {
    const covered = covering.flatMap(member => stringsIn(a, member));
    return stringsIn(b, path).find(one => !covers(covered, one));
  };

/** A namespace of its own is the least, that of the node the most; one that is joined is like itself alone. */
export const namespace =
  (type: string): Beyond =>
  (a, b) => {
    const [own, other] = [a, b].map(config => {
      const found = objectsIn(config, 'linux.namespaces').find(one => textIn(one, 'type') === type);
      return found === undefined ? "the node's" : (textIn(found, 'path') ?? '');
    });
    return own === '' || own === other ? undefined : own;
  };

/** A larger amount is more; `isUnlimited` says what stands for no limit, beside none given. */
export const amount =
  (path: string, isUnlimited: (value: bigint) => boolean): Beyond =>
  (a, b) => {
    const [own, other] = [a, b].map(config => {
      const value = integerIn(config, path);
      return value === undefined || isUnlimited(value) ? undefined : value;
    });
    if (other === undefined || (own !== undefined && own <= other)) return undefined;
    return own === undefined ? 'unlimited' : String(own);
  };

/** Share of processors: quota by period, in 100 ms when none is given. */
export const processors: Beyond = (a, b) => {
  const share = (config: JsonObject): readonly [bigint, bigint] | undefined => {
    const quota = integerIn(config, 'linux.resources.cpu.quota');
    if (quota === undefined || quota <= 0n) return undefined;
    const period = integerIn(config, 'linux.resources.cpu.period') ?? 0n;
    return [quota, period > 0n ? period : 100_000n];
  };
  const [own, other] = [share(a), share(b)];
  if (other === undefined || (own !== undefined && own[0] * other[1] <= other[0] * own[1])) return undefined;
  return own === undefined ? 'unlimited' : own.join(' of ');
};

/** Every limit that the other has, both of its values. */
export const rlimits: Beyond = (a, b) => {
  const own = new Map(objectsIn(a, 'process.rlimits').map(one => [textIn(one, 'type') ?? '', one]));
  for (const limit of objectsIn(b, 'process.rlimits')) {
    const type = textIn(limit, 'type') ?? '';
    const found = own.get(type);
    for (const value of ['soft', 'hard']) {
      const beyond = amount(value, () => false)(found ?? {}, limit);
      if (beyond !== undefined) return `${type} ${value} ${beyond}`;
    }
  }
  return undefined;
};

/** The user 0 is the most; another is like itself alone, with groups that are more rights. */
export const user: Beyond = (a, b) => {
  const read = (config: JsonObject, key: string): bigint => integerIn(config, `process.user.${key}`) ?? 0n;
  if (read(b, 'uid') === 0n) return undefined;
  if (read(a, 'uid') !== read(b, 'uid')) return `user ${read(a, 'uid')}`;
  if (read(a, 'gid') !== read(b, 'gid')) return `group ${read(a, 'gid')}`;
  const groups = (config: JsonObject): string[] => {
    const value = valueAt(config, 'process.user.additionalGids');
    return Array.isArray(value) ? (value as readonly JsonValue[]).map(textOf) : [];
  };
  const others = new Set(groups(b));
  const group = groups(a).find(one => !others.has(one));
  return group === undefined ? undefined : `group ${group}`;
};

/** Where a higher value is a restriction, and the kernel's own value. */
const RISING: ReadonlyMap<string, number> = new Map([['net.ipv4.ip_unprivileged_port_start', 1024]]);

/** To set one is a right; two values of one have no order. */
export const sysctls: Beyond = (a, b) => {
  const [own = {}, other = {}] = [a, b].map(config => {
    const value = valueAt(config, 'linux.sysctl');
    return isJsonObject(value) ? value : {};
  });
  for (const name of new Set([...Object.keys(own), ...Object.keys(other)])) {
    const [x, y] = [own[name], other[name]];
    const usual = RISING.get(name);
    // What is no number is neither above nor below another.
    const isMore = usual === undefined ? x !== undefined : !(Number(x ?? usual) >= Number(y ?? usual));
    if (x !== y && isMore) return `${name}=${x === undefined ? "the kernel's" : textOf(x)}`;
  }
  return undefined;
};

/** A name of a confinement: none is the most, two are not alike. */
export const confinement =
  (path: string): Beyond =>
  (a, b) => {
    const [own, other] = [textIn(a, path) ?? '', textIn(b, path) ?? ''];
    return other === '' || own === other ? undefined : own || 'none';
  };

/** What has no order at all. */
export const same =
  (path: string): Beyond =>
  (a, b) => {
    const [own, other] = [a, b].map(config => textOf(valueAt(config, path) ?? 'none'));
    return own === other ? undefined : own;
  };

/** Options that only restrict a mount. */
const RESTRICTING: ReadonlySet<string> = new Set(['ro', 'nosuid', 'nodev', 'noexec']);
/** What mounts have when the opposite is not said. */
const PLAIN: ReadonlySet<string> = new Set(['rw', 'suid', 'dev', 'exec']);

interface Mount {
  readonly source: string;
  readonly destination: string;
  /** Its type, and the options that do not restrict it. */
  readonly kind: string;
  readonly restrictions: readonly string[];
}

const mountsOf = (config: JsonObject): Mount[] =>
  objectsIn(config, 'mounts').map(mount => {
    const options = stringsIn(mount, 'options').filter(option => !PLAIN.has(option));
    const others = options.filter(option => !RESTRICTING.has(option)).sort();
    return {
      source: textIn(mount, 'source') ?? '',
      destination: textIn(mount, 'destination') ?? '',
      kind: [textIn(mount, 'type') ?? '', ...others].join(' '),
      restrictions: options.filter(option => RESTRICTING.has(option)).sort(),
    };
  });

/** Whether `outer` shows what `inner` does at the same place, and lets as much be done with it. */
function holds(outer: Mount, inner: Mount): boolean {
  const below = inner.destination.slice(outer.destination.length);
  // A bind that is not recursive does not show what is mounted below.
  const isBelow = below === '' || (below.startsWith('/') && inner.kind.split(' ').includes('rbind'));
  return (
    isBelow &&
    inner.destination.startsWith(outer.destination) &&
    inner.source === outer.source + below &&
    inner.kind === outer.kind &&
    outer.restrictions.every(option => inner.restrictions.includes(option))
  );
}

/** Every mount must be one of the other's, or be within one, restricted as much. */
export const mounts: Beyond = (a, b) => {
  const known = mountsOf(b);
  const beyond = mountsOf(a).find(own => !known.some(other => holds(other, own)));
  return beyond && `${beyond.source} on ${beyond.destination} ${beyond.restrictions.join(',')}`.trimEnd();
};
