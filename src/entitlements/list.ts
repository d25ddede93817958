/** The catalogue for people: every domain, what it can be granted, and what that opens. */
import { ITEM_ORDERS } from './items.js';
import type { Catalogue, Domain, Level, Notes } from './model.js';
import { partsOf } from './parts.js';
import { AMOUNT_FORM, writeAmount } from './quantities.js';

/** What people are told of one level, member, set or quantity. */
export interface PartSummary {
  /** As it is written: `network=user`, `host.paths=ITEM`. */
  readonly grant: string;
  readonly summary: string;
  readonly capabilities: readonly string[];
  readonly opens: readonly string[];
  readonly doesNotCover: readonly string[];
  readonly voids: readonly string[];
}

export interface DomainSummary {
  readonly domain: string;
  readonly summary: string;
  readonly kind: Domain['kind'];
  /** What stands behind `DOMAIN=` in a word or two: `none < user`, `23 members`, `paths`, `bytes`. */
  readonly takes: string;
  /** The same in full. */
  readonly form: string;
  /** Levels, lowest first; members, by name; the one entry of an open set or a quantity. */
  readonly parts: readonly PartSummary[];
}

export function list(catalogue: Catalogue): DomainSummary[] {
  return [...catalogue.domains.values()].map(domain => ({
    domain: domain.name,
    summary: domain.summary,
    kind: domain.kind,
    takes: takes(domain),
    form: formOf(domain),
    parts: summaries(domain),
  }));
}

function takes(domain: Domain): string {
  switch (domain.kind) {
    case 'ladder':
      return namesOf(domain).join(' < ');
    case 'members':
      return `some of ${domain.members.length} names`;
    case 'items':
      return `a list (${domain.of})`;
    case 'quantity':
      return `an amount (${domain.unit})`;
  }
}

function formOf(domain: Domain): string {
  switch (domain.kind) {
    case 'ladder':
      return `one of ${namesOf(domain).join(' < ')}`;
    case 'members':
      return `some of ${namesOf(domain).join(', ')}; * for all`;
    case 'items':
      return `a list, parted by commas; an item is ${ITEM_ORDERS[domain.of].form}; ${ITEM_ORDERS[domain.of].everything} for all`;
    case 'quantity': {
      const [least, usual] = [domain.least, domain.default].map(amount => writeAmount(amount, domain.unit));
      return `${AMOUNT_FORM[domain.unit]}; at least ${least}; ${usual} unless granted`;
    }
  }
}

const namesOf = (domain: Domain): string[] => partsOf(domain).map(({ name }) => name);

function summaries(domain: Domain): PartSummary[] {
  const { name } = domain;
  switch (domain.kind) {
    case 'ladder':
    case 'members':
      return partsOf(domain).map(part => summary(`${name}=${part.name}`, part, part));
    case 'items':
      return [summary(`${name}=ITEM,…`, domain.notes)];
    case 'quantity':
      return [summary(`${name}=AMOUNT`, domain.notes)];
  }
}

function summary(grant: string, notes: Notes, part?: Level): PartSummary {
  return {
    grant,
    summary: notes.summary,
    capabilities: part?.effects.capabilities ?? [],
    opens: notes.opens,
    doesNotCover: notes.doesNotCover,
    voids: notes.voids,
  };
}
