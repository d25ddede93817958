/** Compiling a profile, beside a bare JSON round of the profile that comes out. */
import { Bench } from 'tinybench';
import { loadCatalogue } from '../../src/config/catalogue.js';
import { compile } from '../../src/entitlements/compile.js';
import { emit } from '../../src/entitlements/emit/index.js';
import { parseGrants } from '../../src/entitlements/parse-grants.js';
import { canonicalBytes } from '../../src/json/canonical.js';
import type { Result } from './report.js';

const TARGET = { arch: 'amd64', runtime: 'runc-1.1' };

export default async function profile(): Promise<Result[]> {
  const { catalogue, baselines } = await loadCatalogue();
  const grants = parseGrants(catalogue, ['network=user']);
  const make = (): Uint8Array => canonicalBytes(emit('oci', compile(grants, TARGET, baselines)).output);
  const text = Buffer.from(make()).toString('utf8');
  const bench = new Bench({ time: 2000 });
  bench.add('compile', make);
  bench.add('json', () => JSON.stringify(JSON.parse(text)));
  await bench.run();
  const [compiled, json] = bench.tasks.map(({ result }) =>
    'latency' in result ? result.latency.p50 : Number.NaN,
  );
  return [
    {
      what: 'compiling a profile to canonical bytes',
      value: compiled ?? Number.NaN,
      baseline: json ?? Number.NaN,
      baselineName: `JSON.parse and JSON.stringify of its ${text.length} bytes`,
      unit: 'ms',
    },
  ];
}
