import { existsSync } from 'node:fs';
import { WritError } from '../../errors.js';
import type { KeyInfo } from '../../keystore/key-file.js';
import { parseDocument, type SignedDocument } from '../../tuf/document.js';
import { changeOfTargets } from '../../tuf/change/targets.js';
import type { Targets } from '../../tuf/model.js';
import type { RoleName } from '../../tuf/role-name.js';
import { targetsWords } from '../change-words.js';
import { defineCommand, type Context } from '../command.js';
import { confirm, YES_OPTION } from '../confirm.js';
import {
  groupNamed,
  lastVersion,
  nextDocument,
  readDelegate,
  roleIfDelegated,
} from '../delegation/delegate.js';
import { delegatedName } from '../delegation/edit.js';
import { writeOutputFile } from '../files.js';
import { findKey, openKeyStore } from '../keys.js';
import { choosePin, refreshPin } from '../trusted.js';
import { keysAtHand, signVisit } from '../visit.js';

export const command = defineCommand({
  usage: 'ROLE [--repository NAME] [--key ID …] [--yes] [-o FILE]',
  description:
    'Signs the first version of a role, which says nothing yet, into a file: what `writ delegation add --first` takes to\n' +
    'let a team sign for its images. Needs no network. Where the file is there already, the signatures are added to it.\n' +
    'With --repository the version after the last one of that name, with what the role says now: for a role that gets\n' +
    'other keys, or a name that was used before. Signs with the keys that were made for the role, or with --key.',
  arguments: [1, 1],
  options: {
    repository: { type: 'string', value: 'NAME', help: 'go on from what this repository has' },
    key: { type: 'string', multiple: true, value: 'ID', help: 'sign with this key of the key store' },
    ...YES_OPTION,
    output: { type: 'string', short: 'o', value: 'FILE', help: 'the file (default: ROLE.json)' },
  },
  examples: [
    'writ delegation request team',
    'writ delegation request team --repository acme --key 9d01b44 -o team.json',
  ],
  run: async (context, values, [text = '']) => {
    const role = delegatedName(text);
    const file = values.output ?? `${role.replaceAll('/', '.')}.json`;
    const { document, current } = await documentOf(context, role, file, values.repository);
    const infos = await keysFor(context, role, values.key);
    const group = groupNamed(
      role,
      infos.map(({ publicKey }) => publicKey),
      1,
    );
    const visited = { role, document, groups: [group] };
    const held = await keysAtHand(
      context,
      visited,
      infos.map(({ publicKey }) => publicKey.id),
    );
    const ids = held.map(({ info }) => info.publicKey.id);
    const change = changeOfTargets(current, document.signed);
    await confirm(context, {
      shown: targetsWords(role, change, (await context.catalogue()).catalogue),
      question: `Sign this with ${ids.map(id => id.slice(0, 12)).join(', ')}?`,
      // An empty first version of our own making says nothing that could be asked about.
      yes: values.yes || (!existsSync(file) && current === undefined),
    });
    const { bytes } = await signVisit(context, visited, held);
    await writeOutputFile(file, bytes);
    const { version } = document.signed;
    context.out.result({ file, role, version, keys: ids }, () =>
      [`${file} is version ${version} of ${role}`, ...ids.map(id => `signed with ${id}`)].join('\n'),
    );
    context.out.note(
      `with its public keys it goes to: writ delegation add ${role} --first ${file} --key … --path …`,
    );
    return 0;
  },
});

interface Requested {
  readonly document: SignedDocument<Targets>;
  /** What the role says in the repository. */
  readonly current: Targets | undefined;
}

async function documentOf(
  context: Context,
  role: RoleName,
  file: string,
  repository: string | undefined,
): Promise<Requested> {
  const view =
    repository === undefined ? undefined : await refreshPin(context, await choosePin(context, repository));
  const current = view && (await roleIfDelegated(view, role))?.document.value;
  const version = view === undefined ? 1 : lastVersion(view, role) + 1;
  const given = existsSync(file) ? await readDelegate([file], undefined, role) : undefined;
  if (given !== undefined && view !== undefined && given.signed.version !== version) {
    throw new WritError(
      'CLI_DELEGATION',
      `${file} is version ${given.signed.version}, it must be ${version}`,
      {
        hint: 'name another file: this one was made from another state of the repository',
      },
    );
  }
  const document = given ?? (await nextDocument(context, role, version, current));
  return { document: parseDocument(document.bytes, 'targets'), current };
}

/** Keys that were made for the role, unless some are named. */
async function keysFor(context: Context, role: RoleName, named: readonly string[]): Promise<KeyInfo[]> {
  const store = await openKeyStore(context);
  if (named.length > 0) return Promise.all(named.map(text => findKey(store, text)));
  const made = (await store.list()).filter(key => key.role === role);
  if (made.length > 0) return made;
  throw new WritError('CLI_NO_KEY', `the key store holds no key that was made for ${role}`, {
    hint: `make one with \`writ key generate --role ${role}\`, or name one with --key`,
  });
}
