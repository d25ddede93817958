/** Several repositories that must agree. TAP 4. */
import { basename, dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { repositoryFolder } from '../../src/storage/metadata-folder.js';
import { findInRepositories, type OpenView } from '../../src/tuf/client/find-in-repositories.js';
import { parseMapFile, type MapFile } from '../../src/tuf/client/map-file.js';
import { expectRefused, refusal } from './refusal.js';
import { Simulator, utf8 } from './simulator.js';

interface Mapped {
  paths?: unknown;
  repositories?: unknown;
  terminating?: unknown;
  threshold?: unknown;
}
const ALL = ['one', 'two', 'three'];
const parse = (
  mapping: Mapped[],
  repositories: unknown = Object.fromEntries(ALL.map(name => [name, []])),
): MapFile => parseMapFile(utf8(JSON.stringify({ repositories, mapping })));
const map = (...mapping: Mapped[]): MapFile =>
  parse(mapping.map(one => ({ paths: ['*'], repositories: ALL, threshold: 2, ...one })));

/** Each repository lists this content as the target `x`; a repository that is not here fails to open. */
function worlds(contents: Record<string, string | undefined>): { open: OpenView; opened: string[] } {
  const opened: string[] = [];
  const open: OpenView = async name => {
    opened.push(name);
    if (!(name in contents)) throw new Error(`${name} is down`);
    const sim = new Simulator();
    sim.delegate('targets', 'team', ['x']);
    const content = contents[name];
    if (content !== undefined) sim.addTarget('x', content, 'team');
    if (name === 'two') sim.targets.get('team')!.expires = '2030-01-10T00:00:00Z';
    sim.commit('targets', 'team');
    return (await sim.client()).refresh();
  };
  return { open, opened };
}

describe('the search', () => {
  it.each<[string, Record<string, string | undefined>, Mapped[], string[], string[]]>([
    ['two of three agree', { one: '1', two: '1', three: '1' }, [{}], ['one', 'two'], ['one', 'two']],
    ['the third agrees', { one: '1', two: '2', three: '1' }, [{}], ['one', 'three'], ALL],
    ['one does not list it', { one: undefined, two: '1', three: '1' }, [{}], ['two', 'three'], ALL],
    ['nobody agrees', { one: '1', two: '2', three: '3' }, [{}], [], ALL],
    ['nobody lists it', { one: undefined, two: undefined, three: undefined }, [{}], [], ALL],
    ['one is enough', { one: '1' }, [{ threshold: 1 }], ['one'], ['one']],
    ['no mapping is for it', { one: '1', two: '1' }, [{ paths: ['y', 'x/*'] }], [], []],
    [
      'the next mapping is asked',
      { one: '1', two: '2', three: '3' },
      [{}, { threshold: 1, repositories: ['three'] }],
      ['three'],
      [...ALL, 'three'],
    ],
    [
      'a terminating one that nobody lists ends it',
      { one: undefined, two: undefined, three: '3' },
      [{ terminating: true, repositories: ['one', 'two'] }, { threshold: 1 }],
      [],
      ['one', 'two'],
    ],
  ])('%s', async (_, contents, mappings, expected, asked) => {
    const { open, opened } = worlds(contents);
    const agreed = await findInRepositories(map(...mappings), open, 'x');
    expect(agreed?.answers.map(({ repository }) => repository) ?? []).toEqual(expected);
    expect(opened).toEqual(asked);
  });

  it('says what was verified, by which keys, until when', async () => {
    const { open } = worlds({ one: '1', two: '1' });
    const agreed = (await findInRepositories(map({}), open, 'x'))!;
    expect(agreed.target.length).toBe(1);
    expect(agreed.validUntil).toEqual(new Date('2030-01-10T00:00:00Z'));
    expect(agreed.answers[0].evidence.validUntil).toEqual(new Date('2030-02-01T00:00:00Z'));
    for (const { found, evidence } of agreed.answers) {
      expect(found.role).toBe('team');
      expect(evidence.parts.map(({ role }) => role)).toEqual([
        'root',
        'timestamp',
        'snapshot',
        'targets',
        'team',
      ]);
      for (const { signedBy } of evidence.parts) expect(signedBy).toHaveLength(1);
    }
  });

  it('attack: a repository is withheld so that others agree without it', async () => {
    const { open } = worlds({ two: '2', three: '2' });
    await expect(findInRepositories(map({}), open, 'x')).rejects.toThrow('one is down');
  });

  it('attack: a terminating mapping whose repositories do not agree', async () => {
    const { open } = worlds({ one: '1', two: '2', three: undefined });
    await expectRefused(
      findInRepositories(map({ terminating: true }, { threshold: 1 }), open, 'x'),
      'TUF_DISAGREEMENT',
      '2 of the repositories one, two, three must agree on x; listed by one, two',
    );
  });
});

describe('the file', () => {
  it('is read', () => {
    const text = `{
      "repositories": {"Django": ["https://djangoproject.example/"], "PyPI": ["https://pypi.example/", "https://b/"]},
      "mapping": [
        {"paths": ["django/*.tgz"], "repositories": ["Django", "PyPI"], "threshold": 2, "terminating": true},
        {"paths": ["*"], "repositories": ["PyPI"], "threshold": 1}
      ]
    }`;
    const { repositories, mappings } = parseMapFile(utf8(text));
    expect([...repositories]).toEqual([
      ['Django', ['https://djangoproject.example/']],
      ['PyPI', ['https://pypi.example/', 'https://b/']],
    ]);
    expect(mappings).toEqual([
      { paths: ['django/*.tgz'], repositories: ['Django', 'PyPI'], threshold: 2, terminating: true },
      { paths: ['*'], repositories: ['PyPI'], threshold: 1, terminating: false },
    ]);
  });

  const good = { paths: ['*'], repositories: ['one'], threshold: 1, terminating: false };
  it.each<[string, Mapped, 'JSON_TYPE' | 'TUF_FORMAT']>([
    ['threshold 0', { threshold: 0 }, 'JSON_TYPE'],
    ['threshold -1', { threshold: -1 }, 'JSON_TYPE'],
    ['a threshold above the number of repositories', { threshold: 2 }, 'JSON_TYPE'],
    ['no threshold', { threshold: undefined }, 'JSON_TYPE'],
    ['one repository that counts twice', { repositories: ['one', 'one'], threshold: 2 }, 'TUF_FORMAT'],
    ['a repository that the file does not have', { repositories: ['four'] }, 'TUF_FORMAT'],
    ['no repositories', { repositories: [] }, 'JSON_TYPE'],
    ['repositories that are text', { repositories: 'one' }, 'JSON_TYPE'],
    ['no paths', { paths: undefined }, 'JSON_TYPE'],
    ['terminating "true"', { terminating: 'true' }, 'JSON_TYPE'],
  ])('attack: %s', (_, change, code) => {
    expect(() => parse([good])).not.toThrow();
    expect(() => parse([{ ...good, ...change }])).toThrowError(refusal(code));
  });

  it.each(['', 'a\0b', 'a\nb', 'x'.repeat(257)])('attack: the repository name %j', name => {
    expect(() => parse([], { [name]: [] })).toThrowError(
      refusal('TUF_FORMAT', /repository's name must have/),
    );
  });

  it.each(['../x', '/etc', '..', '.', 'a/b', 'C:\\x', '%2e%2e', '__proto__', 'constructor'])(
    'attack: the repository name %s as a path (CVE-2026-24686)',
    async name => {
      const text = `{"repositories":{${JSON.stringify(name)}:[]},"mapping":[{"paths":["*"],"repositories":[${JSON.stringify(name)}],"threshold":1}]}`;
      const file = parseMapFile(utf8(text));
      const { open, opened } = worlds(Object.fromEntries([[name, '1']]));
      expect((await findInRepositories(file, open, 'x'))?.answers[0].repository).toBe(name);
      expect(opened).toEqual([name]); // handed on as it is, and nothing is made of it
      expect(dirname(repositoryFolder('/root', name))).toBe('/root');
      expect(basename(repositoryFolder('/root', name))).not.toMatch(/^\.|\//);
    },
  );

  it.each([
    '',
    'null',
    '[]',
    '{"repositories":[],"mapping":[]}',
    '{"repositories":{},"mapping":{}}',
    '{"mapping":[]}',
  ])('attack: %j in the place of a map file', text => {
    expect(() => parseMapFile(utf8(text))).toThrowError(
      expect.objectContaining({ code: expect.stringMatching(/^JSON_/) }),
    );
  });
});
