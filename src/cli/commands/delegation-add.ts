import type { PublicKey } from '../../crypto/public-key.js';
import { WritError } from '../../errors.js';
import { buildTargets } from '../../tuf/build/signed-part.js';
import type { RepositoryView } from '../../tuf/client/view.js';
import type { DelegatedRole } from '../../tuf/model.js';
import type { RoleName } from '../../tuf/role-name.js';
import { countSignatures } from '../../tuf/verified.js';
import { parseDocument } from '../../tuf/document.js';
import { defineCommand, type Context } from '../command.js';
import { completeDelegate, groupNamed, lastVersion, roleIfDelegated } from '../delegation/delegate.js';
import { delegatedName, delegatorOf, refuseBins, withRole } from '../delegation/edit.js';
import { patternsFor } from '../delegation/patterns.js';
import { tellPublished } from '../edit-role.js';
import { keyNamed } from '../key-argument.js';
import { expiryOfYear } from '../lifetime.js';
import { publishNext, type NextVersion } from '../publish.js';
import { openHosted, REPOSITORY_OPTIONS } from '../repository-option.js';
import { currentRole, type CurrentRole } from '../role-signers.js';

export const command = defineCommand({
  usage: 'ROLE --key KEY … --path PATTERN … [--threshold N] [--first FILE …] [--from ROLE]',
  description:
    'Lets a team sign for some images with keys of its own. A KEY is a file with a public key or the id of a key in the\n' +
    'key store. A PATTERN ending in /* is everything below, to depth 8; a plain name is that one image; anything else a\n' +
    'pattern in which * does not cross a slash. The team answers for these paths alone: no role after it is asked for\n' +
    'them, unless --not-terminating. The delegation goes live together with the first version of the role, which the\n' +
    'team signs with `writ delegation request`; keys that are here sign it too.\n' +
    'A role named team/web is delegated by team, others by targets.',
  arguments: [1, 1],
  options: {
    key: { type: 'string', multiple: true, value: 'KEY', help: 'a key that may sign for the role' },
    threshold: { type: 'string', value: 'N', help: 'how many of the keys must sign (default: 1)' },
    path: { type: 'string', multiple: true, value: 'PATTERN', help: 'images that the role speaks for' },
    first: {
      type: 'string',
      multiple: true,
      value: 'FILE',
      help: 'the first version, as the team signed it',
    },
    from: { type: 'string', value: 'ROLE', help: 'the role that delegates (default: by the name)' },
    'not-terminating': { type: 'boolean', help: 'ask the roles after it too' },
    replace: { type: 'boolean', help: 'change a delegation that there is' },
    ...REPOSITORY_OPTIONS,
  },
  examples: [
    "writ delegation add team --key ann.pem --path 'registry.example/team/*' --first team.json",
    "writ delegation add team --key a.pem --key b.pem --threshold 2 --path 'registry.example/team/*' --first team.json",
    'writ delegation add team/web --key web.pem --path registry.example/team/web --first web.json',
  ],
  run: async (context, values, [text = '']) => {
    const role = delegatedName(text);
    const hosted = await openHosted(context, values.repository);
    const keys = await Promise.all(values.key.map(key => keyNamed(context, key)));
    const entry = entryFor(role, keys, { ...values, terminating: !values['not-terminating'] });
    const plan: Plan = {
      entry,
      keys,
      delegator: delegatorOf(role, values.from),
      files: values.first,
      replace: values.replace,
    };
    const published = await publishNext(context, hosted.pin, hosted.service, view =>
      next(context, view, plan),
    );
    const { scope } = entry;
    const patterns = scope.kind === 'paths' ? scope.patterns : [];
    tellPublished(context, hosted.pin.name, published, {
      json: { delegated: role, paths: patterns, threshold: entry.threshold, keys: entry.keyIds },
      rows: [
        ['delegated', role],
        ['signatures', `${entry.threshold} of ${keys.length}`],
        ...values.path.map((path, i) => [i === 0 ? 'for' : '', path]),
      ],
    });
    return 0;
  },
});

