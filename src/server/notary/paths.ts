/** The routes of notary-server, on the path as Go's router sees it: decoded once. */
import { ROOT, SNAPSHOT, TARGETS, TIMESTAMP } from '../../tuf/role-name.js';

const ROLE = `${ROOT}|${TARGETS}(?:/[^/\\s]+)*|${SNAPSHOT}|${TIMESTAMP}`;
const BASE = '/v2/(?<gun>[^*]+)/_trust';
const HEX = '[a-fA-F0-9]{64}|[a-fA-F0-9]{96}|[a-fA-F0-9]{128}';

const route = (pattern: string): RegExp => new RegExp(`^${pattern}$`, 'u');
const PATTERNS = {
  ping: route('/v2/'),
  repository: route(`${BASE}/tuf/`),
  hash: route(`${BASE}/tuf/(?<role>${ROLE})\\.(?<hash>${HEX})\\.json`),
  version: route(`${BASE}/tuf/(?<version>[1-9]*[0-9]+)\\.(?<role>${ROLE})\\.json`),
  current: route(`${BASE}/tuf/(?<role>${ROLE})\\.json`),
  key: route(`${BASE}/tuf/(?<role>${SNAPSHOT}|${TIMESTAMP})\\.key`),
  allChanges: route('/v2/_trust/changefeed'),
  changes: route(`${BASE}/changefeed`),
} as const;

export interface Matched {
  readonly kind: keyof typeof PATTERNS | 'none' | 'unclean';
  readonly gun: string;
  readonly role: string;
  readonly hash: string;
  readonly version: string;
  /** The path without its dots, where it had some. */
  readonly clean: string;
}

/** Which route a request target is; the query is cut off. */
export function matchPath(url: string): Matched {
  const [raw = ''] = url.split('?', 1);
  // RFC 9112 §3.2.2: a target may name the server as well.
  const path = decode(raw.replace(/^https?:\/\/[^/]*/i, ''));
  const clean = cleaned(path);
  const parts = { gun: '', role: '', hash: '', version: '', clean };
  if (clean !== path) return { kind: 'unclean', ...parts };
  for (const [kind, pattern] of Object.entries(PATTERNS)) {
    const groups = pattern.exec(path)?.groups;
    if (groups !== undefined || pattern.test(path)) return { kind: kindOf(kind), ...parts, ...groups };
  }
  return { kind: 'none', ...parts };
}

const isKind = (text: string): text is keyof typeof PATTERNS => Object.hasOwn(PATTERNS, text);
const kindOf = (text: string): Matched['kind'] => (isKind(text) ? text : 'none');

function decode(raw: string): string {
  try {
    return decodeURIComponent(raw);
  } catch {
    return '';
  }
}

/** As Go's path.Clean does it, the slash at the end kept. */
function cleaned(path: string): string {
  const kept: string[] = [];
  for (const component of path.split('/').slice(1)) {
    if (component === '..') kept.pop();
    else if (component !== '.' && component !== '') kept.push(component);
  }
  const isFolder = /\/\.{0,2}$/.test(path) && kept.length > 0;
  return `/${kept.join('/')}${isFolder ? '/' : ''}`;
}
