/** Uploads that were changed on the way: what is in them, what they are signed with, and how they are put together. */
import type { JsonValue } from '../../src/json/types.js';
import { listed, pair, roleOf, type Pair, type Publisher } from '../repository/notary/publisher.js';
import { BOUNDARY, type Draft, type Json, type Part, type UploadDraft } from './notary-upload-draft.js';

export interface Mutation {
  readonly name: string;
  readonly apply: (upload: UploadDraft) => void;
}

const first = ({ drafts }: UploadDraft): Draft => {
  const [draft] = drafts;
  if (draft === undefined) throw new Error('the upload is empty');
  return draft;
};

/** Changes the `signed` part of targets before it is signed. */
const before = (name: string, change: (json: Json, upload: UploadDraft) => void): Mutation => ({
  name,
  apply: upload => {
    change(first(upload).json, upload);
  },
});
/** Changes the text of targets after it was signed. */
const after = (name: string, edit: (text: string) => string): Mutation => ({
  name,
  apply: upload => {
    first(upload).edits.push(edit);
  },
});
const parts = (name: string, edit: (parts: Part[]) => Part[]): Mutation => ({
  name,
  apply: upload => {
    upload.partEdits.push(edit);
  },
});
const body = (name: string, edit: (body: string) => string): Mutation => ({
  name,
  apply: upload => {
    upload.bodyEdits.push(edit);
  },
});
const more = (name: string, add: (upload: UploadDraft) => void): Mutation => ({ name, apply: add });
/** Gives the first part another file name. */
const named = (name: string, fileName: string): Mutation =>
  parts(name, all =>
    all.map((part, i) =>
      i > 0 ? part : { ...part, disposition: `form-data; name="files"; filename="${fileName}"` },
    ),
  );

function addRoot(
  upload: UploadDraft,
  version: number,
  change: (json: Json, owner: Publisher) => void = () => undefined,
): Draft {
  const json = { ...upload.owner.rootPart(version, true) };
  change(json, upload.owner);
  const draft = { role: 'root', signers: [upload.owner.root], json, edits: [] };
  upload.drafts.push(draft);
  return draft;
}

function addDelegated(upload: UploadDraft, role: string, signer: Pair): void {
  const json = { ...upload.owner.targetsPart(1, ['d']) };
  upload.drafts.push({ role, signers: [signer], json, edits: [] });
}

const roleIn = (json: Json, role: string): Json => (json['roles'] as Record<string, Json>)[role] ?? {};
const oneTarget = (change: Json) => (json: Json) => {
  const { v2 } = json['targets'] as Record<string, Json>;
  json['targets'] = { v2: { ...v2, ...change } };
};
const delegations =
  (change: (all: { keys: Json; roles: Json[] }, upload: UploadDraft) => void) =>
  (json: Json, upload: UploadDraft) => {
    const copy = JSON.parse(JSON.stringify(json['delegations'])) as { keys: Json; roles: Json[] };
    change(copy, upload);
    json['delegations'] = copy as unknown as JsonValue;
  };

const VERSIONS: readonly (readonly [string, JsonValue])[] = [
  ['the version before', 1],
  ['a version that skips', 50],
  ['version 0', 0],
  ['a negative version', -1],
  ['version 2^31 - 1', 2 ** 31 - 1],
  ['version 2^31', 2 ** 31],
  ['version 2^53 - 1', 2 ** 53 - 1],
  ['a version that is text', '2'],
  ['a version that is null', null],
];
const EXPIRIES: readonly (readonly [string, JsonValue])[] = [
  ['an expiry that is over', '2020-01-01T00:00:00Z'],
  ['an expiry with a zero at its end', '2036-01-01T00:00:00.130Z'],
  ['an expiry in another zone', '2036-01-01T00:00:00+02:00'],
  ['an expiry without a zone', '2036-01-01T00:00:00'],
  ['an expiry that is no date', 'tomorrow'],
  ['an expiry that is a number', 2_082_758_400],
];

