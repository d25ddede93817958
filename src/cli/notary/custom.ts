import { parseCustom } from '../../notary/change-data.js';
import type { JsonValue } from '../../json/types.js';
import { readInput } from './context.js';
import type { Given } from './flags.js';

/** What is in the file that --custom names. @throws WritError NOTARY_FILE, NOTARY_CUSTOM */
export async function readCustom(given: Given): Promise<JsonValue | undefined> {
  const file = given.text('custom');
  return file === '' ? undefined : parseCustom(await readInput(file));
}
