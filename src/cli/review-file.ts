/** A file that says what shall run: an AdmissionReview as the API server sends it, or a pod as people write it. */
import { parseEnvelope, readReview, reviewOfPod, type Review } from '../admission/review.js';
import { WritError } from '../errors.js';
import { parseStrict } from '../json/strict.js';
import { isJsonObject, member, type JsonObject, type JsonValue } from '../json/types.js';

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
  const object = looksLikeJson(bytes) ? parseStrict(bytes, { numbers: 'any' }) : await parseYaml(file, bytes);
  if (!isJsonObject(object))
    throw new WritError('CLI_FILE', `${file} holds neither an AdmissionReview nor a Pod`);
  if (member(object, 'kind') === 'AdmissionReview') {
    const review = readReview(
      parseEnvelope(looksLikeJson(bytes) ? bytes : Buffer.from(JSON.stringify(object))),
    );
    return namespace === undefined ? review : { ...review, namespace };
  }
  refuseOtherKinds(file, object);
  return reviewOfPod(object, { namespace: namespace ?? namespaceOf(object), operation: 'CREATE' });
}

const looksLikeJson = (bytes: Uint8Array): boolean =>
  /^\s*[{[]/.test(Buffer.from(bytes.subarray(0, 1024)).toString('latin1'));

/** YAML 1.2, one document, no duplicate keys, aliases or tags: what the strict JSON reader would take. */
async function parseYaml(file: string, bytes: Uint8Array): Promise<JsonValue> {
  const { parseAllDocuments } = await import('yaml');
  const parsed = parseAllDocuments(Buffer.from(bytes).toString('utf8'), {
    schema: 'core',
    stringKeys: true,
    uniqueKeys: true,
    resolveKnownTags: false,
  });
  const documents = 'empty' in parsed ? [] : parsed;
  const [document, ...others] = documents;
  if (document === undefined) throw new WritError('CLI_FILE', `${file} is empty`);
  if (others.length > 0) {
    throw new WritError('CLI_FILE', `${file} holds ${documents.length} documents`, {
      hint: 'put one pod into one file',
    });
  }
  const fault = document.errors[0] ?? document.warnings[0];
  if (fault !== undefined)
    throw new WritError('CLI_FILE', `${file} is not YAML: ${fault.message.split('\n', 1)[0] ?? ''}`);
  try {
    return parseStrict(Buffer.from(JSON.stringify(document.toJS({ maxAliasCount: 0 }))), { numbers: 'any' });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new WritError('CLI_FILE', `${file} cannot be read: ${reason}`, { cause });
  }
}

function refuseOtherKinds(file: string, object: JsonObject): void {
  const kind = member(object, 'kind');
  if (kind === 'Pod') return;
  const shown = typeof kind === 'string' ? JSON.stringify(kind.slice(0, 100)) : 'nothing';
  const workload = typeof kind === 'string' && WORKLOADS.has(kind);
  throw new WritError('ADMISSION_KIND', `${file} says kind ${shown}: only pods are decided about`, {
    hint: workload
      ? 'put the pod of its template into a file of its own; templates are not decided about yet'
      : 'give a Pod or an AdmissionReview',
  });
}

function namespaceOf(pod: JsonObject): string {
  const metadata = member(pod, 'metadata');
  const namespace = isJsonObject(metadata) ? member(metadata, 'namespace') : undefined;
  return typeof namespace === 'string' && namespace !== '' ? namespace : 'default';
}