export const MUTATIONS: readonly Mutation[] = [
  { name: 'nothing', apply: () => undefined },
  ...VERSIONS.map(([name, version]) =>
    before(name, json => {
      json['version'] = version;
    }),
  ),
  ...EXPIRIES.map(([name, expires]) =>
    before(name, json => {
      json['expires'] = expires;
    }),
  ),
  ...['_type', 'version', 'expires', 'targets', 'delegations'].map(member =>
    before(`no ${member}`, json => {
      Reflect.deleteProperty(json, member);
    }),
  ),
  before('the type in lower case', json => {
    json['_type'] = 'targets';
  }),
  before('another type', json => {
    json['_type'] = 'Root';
  }),
  before('a member that nobody knows', json => {
    json['spec_version'] = '1.0';
  }),
  before('targets that are null', json => {
    json['targets'] = null;
  }),
  before('targets that are a list', json => {
    json['targets'] = [];
  }),
  before('delegations that are null', json => {
    json['delegations'] = null;
  }),
  before('a target without hashes', oneTarget({ hashes: {} })),
  before('a target whose hashes are null', oneTarget({ hashes: null })),
  before('a target with a short hash', oneTarget({ hashes: { sha256: 'YWJj' } })),
  before('a target with a hash that is no base64', oneTarget({ hashes: { sha256: '%%%' } })),
  before('a target with a hash of another kind', oneTarget({ hashes: { md5: 'YWJjZGVmZ2hpamtsbW5vcA==' } })),
  before('a target of negative length', oneTarget({ length: -1 })),
  before('a target whose length is text', oneTarget({ length: '3' })),
  before('a target with custom data', oneTarget({ custom: { a: [1, null, 'x'] } })),
  before('a target with custom data that is a number', oneTarget({ custom: 7 })),
  before('a target that is null', json => {
    json['targets'] = { v2: null };
  }),
  before('a target with an empty name', json => {
    json['targets'] = { '': (json['targets'] as Json)['v2'] ?? null };
  }),
  before(
    'a delegation outside of targets',
    delegations(({ roles }) => {
      for (const role of roles) role['name'] = 'releases';
    }),
  ),
  before(
    'a delegation two levels down',
    delegations(({ roles }) => {
      for (const role of roles) role['name'] = 'targets/a/b';
    }),
  ),
  before(
    'a delegation in upper case',
    delegations(({ roles }) => {
      for (const role of roles) role['name'] = 'targets/A';
    }),
  ),
  before(
    'a delegation with a threshold of 0',
    delegations(({ roles }) => {
      for (const role of roles) role['threshold'] = 0;
    }),
  ),
  before(
    'a delegation to a key that is not there',
    delegations(({ roles }) => {
      for (const role of roles) role['keyids'] = ['0'.repeat(64)];
    }),
  ),
  before(
    'a delegation to nobody',
    delegations(({ roles }) => {
      for (const role of roles) role['keyids'] = [];
    }),
  ),
  before(
    'a delegation whose keys are null',
    delegations(({ roles }) => {
      for (const role of roles) role['keyids'] = null;
    }),
  ),
  before(
    'a delegation that stands twice',
    delegations(all => {
      all.roles.push(...all.roles);
    }),
  ),
  before(
    'a delegated key under another id',
    delegations(all => {
      all.keys = { ['0'.repeat(64)]: Object.values(all.keys)[0] ?? null };
    }),
  ),
  after('another signature', text => text.replace(/"sig":"../, '"sig":"AA')),
  after('no signatures', text => text.replace(/"signatures":\[.*\]/, '"signatures":[]')),
  after('signatures that are null', text => text.replace(/"signatures":\[.*\]/, '"signatures":null')),
  after('signatures that are not there', text => text.replace(/,"signatures":\[.*\]/, '')),
  after('a signature twice', text => text.replace(/"signatures":\[(.*)\]/, '"signatures":[$1,$1]')),
  after('the method in upper case', text => text.replace('"method":"ecdsa"', '"method":"ECDSA"')),
  after('another method', text => text.replace('"method":"ecdsa"', '"method":"eddsa"')),
  after('a method that nobody knows', text => text.replace('"method":"ecdsa"', '"method":"none"')),
  after('a signature of a key that nobody lists', text =>
    text.replace(
      /"signatures":\[/,
      `"signatures":[{"keyid":"${'0'.repeat(64)}","method":"ecdsa","sig":"AAAA"},`,
    ),
  ),
  after('a key id in upper case', text =>
    text.replace(/"keyid":"(\w+)"/, (_all, id: string) => `"keyid":"${id.toUpperCase()}"`),
  ),
  after('an extra member beside signed', text => text.replace('{', '{"extra":1,')),
  after('an extra member of a signature', text =>
    text.replace('"method":"ecdsa"', '"extra":1,"method":"ecdsa"'),
  ),
  after('white space around', text => ` \n${text}\n `),
  after('white space within', text => text.replaceAll(',"', ', "')),
  after('a signature that is no base64', text => text.replace(/"sig":"../, '"sig":"%%')),
  after('something behind the document', text => `${text}{}`),
  after('a byte order mark', text => `\ufeff${text}`),
  after('a member of signed twice', text => text.replace('"version":2', '"version":2,"version":2')),
  after('a fraction for a version', text => text.replace('"version":2', '"version":2.0')),
  after('an exponent for a version', text => text.replace('"version":2', '"version":2e0')),
  after('half of the document', text => text.slice(0, text.length / 2)),
  after('an empty document', () => ''),
  after('a list', () => '[]'),
  after('null', () => 'null'),
  after('an object of nothing', () => '{}'),
  more('signed by another key', upload => {
    first(upload).signers.splice(0, 1, pair());
  }),
  more('signed by the delegate', upload => {
    first(upload).signers.splice(0, 1, upload.delegate);
  }),
  more('signed by both', upload => {
    first(upload).signers.push(pair());
  }),
  more('signed by nobody', upload => {
    first(upload).signers.length = 0;
  }),
  more('the same root again', upload => {
    addRoot(upload, 1);
  }),
  more('the next root', upload => {
    addRoot(upload, 2);
  }),
  more('a root that skips', upload => {
    addRoot(upload, 3);
  }),
  more('a root of version 0', upload => {
    addRoot(upload, 0);
  }),
  more('a root signed by another key', upload => {
    addRoot(upload, 2).signers.splice(0, 1, pair());
  }),
  more('a root that has expired', upload => {
    addRoot(upload, 2, json => {
      json['expires'] = '2020-01-01T00:00:00Z';
    });
  }),
  more('a root with a zero at the end of its expiry', upload => {
    addRoot(upload, 2, json => {
      json['expires'] = '2036-01-01T00:00:00.130Z';
    });
  }),
  more('a root with a member that nobody knows', upload => {
    addRoot(upload, 2, json => {
      json['spec_version'] = '1';
    });
  }),
  ...['root', 'targets', 'snapshot', 'timestamp'].flatMap(role => [
    more(`a root without ${role}`, upload => {
      addRoot(upload, 2, json => {
        const others = Object.entries(json['roles'] as Json).filter(([name]) => name !== role);
        json['roles'] = Object.fromEntries(others);
      });
    }),
    ...[0, -1, 2].map(threshold =>
      more(`a root with a threshold of ${threshold} for ${role}`, upload => {
        addRoot(upload, 2, json => {
          const roles = json['roles'] as Json;
          json['roles'] = { ...roles, [role]: { ...roleIn(json, role), threshold } };
        });
      }),
    ),
    more(`a root that names a key twice for ${role}`, upload => {
      addRoot(upload, 2, json => {
        const { keyids } = roleIn(json, role) as { keyids: string[] };
        const roles = json['roles'] as Json;
        json['roles'] = { ...roles, [role]: { keyids: [...keyids, ...keyids], threshold: 1 } };
      });
    }),
  ]),
  more('a root that names another role', upload => {
    addRoot(upload, 2, json => {
      const roles = json['roles'] as Json;
      json['roles'] = { ...roles, mirrors: roles['targets'] ?? null };
    });
  }),
  more('a root with consistent snapshots', upload => {
    addRoot(upload, 2, json => {
      json['consistent_snapshot'] = true;
    });
  }),
  more('a root with a timestamp key of somebody else', upload => {
    addRoot(upload, 2, json => {
      const other = pair();
      json['keys'] = { ...(json['keys'] as Json), ...listed([other]) };
      json['roles'] = { ...(json['roles'] as Json), timestamp: roleOf([other]) };
    });
  }),
  more('the delegated role', upload => {
    addDelegated(upload, 'targets/a', upload.delegate);
  }),
  more('the delegated role alone', upload => {
    addDelegated(upload, 'targets/a', upload.delegate);
    upload.drafts.shift();
  }),
  more('the delegated role before its parent', upload => {
    addDelegated(upload, 'targets/a', upload.delegate);
    upload.drafts.reverse();
  }),
  more('the delegated role signed by another', upload => {
    addDelegated(upload, 'targets/a', pair());
  }),
  more('a role that nobody delegated to', upload => {
    addDelegated(upload, 'targets/b', upload.delegate);
  }),
  more('a role below one that is not there', upload => {
    addDelegated(upload, 'targets/b/c', upload.delegate);
  }),
  named('a name with .json', 'targets.json'),
  named('a name with .json twice', 'targets.json.json'),
  named('a name in upper case', 'Targets'),
  named('a name with a slash at its end', 'targets/'),
  named('a name with dots', 'targets/../a'),
  named('a name with two slashes', 'targets//a'),
  named('a name with a folder', 'x/targets'),
  named('an empty name', ''),
  named('a name that is no role', 'mirrors'),
  named('the name of another role', 'snapshot'),
  named('the name timestamp', 'timestamp'),
  parts('a part without a name', all =>
    all.map(part => ({ ...part, disposition: 'form-data; name="files"' })),
  ),
  parts('a part for another field', all =>
    all.map(part => ({ ...part, disposition: part.disposition.replace('files', 'other') })),
  ),
  parts('a part twice', all => [...all, ...all]),
  parts('two parts for one role, the last good', all => [
    ...all.map(part => ({ ...part, bytes: Buffer.from('{}') })),
    ...all,
  ]),
  parts('two parts for one role, the first good', all => [
    ...all,
    ...all.map(part => ({ ...part, bytes: Buffer.from('{}') })),
  ]),
  parts('a timestamp too', all => [
    ...all,
    { disposition: 'form-data; name="files"; filename="timestamp"', bytes: Buffer.from('{}') },
  ]),
  parts('no parts', () => []),
  body('something before the first part', text => `preamble\r\n${text}`),
  body('something after the last part', text => `${text}epilogue`),
  body('line ends without returns', text => text.replaceAll('\r\n', '\n')),
  body('no end', text => text.replace(`--${BOUNDARY}--\r\n`, '')),
  body('another boundary', text => text.replaceAll(BOUNDARY, 'another')),
  body('nothing at all', () => ''),
  more('a content type without a boundary', upload => {
    upload.contentType = 'multipart/form-data';
  }),
  more('the content type of JSON', upload => {
    upload.contentType = 'application/json';
  }),
  more('the content type of mixed parts', upload => {
    upload.contentType = `multipart/mixed; boundary=${BOUNDARY}`;
  }),
];
