/** `writ notary …`, and `notary …` where the program is called so: Notary's command line. */
import { isWritError } from '../../errors.js';
import { TrustFolder } from '../../notary/trust-folder.js';
import type { CliIo } from '../io.js';
import { readConfig } from './config.js';
import { GLOBAL_FLAGS, parseFlags, usage, wordPlaces, type Given } from './flags.js';
import { groupHelp, helpOf, overview, usageOf, VERSION_FLAG } from './help.js';
import { logTo, safe } from './output.js';
import type { Verb } from './verb.js';
import { GROUPS, VERBS } from './verbs.js';
import type { NotaryContext } from './context.js';

/**
 * Runs one command line.
 *
 * @param argv - what follows `notary`
 * @returns 0, or 1 whatever went wrong: Notary knows no other; never throws
 */
export async function run(argv: readonly string[], io: CliIo): Promise<number> {
  try {
    await dispatch(argv, io);
    return 0;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    io.stdout.write(`\n* fatal: ${safe(message)}\n`);
    if (isWritError(error)) io.stderr.write(`hint: ${safe(error.hint)}\n`);
    return 1;
  }
}

async function dispatch(argv: readonly string[], io: CliIo): Promise<void> {
  const places = wordPlaces(argv, GLOBAL_FLAGS);
  const [first, second] = places.map(place => argv[place] ?? '');
  if (first === undefined) return withoutVerb(argv, io);
  if (first === 'help')
    return explain(
      places.slice(1).map(place => argv[place] ?? ''),
      io,
    );
  const verb = findVerb(first, second);
  if (verb === undefined && GROUPS.has(first)) {
    io.stdout.write(groupHelp(first));
    return undefined;
  }
  if (verb === undefined) throw usage(`unknown command ${JSON.stringify(first)} for "notary"`);
  const words = new Set(places.slice(0, verb.name.split(' ').length));
  return runVerb(
    verb,
    argv.filter((_, place) => !words.has(place)),
    io,
  );
}

const findVerb = (first: string, second: string | undefined): Verb | undefined =>
  VERBS.find(({ name }) => name === `${first} ${second ?? ''}`) ?? VERBS.find(({ name }) => name === first);

async function withoutVerb(argv: readonly string[], io: CliIo): Promise<void> {
  const given = parseFlags(argv, { ...GLOBAL_FLAGS, version: VERSION_FLAG });
  if (!given.is('version')) {
    io.stdout.write(overview());
    return;
  }
  const { versionLine } = await import('./verbs/version.js');
  io.stdout.write(versionLine());
}

function explain([first, second]: readonly string[], io: CliIo): void {
  const verb = first === undefined ? undefined : findVerb(first, second);
  if (verb !== undefined) io.stdout.write(helpOf(verb));
  else if (first !== undefined && GROUPS.has(first)) io.stdout.write(groupHelp(first));
  else
    io.stdout.write(`${first === undefined ? '' : `Unknown help topic [\`${safe(first)}\`]\n`}${overview()}`);
}

async function runVerb(verb: Verb, argv: readonly string[], io: CliIo): Promise<void> {
  const given = parseFlags(argv, { ...GLOBAL_FLAGS, ...verb.flags });
  if (given.is('help')) {
    io.stdout.write(helpOf(verb));
    return;
  }
  const { run: act } = await verb.load();
  try {
    await act(await contextOf(given, io), given);
  } catch (error) {
    if (isWritError(error, 'NOTARY_USAGE')) io.stdout.write(usageOf(verb));
    throw error;
  }
}

async function contextOf(given: Given, io: CliIo): Promise<NotaryContext> {
  const config = await readConfig(given, io.env);
  return {
    io,
    config,
    log: logTo(io, given.is('debug') ? 'debug' : given.is('verbose') ? 'info' : 'warning'),
    trust: new TrustFolder(config.trustFolder),
    print: line => {
      io.stdout.write(`${line}\n`);
    },
  };
}
