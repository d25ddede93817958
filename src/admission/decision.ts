/** Every outcome of a decision, with its evidence. answer.ts puts it on the wire, explain.ts into words, log.ts into the log. */
import type { ErrorCode } from '../errors.js';
import type { JsonObject } from '../json/types.js';
import type { Mode } from '../policy/model.js';
import type { PatchOperation } from './json-patch.js';

/** `mutate` sets what is unset; `validate` decides from scratch and changes nothing. */
export type Phase = 'mutate' | 'validate';

/** One reason against a pod. */
export interface Finding {
  readonly code: ErrorCode;
  /** One sentence: which container, which image, which rule. Printable ASCII. */
  readonly message: string;
  /** What to do next. */
  readonly hint: string;
}

/** The reasons against a pod, by what the policies do about them; the first 100 each, and how many there were. */
export type Findings = Readonly<Record<Mode, { readonly first: readonly Finding[]; readonly count: number }>>;

/** What was decided about one image of the pod. */
export interface ImageEvidence {
  readonly image: string;
  /** Where it stands; the first 20. */
  readonly fields: readonly string[];
  readonly policy: string | undefined;
  readonly digest: string | undefined;
  readonly intent: string | undefined;
  readonly grants: JsonObject | undefined;
  readonly code: ErrorCode | undefined;
  /** Repository, role and version of the metadata that vouched. */
  readonly signed: readonly {
    readonly repository: string;
    readonly role: string;
    readonly version: number;
  }[];
}

export type Decision =
  /** Nothing to decide: the operation cannot start a container, or nothing changed. */
  | { readonly kind: 'passed'; readonly reason: string }
  | {
      readonly kind: 'allowed';
      readonly images: readonly ImageEvidence[];
      readonly findings: Findings;
      /** In the order to apply; empty when nothing is to be changed, always empty in the validating phase. */
      readonly patch: readonly PatchOperation[];
      readonly warnings: readonly string[];
    }
  | { readonly kind: 'denied'; readonly images: readonly ImageEvidence[]; readonly findings: Findings };

const MAX_FINDINGS = 100;

/** Collects findings; bounded whatever a pod holds. */
export class FindingList {
  readonly #lists: Record<Mode, { first: Finding[]; count: number }> = {
    enforce: { first: [], count: 0 },
    warn: { first: [], count: 0 },
    audit: { first: [], count: 0 },
  };

  add(mode: Mode, finding: () => Finding): void {
    const list = this.#lists[mode];
    list.count++;
    if (list.first.length < MAX_FINDINGS) list.first.push(finding());
  }

  get all(): Findings {
    return this.#lists;
  }

  get denies(): boolean {
    return this.#lists.enforce.count > 0;
  }
}
