/** Whether the service can answer as it should: what a load balancer and `/readyz` ask. */

/** One thing that must hold; the text says why it does not. */
export interface Check {
  readonly name: string;
  /** Undefined when all is well. */
  readonly problem: () => string | undefined;
}

export interface Readiness {
  readonly ready: boolean;
  readonly checks: Readonly<Record<string, string>>;
}

/** The verdict of all checks: `ok`, or what is wrong with each. */
export function readinessOf(checks: readonly Check[]): Readiness {
  const results = checks.map(({ name, problem }) => [name, problem() ?? 'ok'] as const);
  return { ready: results.every(([, result]) => result === 'ok'), checks: Object.fromEntries(results) };
}
