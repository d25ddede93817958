/** A file that says what shall run: an AdmissionReview as the API server sends it, or a pod as people write it. */
import { parseEnvelope, readReview, reviewOfPod, type Review } from '../admission/review.js';
import { WritError } from '../errors.js';
import { parseStrict } from '../json/strict.js';
import { isJsonObject, member, type JsonObject, type JsonValue } from '../json/types.js';
import { fileName, inFile } from './files.js';

/** Kinds that hold the template of a pod. */
const WORKLOADS: ReadonlySet<string> = new Set([
  ...['Deployment', 'ReplicaSet', 'DaemonSet', 'StatefulSet', 'ReplicationController', 'Job', 'CronJob'],
]);

/**
 * The review in `bytes`, or the one that the API server would send for the pod in it.
 *
 * @param file - for messages
 * @param namespace - overrides the namespace of the review or pod
 * @throws WritError ADMISSION_REVIEW, ADMISSION_KIND for something else than a pod, CLI_FILE, JSON_*
 */
export async function readReviewFile(
  file: string,
  bytes: Uint8Array,
  namespace: string | undefined,
): Promise<Review> {
  const isJson = looksLikeJson(bytes);
  const object = isJson
    ? await inFile(file, () => parseStrict(bytes, { numbers: 'any' }))
    : await readYaml(file, bytes);
  if (!isJsonObject(object)) throw neither(`${fileName(file)} holds neither an AdmissionReview nor a Pod`);
  if (member(object, 'kind') === 'AdmissionReview') {
    const review = await inFile(file, () =>
      readReview(parseEnvelope(isJson ? bytes : Buffer.from(JSON.stringify(object)))),
    );
    return namespace === undefined ? review : { ...review, namespace };
  }
  refuseOtherKinds(file, object);
  return reviewOfPod(object, { namespace: namespace ?? namespaceOf(object), operation: 'CREATE' });
}

const HINT = 'give a Pod or an AdmissionReview, as YAML or JSON';
const neither = (message: string): WritError => new WritError('CLI_FILE', message, { hint: HINT });

const looksLikeJson = (bytes: Uint8Array): boolean =>
  /^\s*[{[]/.test(Buffer.from(bytes.subarray(0, 1024)).toString('latin1'));

/** One document, as the strict JSON reader would take it. */
async function readYaml(file: string, bytes: Uint8Array): Promise<JsonValue> {
  const { parseYaml } = await import('../config/yaml-text.js');
  const [document, second] = parseYaml(Buffer.from(bytes).toString('utf8'), {
    code: 'CLI_FILE',
    file: fileName(file),
    whole: 'the pod',
  });
  if (document === undefined) throw neither(`${fileName(file)} is empty`);
  if (second !== undefined) {
    throw new WritError('CLI_FILE', `${fileName(file)} holds more than one document`, {
      hint: 'put one pod into one file',
    });
  }
  return inFile(file, () => parseStrict(Buffer.from(JSON.stringify(document.value)), { numbers: 'any' }));
}

function refuseOtherKinds(file: string, object: JsonObject): void {
  const kind = member(object, 'kind');
  if (kind === 'Pod') return;
  const shown = typeof kind === 'string' ? JSON.stringify(kind.slice(0, 100)) : 'nothing';
  const workload = typeof kind === 'string' && WORKLOADS.has(kind);
  throw new WritError('ADMISSION_KIND', `${fileName(file)} says kind ${shown}: only pods are decided about`, {
    hint: workload
      ? 'put the pod of its template into a file of its own; templates are not decided about yet'
      : HINT,
  });
}

function namespaceOf(pod: JsonObject): string {
  const metadata = member(pod, 'metadata');
  const namespace = isJsonObject(metadata) ? member(metadata, 'namespace') : undefined;
  return typeof namespace === 'string' && namespace !== '' ? namespace : 'default';
}
