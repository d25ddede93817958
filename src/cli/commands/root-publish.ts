import { WritError } from '../../errors.js';
import { parseRepositoryName, type RepositoryName } from '../../image/repository-name.js';
import type { JsonObject } from '../../json/types.js';
import type { ApiClient } from '../../transport/api-client.js';
import type { ProposalAnswer } from '../../transport/api-types.js';
import type { Pin } from '../../trust/pins.js';
import type { SignedDocument } from '../../tuf/document.js';
import type { Root } from '../../tuf/model.js';
import { ROOT, TARGETS } from '../../tuf/role-name.js';
import { trustRoot } from '../../tuf/verified.js';
import { defineCommand, type Context } from '../command.js';
import { YES_OPTION } from '../confirm.js';
import { countWords, proposalJson } from '../proposals/outcome.js';
import { base64 } from '../publish.js';
import { readDrafts, reportOf } from '../root/draft.js';
import { refuseUnfit } from '../root/fitness.js';
import { collectTargets, targetsStayUnder } from '../root/targets-draft.js';
import { openService, SERVER_OPTION } from '../service.js';
import { columns } from '../table.js';
import { openPins, refreshPin } from '../trusted.js';
import { signaturesOf } from '../visit.js';
import { sha256Hex } from '../../crypto/digest.js';

export const command = defineCommand({
  usage: 'NAME FILE … [--targets FILE] [--yes] [--server URL]',
  description:
    'Publishes a root that is a file. Version 1 makes the repository, with first targets that the targets keys here sign,\n' +
    'and pins the root. A later version succeeds the one that is trusted here; when it gives targets other keys, the\n' +
    'current targets are signed with those and published with it. Where targets keys are missing, --targets is the file\n' +
    'that collects their signatures (default: NAME.N.targets.json). Several files of one root are joined. A later root\n' +
    'that lacks signatures becomes a proposal, or adds its signatures to the open one: see `writ approve root`.',
  arguments: [2, 16],
  options: {
    targets: {
      type: 'string',
      value: 'FILE',
      help: 'where the targets are kept while signatures are missing',
    },
    ...YES_OPTION,
    ...SERVER_OPTION,
  },
  examples: ['writ root publish acme 1.root.json', 'writ root publish acme alice.root.json bob.root.json'],
  run: async (context, values, [text = '', ...files]) => {
    const name = parseRepositoryName(text);
    const pin = (await (await openPins(context)).list()).find(one => one.name === name);
    const plan: Plan = {
      name,
      files,
      service: await openService(context),
      targets: values.targets,
      yes: values.yes,
    };
    const { json, rows } =
      pin === undefined ? await create(context, plan) : await succeed(context, plan, pin);
    context.out.result({ repository: name, ...json }, () => columns([['repository', name], ...rows], ''));
    return 0;
  },
});

interface Plan {
  readonly name: RepositoryName;
  readonly files: readonly string[];
  readonly service: ApiClient;
  readonly targets: string | undefined;
  readonly yes: boolean;
}

interface Done {
  readonly json: JsonObject;
  readonly rows: readonly (readonly string[])[];
}

/** What has to be done before anything can be published. */
const waiting = (file: string): Done => ({
  json: { published: false, proposal: null, targets: file },
  rows: [['not published', `the targets lack signatures: pass on ${file} with the root`]],
});

async function create(context: Context, plan: Plan): Promise<Done> {
  const draft = await readDrafts(plan.files, undefined);
  if (draft.signed.version !== 1) {
    throw new WritError('TRUST_UNKNOWN', `no root of the repository ${plan.name} is pinned here`, {
      hint: `version ${draft.signed.version} succeeds one that must be trusted first: see \`writ trust add --help\``,
    });
  }
  refuseUnfit(draft.signed, undefined, context.io.clock.now());
  const root = trustRoot(draft);
  const { targets: file, yes, name, service } = plan;
  const visit = { root: root.value, current: undefined, repository: name, file, yes };
  const targets = await collectTargets(context, visit);
  if (typeof targets === 'string') return waiting(targets);
  await service.createRepository({ name, documents: { root: base64(root.bytes), targets: base64(targets) } });
  const url = `${(await context.config()).config.server}/tuf/${name}`;
  const { sha256 } = await (await openPins(context)).add(name, root.bytes, { url });
  context.out.note(`others trust it with: writ trust add ${name} --url ${url} --sha256 ${sha256}`);
  return {
    json: { published: true, proposal: null, version: 1, url, sha256 },
    rows: [
      ['url', url],
      ['root', 'version 1'],
      ['root sha256', sha256],
    ],
  };
}

async function succeed(context: Context, plan: Plan, pin: Pin): Promise<Done> {
  const view = await refreshPin(context, pin);
  const draft = await readDrafts(plan.files, view.root);
  refuseUnfit(draft.signed, view.root.value, context.io.clock.now());
  const { json: report, words } = reportOf(draft, view.root);
  const { targets: file, yes, name, service } = plan;
  const { version } = draft.signed;
  const stays = targetsStayUnder(draft.signed, view.targets);
  const current = view.targets;
  const visit = { root: draft.signed, current, repository: name, file, yes };
  const targets = stays ? undefined : await collectTargets(context, visit);
  if (typeof targets === 'string') return waiting(targets);
  const documents = targets === undefined ? {} : { [TARGETS]: base64(targets) };
  if (report['complete'] === true) {
    const base = { [ROOT]: version - 1, ...(targets && { [TARGETS]: current.value.version }) };
    await service.publish(name, { documents: { [ROOT]: base64(draft.bytes), ...documents }, base });
    return { json: { published: true, proposal: null, version }, rows: [['root', `version ${version}`]] };
  }
  context.out.note(words);
  return proposed(await propose(plan, draft, documents), version);
}

/** Makes a proposal, or adds the signatures to the one that is open when it is of the same root. */
async function propose(
  { name, service }: Plan,
  draft: SignedDocument<Root>,
  documents: Readonly<Record<string, string>>,
): Promise<ProposalAnswer> {
  const payload = sha256Hex(draft.payload);
  const { proposals } = await service.proposals(name);
  if (proposals.some(one => one.role === ROOT && one.payload === payload)) {
    return service.addSignatures(name, { role: ROOT, payload, signatures: signaturesOf(draft) });
  }
  return service.propose(name, { role: ROOT, document: base64(draft.bytes), documents });
}

function proposed({ proposal, published }: ProposalAnswer, version: number): Done {
  return published === null
    ? {
        json: { published: false, proposal: proposalJson(proposal), version },
        rows: [
          ['proposal', proposal.payload],
          ['signatures', countWords(proposal)],
          ['open until', proposal.expires],
        ],
      }
    : { json: { published: true, proposal: null, version }, rows: [['root', `version ${version}`]] };
}
