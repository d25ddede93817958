/** Ends a run with what was skipped and why, and with one plain line of counts; CI turns a skip into a failure. */
import type { Reporter, TestCase, TestModule } from 'vitest/node';

export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const cases = modules.flatMap(module => [...module.children.allTests()]);
    const count = (state: string): number => cases.filter(test => test.result().state === state).length;
    const skipped = cases.filter(test => test.result().state === 'skipped');
    const suites = modules.flatMap(module => [module, ...module.children.allSuites()]);
    const broken = suites.filter(suite => suite.errors().length > 0).length;
    if (skipped.length > 0) {
      console.log(`\nSkipped on this machine (${skipped.length} tests):`);
      for (const reason of new Set(skipped.map(reasonOf))) console.log(`  ${reason}`);
    }
    const failed = count('failed') + broken;
    console.log(`\n${count('passed')} passed, ${failed} failed, ${skipped.length} skipped`);
    if (skipped.length > 0 && process.env['WRIT_REQUIRE_SYSTEM'] === '1') {
      console.log('error: WRIT_REQUIRE_SYSTEM=1 allows no skip');
      process.exitCode = 1;
    }
  }
}

function reasonOf(test: TestCase): string {
  return test.fullName.match(/^[^\]]*\]/)?.[0] ?? test.fullName;
}
