/** Tells what happens, line by line, and keeps count of what was expected and what was not. */
export class Narrator {
  readonly #skipped: string[] = [];
  readonly #surprises: string[] = [];
  #expected = 0;

  chapter(title: string): void {
    console.log(`\n${title}`);
  }

  say(text: string): void {
    for (const line of text.trim().split('\n')) console.log(`    ${line}`);
  }

  /** One claim of the demo: counted, and a surprise when it does not hold. */
  expect(claim: string, holds: boolean, seen = ''): void {
    if (holds) {
      this.#expected++;
      console.log(`  ok  ${claim}`);
    } else {
      this.surprise(seen === '' ? claim : `${claim}; instead: ${seen.trim()}`);
    }
  }

  skip(reason: string): void {
    this.#skipped.push(reason);
    console.log(`  --  skipped: ${reason}`);
  }

  surprise(text: string): void {
    this.#surprises.push(text);
    console.log(`  !!  ${text}`);
  }

  /** @returns the exit code */
  summary(): 0 | 1 {
    console.log(
      `\n${this.#expected} as expected, ${this.#surprises.length} surprises, ${this.#skipped.length} skipped`,
    );
    for (const reason of this.#skipped) console.log(`  skipped: ${reason}`);
    for (const text of this.#surprises) console.log(`  surprise: ${text}`);
    const mustNotSkip = process.env['WRIT_REQUIRE_SYSTEM'] === '1' && this.#skipped.length > 0;
    return this.#surprises.length === 0 && this.#expected > 0 && !mustNotSkip ? 0 : 1;
  }
}
