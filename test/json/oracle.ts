/** A second strict reader, written the slow and obvious way: one character at a time, straight from RFC 8259. */

export type Outcome = { readonly value: unknown } | { readonly refused: string };

class Refused extends Error {}

export function naiveParse(text: string, maxDepth = 64): Outcome {
  try {
    return { value: new Reader(text, maxDepth).document() };
  } catch (error) {
    if (error instanceof Refused) return { refused: error.message };
    throw error;
  }
}

class Reader {
  private at = 0;
  private readonly text: string;
  private readonly maxDepth: number;
  constructor(text: string, maxDepth: number) {
    this.text = text;
    this.maxDepth = maxDepth;
  }

  document(): unknown {
    const value = this.value(0);
    this.space();
    if (this.at !== this.text.length) throw new Refused('garbage at the end');
    return value;
  }

  private space(): void {
    while (' \t\n\r'.includes(this.text[this.at] ?? 'x')) this.at++;
  }

  private take(token: string): boolean {
    if (!this.text.startsWith(token, this.at)) return false;
    this.at += token.length;
    return true;
  }

  private value(depth: number): unknown {
    this.space();
    if (this.take('null')) return null;
    if (this.take('true')) return true;
    if (this.take('false')) return false;
    if (this.take('{')) return this.object(depth + 1);
    if (this.take('[')) return this.array(depth + 1);
    if (this.text[this.at] === '"') return this.string();
    return this.number();
  }

  private object(depth: number): unknown {
    if (depth > this.maxDepth) throw new Refused('too deep');
    const members = new Map<string, unknown>();
    this.space();
    if (this.take('}')) return {};
    do {
      this.space();
      const key = this.string();
      this.space();
      if (!this.take(':')) throw new Refused('no colon');
      const value = this.value(depth);
      if (members.has(key)) throw new Refused('duplicate key');
      members.set(key, value);
      this.space();
    } while (this.take(','));
    if (!this.take('}')) throw new Refused('object not closed');
    return Object.fromEntries(members);
  }

  private array(depth: number): unknown {
    if (depth > this.maxDepth) throw new Refused('too deep');
    const items: unknown[] = [];
    this.space();
    if (this.take(']')) return items;
    do {
      items.push(this.value(depth));
      this.space();
    } while (this.take(','));
    if (!this.take(']')) throw new Refused('array not closed');
    return items;
  }

  private string(): string {
    if (!this.take('"')) throw new Refused('no string');
    let out = '';
    for (;;) {
      const char = this.text[this.at++];
      if (char === undefined || char < ' ') throw new Refused('string not closed');
      if (char === '"') break;
      out += char === '\\' ? this.escape() : char;
    }
    for (const point of out) if (/^[\ud800-\udfff]$/.test(point)) throw new Refused('half a pair');
    return out;
  }

  private escape(): string {
    const char = this.text[this.at++] ?? '';
    const plain: Record<string, string> = {
      '"': '"',
      '\\': '\\',
      '/': '/',
      b: '\b',
      f: '\f',
      n: '\n',
      r: '\r',
      t: '\t',
    };
    if (Object.hasOwn(plain, char)) return plain[char]!;
    const hex = this.text.slice(this.at, this.at + 4);
    if (char !== 'u' || !/^[0-9a-fA-F]{4}$/.test(hex)) throw new Refused('bad escape');
    this.at += 4;
    return String.fromCharCode(parseInt(hex, 16));
  }

  private number(): number {
    const found = /^-?(?:0|[1-9][0-9]*)/.exec(this.text.slice(this.at))?.[0];
    if (found === undefined) throw new Refused('no value');
    this.at += found.length;
    if (/^[.eE]/.test(this.text.slice(this.at))) throw new Refused('not an integer');
    const value = BigInt(found);
    if (found === '-0' || value > 2n ** 53n - 1n || value < -(2n ** 53n) + 1n)
      throw new Refused('out of range');
    return Number(value);
  }
}
