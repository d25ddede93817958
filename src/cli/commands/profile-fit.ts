import { loadCatalogue } from '../../config/catalogue.js';
import { fit, type Fit } from '../../entitlements/fit/fit.js';
import { readAsked } from '../../entitlements/fit/read.js';
import type { Asked } from '../../entitlements/fit/wants.js';
import { resolveTarget } from '../../entitlements/target.js';
import { WritError } from '../../errors.js';
import { parseStrict } from '../../json/strict.js';
import type { JsonObject, JsonValue } from '../../json/types.js';
import { defineCommand, type Context } from '../command.js';
import { fileName, inFile, readInput } from '../files.js';
import { chooseNode, NODE_OPTIONS } from '../node-kind.js';
import { columns } from '../table.js';

const MAX_BYTES = 4 * 1024 * 1024;

export const command = defineCommand({
  usage: 'FILE [--runtime NAME] [--arch ARCH]',
  description:
    'Finds the least grants that cover what a file asks for: a pod or a workload of Kubernetes (YAML or JSON), a config.json,\n' +
    'or what `docker inspect` prints; - is standard input. Of a pod only explicit fields count; the other two say what a\n' +
    'container is, so everything that is not restricted counts. Beside each grant stands where in the file it is needed; what\n' +
    'no grant stands for is listed, and what the file does not say. Exit 1 when something is not covered.',
  arguments: [1, 1],
  options: NODE_OPTIONS,
  examples: ['writ profile fit pod.yaml', 'docker inspect web | writ profile fit -'],
  run: async (context, values, [file = '']) => {
    const { catalogue, baselines } = await loadCatalogue();
    const { target } = chooseNode(values, baselines);
    const { arch } = resolveTarget(baselines, target);
    const json = await readDescription(context, file);
    const { kind, containers } = await inFile(file, () => readAsked(json, catalogue, arch));
    const fits = containers.map(asked => ({ asked, found: fit(asked, catalogue, target, baselines) }));
    context.out.result({ kind, containers: fits.map(shown) }, () => fits.map(words).join('\n\n'));
    return fits.some(({ found }) => found.beyond.length > 0) ? 1 : 0;
  },
});

interface Fitted {
  readonly asked: Asked;
  readonly found: Fit;
}

/** JSON where it begins as JSON does, else one document of YAML. */
async function readDescription({ io }: Context, file: string): Promise<JsonValue> {
  const bytes = await readInput(file, MAX_BYTES, io.stdin);
  if (/^\s*[{[]/.test(Buffer.from(bytes.subarray(0, 1024)).toString('latin1'))) {
    const { parseWide } = await import('../../json/wide.js');
    return inFile(file, () => parseWide(bytes, { maxBytes: MAX_BYTES, numbers: 'any' }));
  }
  const { parseYaml } = await import('../../config/yaml-text.js');
  const [document, second] = parseYaml(Buffer.from(bytes).toString('utf8'), {
    code: 'FIT_FILE',
    file: fileName(file),
    whole: 'the pod',
  });
  if (document === undefined || second !== undefined)
    throw new WritError(
      'FIT_FILE',
      `${fileName(file)} holds ${document ? 'more than one document' : 'nothing'}`,
    );
  return inFile(file, () => parseStrict(Buffer.from(JSON.stringify(document.value)), { numbers: 'any' }));
}

const shown = ({ asked, found }: Fitted): JsonObject => ({
  container: asked.container,
  grants: found.grants.toJson(),
  because: Object.fromEntries(found.because),
  beyond: found.beyond.map(({ from, why }) => ({ from, why })),
  unsaid: asked.unsaid,
});

function words({ asked, found }: Fitted): string {
  const grants = Object.keys(found.grants.toJson()).map(domain => [
    `${domain}=${found.grants.get(domain)}`,
    found.because.get(domain) ?? '',
  ]);
  return [
    `${asked.container}:`,
    grants.length > 0 ? columns(grants) : '  nothing',
    ...section(
      'not covered:',
      found.beyond.map(({ from, why }) => `${from}: ${why}`),
    ),
    ...section('not in the file:', asked.unsaid),
  ].join('\n');
}

const section = (title: string, lines: readonly string[]): string[] =>
  lines.length > 0 ? [`${title}`, ...lines.map(line => `  ${line}`)] : [];
