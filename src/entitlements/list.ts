/** The catalogue for people: every domain, every level, what it opens. */
import type { Catalogue } from './model.js';

export interface LevelSummary {
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
  /** Lowest first. */
  readonly levels: readonly LevelSummary[];
}

export function list(catalogue: Catalogue): DomainSummary[] {
  return [...catalogue.domains.values()].map(domain => ({
    domain: domain.name,
    summary: domain.summary,
    levels: domain.levels.map(level => ({
      grant: `${domain.name}=${level.name}`,
      summary: level.summary,
      capabilities: level.effects.capabilities,
      opens: level.opens,
      doesNotCover: level.doesNotCover,
      voids: level.voids,
    })),
  }));
}
