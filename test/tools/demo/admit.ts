/** Three questions to admission: a signed image, an unsigned one, and one that asks for more than it was granted. */
import { request } from 'node:https';
import { randomUUID } from 'node:crypto';
import type { Narrator } from './narrator.js';
import type { Stage } from './stage.js';

interface Answer {
  allowed: boolean;
  uid: string;
  status?: { message?: string };
  patch?: string;
}

interface PatchOperation {
  op: string;
  path: string;
  value?: unknown;
}

export async function admitPods(stage: Stage, narrator: Narrator): Promise<void> {
  narrator.chapter('Sign it, with grants');
  const signing = stage.sign('network=user');
  narrator.expect('writ sign --grant network=user', signing.status === 0, signing.stderr);
  narrator.say(signing.stdout);
  const verified = stage.writ('verify', stage.signed, '--repository', 'demo');
  narrator.expect('writ verify finds it', verified.status === 0, verified.stderr);
  narrator.say(verified.stdout);

  narrator.chapter('A pod that names the image by tag');
  const allowed = await review(stage, pod(stage.signed));
  narrator.expect('is allowed', allowed.allowed, allowed.status?.message);
  const patch = JSON.parse(Buffer.from(allowed.patch ?? '', 'base64').toString() || '[]') as PatchOperation[];
  const text = JSON.stringify(patch);
  const [repository = ''] = stage.signed.split(/:1\.0$/);
  narrator.expect('its digest is pinned', text.includes(`${repository}@${stage.image.digest}`), text);
  narrator.expect('its profile is named', /"localhostProfile":"writ\/[0-9a-f]{64}\.json"/.test(text), text);
  narrator.expect('its capabilities are dropped', text.includes('"drop":["ALL"]'), text);
  for (const { op, path, value } of patch) narrator.say(`${op} ${path} ${JSON.stringify(value)}`);

  narrator.chapter('The same pod with an image that nobody signed');
  const unsigned = await review(stage, pod(stage.unsigned));
  narrator.expect('is denied', !unsigned.allowed);
  narrator.expect(
    'and the answer says what to do',
    /writ sign/.test(unsigned.status?.message ?? ''),
    unsigned.status?.message,
  );
  narrator.say(unsigned.status?.message ?? '');

  narrator.chapter('The same pod, asking for more than the image was granted');
  const greedy = await review(stage, pod(stage.signed, { capabilities: { add: ['NET_ADMIN'] } }));
  const message = greedy.status?.message ?? '';
  narrator.expect('is denied', !greedy.allowed);
  narrator.expect(
    'and the answer names the domain and both levels',
    /network/.test(message) && /admin/.test(message) && /user/.test(message),
    message,
  );
  narrator.say(message);
}

function pod(image: string, securityContext?: Record<string, unknown>): Record<string, unknown> {
  const container = { name: 'app', image, ...(securityContext ? { securityContext } : {}) };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'app', namespace: 'default' },
    spec: { containers: [container] },
  };
}

/** One AdmissionReview over HTTPS, as the API server would send it. */
async function review(stage: Stage, object: Record<string, unknown>): Promise<Answer> {
  const uid = randomUUID();
  const resource = { group: '', version: 'v1', resource: 'pods' };
  const kind = { group: '', version: 'v1', kind: 'Pod' };
  const body = {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid,
      kind,
      resource,
      requestKind: kind,
      requestResource: resource,
      name: 'app',
      namespace: 'default',
      operation: 'CREATE',
      userInfo: { username: 'demo', groups: ['system:authenticated'] },
      object,
      oldObject: null,
      dryRun: false,
      options: { apiVersion: 'meta.k8s.io/v1', kind: 'CreateOptions' },
    },
  };
  const { response } = JSON.parse(await post(`${stage.service.admission}/mutate`, JSON.stringify(body))) as {
    response: Answer;
  };
  if (response.uid !== uid) throw new Error('the answer is to another question');
  return response;
}

function post(url: string, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    // The development certificate is made for this run; the API server would be given its authority.
    const sent = request(
      url,
      { method: 'POST', rejectUnauthorized: false, headers: { 'content-type': 'application/json' } },
      answer => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () => {
          resolve(Buffer.concat(chunks).toString());
        });
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}
