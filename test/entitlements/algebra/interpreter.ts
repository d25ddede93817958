/** Classic BPF, run on one call, as naively as can be: the second opinion on diagrams. */
import type { Call } from '../../../src/entitlements/algebra/call.js';
import type { Instruction } from '../../../src/entitlements/algebra/bpf-program.js';

/** What the program returns, or throws when it goes astray. */
export function runProgram(program: readonly Instruction[], { arch, number, args }: Call): number {
  const data = new DataView(new ArrayBuffer(64));
  data.setUint32(0, number, true);
  data.setUint32(4, arch, true);
  // s390x has the upper half of an argument first.
  const halves = arch === 0x80000016 ? [4, 0] : [0, 4];
  args.forEach((arg, i) => {
    halves.forEach((at, j) =>
      data.setUint32(16 + 8 * i + at, Number((arg >> BigInt(32 * j)) & 0xffffffffn), true),
    );
  });
  const memory = new Uint32Array(16);
  let [a, x] = [0, 0];
  for (let pc = 0; ; pc++) {
    const { code, jt, jf, k } = program[pc]!;
    const jump = (test: boolean): number => (test ? jt : jf);
    if (code === 0x06) return k;
    else if (code === 0x16) return a;
    else if (code === 0x20) a = data.getUint32(k, true);
    else if (code === 0x80) a = 64;
    else if (code === 0x81) x = 64;
    else if (code === 0x00) a = k;
    else if (code === 0x01) x = k;
    else if (code === 0x60) a = memory[k]!;
    else if (code === 0x61) x = memory[k]!;
    else if (code === 0x02) memory[k] = a;
    else if (code === 0x03) memory[k] = x;
    else if (code === 0x54) a = (a & k) >>> 0;
    else if (code === 0x44) a = (a | k) >>> 0;
    else if (code === 0xa4) a = (a ^ k) >>> 0;
    else if (code === 0x64) a = (a << k) >>> 0;
    else if (code === 0x74) a >>>= k;
    else if (code === 0x07) x = a;
    else if (code === 0x87) a = x;
    else if (code === 0x05) pc += k;
    else if (code === 0x15) pc += jump(a === k);
    else if (code === 0x1d) pc += jump(a === x);
    else if (code === 0x25) pc += jump(a > k);
    else if (code === 0x2d) pc += jump(a > x);
    else if (code === 0x35) pc += jump(a >= k);
    else if (code === 0x3d) pc += jump(a >= x);
    else if (code === 0x45) pc += jump((a & k) !== 0);
    else if (code === 0x4d) pc += jump((a & x) !== 0);
    else throw new Error(`code ${code}`);
  }
}
