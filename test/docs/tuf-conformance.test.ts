import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const PAGE = readFileSync('docs/tuf-conformance.md', 'utf8');
/** section, what, code, test file, name */
const ROWS = [
  ...PAGE.matchAll(
    /^\| *(§[\d.]+|TAP \d+) *\| *([^|]+?) *\| *([a-z0-9/-]+) *\| *([a-z0-9/-]+) *\| *([^|]+?) *\|$/gm,
  ),
].map(
  ([, section, , code, file, name]) => [String(section), String(code), String(file), String(name)] as const,
);

/** The steps of the client workflow, as the specification numbers them. */
const WORKFLOW = [
  ...['5.1', '5.2'],
  ...Array.from({ length: 12 }, (_, i) => `5.3.${i + 1}`),
  ...Array.from({ length: 5 }, (_, i) => `5.4.${i + 1}`),
  ...Array.from({ length: 7 }, (_, i) => `5.5.${i + 1}`),
  ...Array.from({ length: 7 }, (_, i) => `5.6.${i + 1}`),
  ...['5.6.7.1', '5.6.7.2', '5.7.1', '5.7.2', '5.7.3'],
];

/** The tests of the public suite. */
const SUITE = `test_basic_refresh_requests test_basic_refresh_trusted_data test_implicit_refresh
  test_invalid_initial_root test_unsigned_initial_root test_unsigned_metadata test_url_and_metadata_version_mismatch
  test_timestamp_content_changes test_basic_metadata_hash_support test_metadata_bytes_match test_custom_fields
  test_deprecated_keyid_hash_algorithms test_snapshot_404 test_targets_404 test_timestamp_404
  test_incorrect_metadata_type test_faketime test_new_targets_version_mismatch
  test_root_expired test_expired_metadata test_delegated_targets_expired test_expired_local_delegated_targets
  test_expired_local_delegated_targets_updates
  test_client_downloads_expected_file test_client_downloads_expected_file_in_sub_dir
  test_repository_substitutes_target_file test_multiple_changes_to_target test_download_with_hash_algorithms
  test_download_with_unknown_hash_algorithm test_artifact_cache
  test_snapshot_does_not_meet_threshold test_snapshot_has_too_few_keys test_root_has_keys_but_not_snapshot
  test_duplicate_keys test_duplicate_keys_root test_duplicate_sig_keyids test_keytype_and_scheme
  test_invalid_sig_in_valid_metadata test_unusual_role_name
  test_simple_snapshot_rollback test_new_timestamp_version_rollback test_snapshot_rollback
  test_new_targets_fast_forward_recovery test_new_snapshot_fast_forward_recovery
  test_new_timestamp_fast_forward_recovery test_new_snapshot_version_mismatch test_targets_rollback
  test_static_repository test_graph_traversal test_targetfile_search test_succinct_roles_graph_traversal
  test_cached_role_is_verified_against_current_delegator test_root_rotation test_non_root_rotations`.split(
  /\s+/,
);

const titlesOf = (file: string): string[] =>
  [...readFileSync(file, 'utf8').matchAll(/(['"`])(.+?)\1/g)].map(([, , text]) => String(text));

it('has its rows, and no step of the client workflow is left out', () => {
  expect(ROWS.length).toBe(PAGE.match(/^\| (?:§|TAP)/gm)?.length);
  const sections = new Set(ROWS.map(([section]) => section.slice(1)));
  expect(WORKFLOW.filter(section => !sections.has(section))).toEqual([]);
});

it.each(ROWS)('%s: src/%s, tried in test/%s.test.ts: %s', (_, code, file, name) => {
  expect(existsSync(`src/${code}.ts`)).toBe(true);
  expect(titlesOf(`test/${file}.test.ts`).filter(title => title.startsWith(name))).not.toEqual([]);
});

const FOLDER = 'test/system/conformance';
const RESTATED = readdirSync(FOLDER)
  .filter(name => name.endsWith('.test.ts'))
  .flatMap(name => titlesOf(`${FOLDER}/${name}`));

it.each(SUITE)('%s of the public suite is restated', test => {
  expect(RESTATED.filter(title => title === test || title.startsWith(`${test}[`))).not.toEqual([]);
});

it('the client under test is an executable, and has no list of expected failures', () => {
  expect(readdirSync('test/conformance').sort()).toEqual(['package.json', 'tuf-client']);
});
