/** Gathers what one container of a file asks for; what several kinds of files say alike. */
import { isJsonObject, member, type JsonObject, type JsonValue } from '../../json/types.js';
import { ITEM_ORDERS } from '../items.js';
import type { Catalogue, Freedom, ItemKind, Resource, Unit } from '../model.js';
import { partsOf } from '../parts.js';
import { isAmount, parseAmount } from '../quantities.js';
import { quoted } from '../text.js';
import type { SeccompObject } from '../algebra/seccomp-object.js';
import { seccompWants } from './seccomp-wants.js';
import type { Asked, Beyond, Right, Want } from './wants.js';

export class Collector {
  readonly #catalogue: Catalogue;
  readonly #wants = new Map<string, Want>();
  readonly #beyond: Beyond[] = [];
  readonly #unsaid: string[] = [];
  #filtered = false;

  constructor(catalogue: Catalogue) {
    this.#catalogue = catalogue;
  }

  want(from: string, right: Right): void {
    const key = JSON.stringify(right);
    if (!this.#wants.has(key)) this.#wants.set(key, { from, right });
  }

  beyond(from: string, why: string): void {
    this.#beyond.push({ from, why });
  }

  unsaid(what: string): void {
    this.#unsaid.push(what);
  }

  freedom(from: string, freedom: Freedom): void {
    this.want(from, { kind: 'freedom', freedom });
  }

  namespace(from: string, type: string): void {
    this.want(from, { kind: 'namespace', type });
  }

  /** @param amount - below 0, or more than any node has, it is no limit */
  limit(from: string, of: Resource, amount: number | undefined): void {
    const whole = Math.ceil(amount ?? Infinity);
    const domains = [...this.#catalogue.domains.values()];
    const isHeld = domains.some(
      domain => domain.kind === 'quantity' && domain.limits === of && isAmount(whole, domain.unit),
    );
    if (isHeld) this.want(from, { kind: 'limit', of, amount: whole });
  }

  /** A limit in words, as {@link parseAmount} reads them. */
  limitIn(from: string, of: Resource, text: string, unit: Unit): void {
    const amount = parseAmount(text, unit);
    if (amount === undefined) this.beyond(from, `no grant stands for ${quoted(text)}`);
    else this.limit(from, of, amount);
  }

  /** @param name - with or without `CAP_`, in any case; `ALL` is every one */
  capability(from: string, name: string): void {
    const full = capabilityName(name);
    const all = this.capabilities();
    if (full === 'CAP_ALL') for (const each of all) this.want(from, { kind: 'capability', name: each });
    else if (all.includes(full)) this.want(from, { kind: 'capability', name: full });
    else this.beyond(from, `${quoted(name)} is no capability`);
  }

  /** Every capability that some grant gives. */
  capabilities(): string[] {
    const named = [...this.#catalogue.domains.values()]
      .flatMap(partsOf)
      .flatMap(part => part.effects.capabilities);
    return [...new Set(named)].sort();
  }

  item(from: string, of: ItemKind, text: string): void {
    const canonical = ITEM_ORDERS[of].parse(text);
    if (canonical === undefined) this.beyond(from, `no grant stands for ${quoted(text)}`);
    else this.want(from, { kind: 'item', of, text: canonical });
  }

  sysctl(from: string, name: string, value: string): void {
    if (this.#catalogue.foundation.sysctl.get(name) !== value) this.item(from, 'sysctl', `${name}=${value}`);
  }

  /** Paths of /proc and /sys as the kernel has them. */
  bareProc(from: string): void {
    this.masks(from, []);
    this.readonlyPaths(from, []);
  }

  /** @param masked - what stays hidden */
  masks(from: string, masked: readonly string[]): void {
    const { maskedPaths } = this.#catalogue.foundation;
    for (const path of maskedPaths.filter(each => !masked.includes(each)))
      this.want(from, { kind: 'unmasked', path });
  }

  /** @param readonly - what stays read-only */
  readonlyPaths(from: string, readonly: readonly string[]): void {
    const { readonlyPaths } = this.#catalogue.foundation;
    for (const path of readonlyPaths.filter(each => !readonly.includes(each)))
      this.want(from, { kind: 'writable', path });
  }

  allDevices(from: string): void {
    this.devices(from, 'a', 'rwm');
  }

  /** What every engine makes of `privileged`. */
  privileged(from: string): void {
    this.capability(from, 'ALL');
    this.allDevices(from);
    this.bareProc(from);
    this.freedom(from, 'gain-privileges');
    this.beyond(from, `privileged containers have no filter: ${NO_FILTER}`);
  }

  /** A TCP port that the program listens on. */
  listens(from: string, port: number): void {
    this.want(from, { kind: 'call', name: 'socket', cubes: [TCP_SOCKET] });
    if (port > 0 && port < FIRST_UNPRIVILEGED) this.capability(from, 'NET_BIND_SERVICE');
  }

  /** @param names - the calls of the architecture */
  filter(from: string, object: SeccompObject, names: readonly string[]): void {
    this.#filtered = true;
    // The tables of other widths are of the same machine: a filter lists them to let their calls in.
    if (object.architectures.length > 1) this.freedom(from, 'legacy-tables');
    for (const want of seccompWants(object, from, names)) this.want(from, want.right);
  }

  /** Rules of the device cgroup without numbers; `a` and nothing stand for both types. */
  devices(from: string, type: string | undefined, access: string): void {
    for (const each of ['b', 'c'] as const)
      if (type === each || (type !== 'b' && type !== 'c'))
        this.want(from, { kind: 'device', rule: { type: each, access } });
  }

  asked(container: string): Asked {
    return {
      container,
      filtered: this.#filtered,
      wants: [...this.#wants.values()],
      beyond: this.#beyond,
      unsaid: this.#unsaid,
    };
  }
}

/** Said where a file asks for no filter at all. */
export const NO_FILTER =
  'no grant stands for that; which calls the program makes is not in the file, so begin with a preset and add what is refused';

const FIRST_UNPRIVILEGED = 1024;
/** socket(AF_INET, SOCK_STREAM | flags, IPPROTO_TCP) */
const TCP_SOCKET = [
  { index: 0, mask: 0xffffffff, value: 2 },
  { index: 1, mask: 0xf, value: 1 },
  { index: 2, mask: 0xffffffff, value: 6 },
] as const;

export const capabilityName = (name: string): string => `CAP_${name.toUpperCase().replace(/^CAP_/, '')}`;

// Readers that take what is there: a file is a description, and what has another form asks for nothing.

export const objectIn = (object: JsonObject, key: string): JsonObject => {
  const value = member(object, key);
  return isJsonObject(value) ? value : {};
};

export const listIn = (object: JsonObject, key: string): readonly JsonValue[] => {
  const value = member(object, key);
  return Array.isArray(value) ? (value as readonly JsonValue[]) : [];
};

export const objectsIn = (object: JsonObject, key: string): JsonObject[] =>
  listIn(object, key).filter(isJsonObject);

export const textsIn = (object: JsonObject, key: string): string[] =>
  listIn(object, key).filter(value => typeof value === 'string');

export const textIn = (object: JsonObject, key: string): string | undefined => {
  const value = member(object, key);
  return typeof value === 'string' ? value : undefined;
};

export const numberIn = (object: JsonObject, key: string): number | undefined => {
  const value = member(object, key);
  return typeof value === 'number' ? value : undefined;
};

/** Of a map whose values are text. */
export const pairsIn = (object: JsonObject, key: string): [string, string][] =>
  Object.entries(objectIn(object, key)).flatMap(([name, value]) =>
    typeof value === 'string' ? [[name, value] as [string, string]] : [],
  );
