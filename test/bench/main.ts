/** `npm run bench [-- SUITE …]`: each figure is a ratio to a baseline that is measured in the same run. */
import { printResults, type Suite } from './report.js';

const SUITES: Record<string, () => Promise<{ default: Suite }>> = {
  startup: () => import('./startup.js'),
  tuf: () => import('./tuf.js'),
  profile: () => import('./profile.js'),
  admission: () => import('./admission.js'),
  store: () => import('./store.js'),
  notary: () => import('./notary.js'),
};

const asked = process.argv.slice(2);
const unknown = asked.filter(name => !Object.hasOwn(SUITES, name));
if (unknown.length > 0) {
  console.error(`error: no suite ${unknown.join(', ')}\nhint: there are ${Object.keys(SUITES).join(', ')}`);
  process.exit(2);
}
for (const name of asked.length > 0 ? asked : Object.keys(SUITES)) {
  const { default: suite } = (await SUITES[name]?.()) ?? { default: () => Promise.resolve([]) };
  console.error(`# ${name}`);
  printResults(await suite());
}