interface Plan {
  readonly entry: DelegatedRole;
  readonly keys: readonly PublicKey[];
  readonly delegator: RoleName;
  readonly files: readonly string[];
  readonly replace: boolean;
}

interface EntryFlags {
  readonly path: readonly string[];
  readonly threshold: string | undefined;
  readonly terminating: boolean;
}

/** @throws WritError USAGE */
function entryFor(name: RoleName, keys: readonly PublicKey[], flags: EntryFlags): DelegatedRole {
  const { path, threshold = '1', terminating } = flags;
  if (keys.length === 0) throw new WritError('USAGE', 'no --key is given: say whose keys sign for the role');
  if (path.length === 0)
    throw new WritError('USAGE', 'no --path is given: say which images the role speaks for');
  if (new Set(keys.map(({ material }) => material)).size !== keys.length) {
    throw new WritError('USAGE', 'one key is given twice: it would count once');
  }
  if (!/^[1-9]\d{0,2}$/.test(threshold) || Number(threshold) > keys.length) {
    throw new WritError('USAGE', `--threshold must be from 1 to the number of keys, which is ${keys.length}`);
  }
  return {
    name,
    keyIds: keys.map(({ id }) => id),
    threshold: Number(threshold),
    terminating,
    scope: { kind: 'paths', patterns: [...new Set(path.flatMap(patternsFor))] },
  };
}

async function next(context: Context, view: RepositoryView, plan: Plan): Promise<NextVersion> {
  const { entry, keys, delegator, replace } = plan;
  const { document, keys: groups } = await currentRole(view, delegator);
  const { value } = document;
  refuseBins(delegator, value.delegations);
  const known = await roleIfDelegated(view, entry.name);
  refuseKnown(entry.name, known, delegator, replace);
  const base = lastVersion(view, entry.name);
  const companion =
    known !== undefined && isSignedBy(known, plan)
      ? undefined
      : await delegate(context, plan, base + 1, known);
  const expires = expiryOfYear(context.io.clock.now());
  const delegations = withRole(value.delegations, entry, keys);
  return {
    role: delegator,
    base: value.version,
    signed: buildTargets({ ...value, delegations, version: value.version + 1, expires }),
    groups: [groups],
    companions: new Map(companion === undefined ? [] : [[entry.name, { base, document: companion }]]),
  };
}

const delegate = (context: Context, plan: Plan, version: number, known: CurrentRole | undefined) =>
  completeDelegate(context, {
    role: plan.entry.name,
    group: groupNamed(plan.entry.name, plan.keys, plan.entry.threshold),
    version,
    current: known?.document.value,
    files: plan.files,
  });

/** True iff what the role says now counts under the new keys too, and nothing newer was given. */
function isSignedBy({ document }: CurrentRole, { entry, keys, files }: Plan): boolean {
  if (files.length > 0) return false;
  const group = groupNamed(entry.name, keys, entry.threshold);
  const received = parseDocument(document.bytes, 'targets');
  return countSignatures(received, entry.name, group.keys, group.role).counted.length >= entry.threshold;
}

function refuseKnown(
  role: RoleName,
  known: CurrentRole | undefined,
  delegator: RoleName,
  replace: boolean,
): void {
  if (known === undefined) {
    if (!replace) return;
    throw new WritError('CLI_DELEGATION', `nobody delegates to ${role}: there is nothing to replace`);
  }
  if (known.delegator.role !== delegator) {
    throw new WritError('CLI_DELEGATION', `${known.delegator.role} delegates to ${role} already`);
  }
  if (replace) return;
  throw new WritError('CLI_DELEGATION', `${delegator} delegates to ${role} already`, {
    hint: 'to give it other keys or paths, say --replace',
  });
}
