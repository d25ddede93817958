import { loadCatalogue } from '../../config/catalogue.js';
import { sha256Hex } from '../../crypto/digest.js';
import { WritError } from '../../errors.js';
import { isDigest } from '../../image/digest.js';
import { parseImageReference } from '../../image/reference.js';
import { objectAt, stringAt } from '../../json/read.js';
import type { JsonObject } from '../../json/types.js';
import { defineCommand, type Context } from '../command.js';
import { writeOutputFile } from '../files.js';
import { chooseNode, NODE_OPTIONS } from '../node-kind.js';
import { askService, fetchFromService } from '../ask-service.js';
import { SERVER_OPTION } from '../service.js';
import { columns } from '../table.js';

export const command = defineCommand({
  usage: 'IMAGE[:TAG][@DIGEST] [--namespace NS] [--runtime NAME] [--profile [-o FILE]]',
  description:
    'Asks the service which profile holds an image on one kind of node: IMAGE as a pod would name it, or its digest\n' +
    'alone. With --profile the profile itself is fetched, checked against its digest, and printed.',
  arguments: [1, 1],
  options: {
    namespace: {
      type: 'string',
      value: 'NS',
      help: 'the namespace that the image runs in (default: default)',
    },
    ...NODE_OPTIONS,
    profile: { type: 'boolean', help: 'fetch the profile and print it' },
    output: { type: 'string', short: 'o', value: 'FILE', help: 'write the profile there; implies --profile' },
    ...SERVER_OPTION,
  },
  examples: [
    'writ lookup registry.example/team/app:1 --arch amd64 --runtime runc-1.3',
    'writ lookup registry.example/team/app:1 --profile -o profile.json',
  ],
  run: async (context, values, [text = '']) => {
    const image = isDigest(text) ? text : parseImageReference(text).toString();
    const { target, why } = chooseNode(values, (await loadCatalogue()).baselines);
    if (why !== undefined) context.out.note(`asking ${why}`);
    const query = new URLSearchParams({ image, namespace: values.namespace ?? 'default', ...target });
    const answer = await askService(context, `/v1/lookup?${query.toString()}`);
    if (!values.profile && values.output === undefined) {
      context.out.result(answer, () => words(answer));
      return 0;
    }
    const digest = stringAt(answer, 'profile', 'answer');
    const bytes = await fetchProfile(context, digest);
    if (values.output === undefined) context.out.raw(bytes);
    else await writeOutputFile(values.output, bytes);
    context.out.note(`profile ${digest}`);
    return 0;
  },
});

async function fetchProfile(context: Context, digest: string): Promise<Uint8Array> {
  const bytes = await fetchFromService(context, `/v1/profiles/${digest}`);
  const actual = `sha256:${sha256Hex(bytes)}`;
  if (actual === digest) return bytes;
  throw new WritError(
    'FETCH_ANSWER',
    `the service serves another profile under ${digest}: its digest is ${actual}`,
  );
}

function words(answer: JsonObject): string {
  const text = (key: string): string => stringAt(answer, key, 'answer');
  const grants = Object.entries(objectAt(answer, 'grants', 'answer')).map(
    ([domain, level]) => `${domain}=${String(level)}`,
  );
  return columns(
    [
      ['image', text('image')],
      ['repository', text('repository')],
      ['role', text('role')],
      ['grants', grants.length === 0 ? 'nothing' : grants.join(' ')],
      ['intent', text('intent')],
      ['profile', text('profile')],
      ['expires', text('expires')],
    ],
    '',
  );
}
