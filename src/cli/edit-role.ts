/** Commands that change what one targets role says: the change is made again on top of what others published. */
import type { JsonObject } from '../json/types.js';
import { buildTargets } from '../tuf/build/signed-part.js';
import type { Targets } from '../tuf/model.js';
import type { RoleName } from '../tuf/role-name.js';
import type { Context } from './command.js';
import { editBin } from './bins/change.js';
import { binsWith } from './bins/documents.js';
import { expiryOfYear } from './lifetime.js';
import { outcomeJson, outcomeRows, tellNext } from './proposals/outcome.js';
import { publishNext, type NextVersion, type Published } from './publish.js';
import type { Hosted } from './repository-option.js';
import { currentRole } from './role-signers.js';
import { columns } from './table.js';
import { refreshPin } from './trusted.js';

/** What stays the same between two attempts, made from the current content. */
export type Edit = (current: Targets) => Pick<Targets, 'targets' | 'delegations'>;

/** @throws WritError as publishNext, currentRole and `edit`; as editBin for a hash bin */
export async function publishEdit(
  context: Context,
  { pin, service }: Hosted,
  role: RoleName,
  edit: Edit,
  more: Pick<NextVersion, 'companions' | 'blobs'> = {},
): Promise<Published> {
  const bins = await binsWith(await refreshPin(context, pin), pin, role);
  if (bins !== undefined) {
    const { blobs = [] } = more;
    return editBin(context, { pin, service, role: bins.delegator.role }, bins, { bin: role, edit, blobs });
  }
  return publishNext(context, pin, service, async view => {
    const { document, keys } = await currentRole(view, role);
    const { value } = document;
    const signed = buildTargets({
      ...value,
      ...edit(value),
      version: value.version + 1,
      expires: expiryOfYear(context.io.clock.now()),
    });
    return { role, base: value.version, signed, groups: [keys], ...more };
  });
}

/** Prints what was done, and whether it is published or waits for signatures. */
export function tellPublished(
  context: Context,
  repository: string,
  published: Published,
  { json, rows }: { readonly json: JsonObject; readonly rows: readonly (readonly string[])[] },
): void {
  context.out.result({ ...json, repository, ...outcomeJson(published) }, () =>
    columns([...rows, ['repository', repository], ...outcomeRows(published)], ''),
  );
  tellNext(context, repository, published);
}
