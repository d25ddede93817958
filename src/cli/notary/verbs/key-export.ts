import { writeFile } from 'node:fs/promises';
import { writePem } from '../../../crypto/pem.js';
import { reasonOf, WritError } from '../../../errors.js';
import { usage } from '../flags.js';
import type { VerbRun } from '../verb.js';

export const run: VerbRun = async ({ io, trust }, given) => {
  if (given.args.length > 0) throw usage('export does not take any positional arguments');
  const [guns, ids, output] = [given.list('gun'), given.list('key'), given.text('output')];
  if (guns.length > 0 && ids.length > 0) {
    throw new WritError(
      'NOTARY_ARGUMENT',
      'Only the --gun or --key flag may be provided, not a mix of the two flags',
    );
  }
  const wanted = (await trust.keys.list()).filter(
    ({ id, gun }) => (guns.length === 0 || guns.includes(gun)) && (ids.length === 0 || ids.includes(id)),
  );
  const texts: string[] = [];
  for (const { id } of wanted) {
    const block = await trust.keys.read(id);
    if (block !== undefined)
      texts.push(writePem({ ...block, headers: new Map([...block.headers, ['path', id]]) }));
  }
  if (output === '') io.stdout.write(texts.join(''));
  else await write(output, texts.join(''));
};

async function write(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { mode: 0o600 });
  } catch (cause) {
    throw new WritError('NOTARY_FILE', `open ${file}: ${reasonOf(cause)}`, { cause });
  }
}
