/** Classic BPF as seccomp loads it, checked as the kernel does: net/core/filter.c, kernel/seccomp.c. */
import { WritError } from '../../errors.js';

/** `struct sock_filter`. */
export interface Instruction {
  readonly code: number;
  readonly jt: number;
  readonly jf: number;
  readonly k: number;
}

export const OP = {
  loadWord: 0x20,
  loadLength: 0x80,
  loadLengthX: 0x81,
  loadConstant: 0x00,
  loadConstantX: 0x01,
  loadMemory: 0x60,
  loadMemoryX: 0x61,
  store: 0x02,
  storeX: 0x03,
  and: 0x54,
  or: 0x44,
  xor: 0xa4,
  shiftLeft: 0x64,
  shiftRight: 0x74,
  jump: 0x05,
  jumpEqual: 0x15,
  jumpEqualX: 0x1d,
  jumpGreater: 0x25,
  jumpGreaterX: 0x2d,
  jumpNotLess: 0x35,
  jumpNotLessX: 0x3d,
  jumpSet: 0x45,
  jumpSetX: 0x4d,
  returnConstant: 0x06,
  returnA: 0x16,
  aToX: 0x07,
  xToA: 0x87,
} as const;

export const BRANCHES: ReadonlySet<number> = new Set([
  ...[OP.jumpEqual, OP.jumpGreater, OP.jumpNotLess, OP.jumpSet],
  ...[OP.jumpEqualX, OP.jumpGreaterX, OP.jumpNotLessX, OP.jumpSetX],
]);
const RETURNS: ReadonlySet<number> = new Set([OP.returnConstant, OP.returnA]);
const MEMORY: ReadonlySet<number> = new Set([OP.loadMemory, OP.loadMemoryX, OP.store, OP.storeX]);
const KNOWN: ReadonlySet<number> = new Set(Object.values(OP));

/** BPF_MAXINSNS. */
export const MAX_INSTRUCTIONS = 4096;
/** BPF_MEMWORDS. */
export const MEMORY_WORDS = 16;
/** Of `struct seccomp_data`. */
export const DATA_BYTES = 64;
const INSTRUCTION_BYTES = 8;

/**
 * The instructions of a program as the kernel takes them: eight bytes each, little-endian, or big-endian as s390x has them.
 *
 * @throws WritError PROFILE_PROGRAM for what the kernel would refuse, and for arithmetic that no filter needs
 *   (`add`, `sub`, `mul`, `div`, `neg`, shifts by X)
 */
export function parseProgram(bytes: Uint8Array): readonly Instruction[] {
  const count = bytes.length / INSTRUCTION_BYTES;
  if (!Number.isInteger(count) || count === 0 || count > MAX_INSTRUCTIONS)
    throw malformed(`it has ${bytes.length} bytes, not 8 for each of 1 to ${MAX_INSTRUCTIONS} instructions`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const little = isLittleEndian(view);
  return checkProgram(
    Array.from({ length: count }, (_, i) => ({
      code: view.getUint16(i * INSTRUCTION_BYTES, little),
      jt: view.getUint8(i * INSTRUCTION_BYTES + 2),
      jf: view.getUint8(i * INSTRUCTION_BYTES + 3),
      k: view.getUint32(i * INSTRUCTION_BYTES + 4, little),
    })),
  );
}

/** All codes are below 256, and none that a program ends with is 0: the byte that is 0 tells. */
function isLittleEndian(view: DataView): boolean {
  return view.getUint8(view.byteLength - INSTRUCTION_BYTES) !== 0;
}

/** @throws WritError PROFILE_PROGRAM as {@link parseProgram} */
export function checkProgram(program: readonly Instruction[]): readonly Instruction[] {
  program.forEach((instruction, pc) => {
    const { code, k } = instruction;
    if (!KNOWN.has(code)) throw malformed(`instruction ${pc} has the code 0x${code.toString(16)}`);
    if (code === OP.loadWord && (k % 4 !== 0 || k >= DATA_BYTES))
      throw malformed(`instruction ${pc} loads from ${k}`);
    if (MEMORY.has(code) && k >= MEMORY_WORDS) throw malformed(`instruction ${pc} uses the memory word ${k}`);
    for (const next of successors(instruction, pc)) {
      if (next >= program.length) throw malformed(`instruction ${pc} goes beyond the end`);
    }
  });
  return program;
}

/** Where a program goes after the instruction at `pc`. */
export function successors({ code, jt, jf, k }: Instruction, pc: number): readonly number[] {
  if (RETURNS.has(code)) return [];
  if (code === OP.jump) return [pc + 1 + k];
  return BRANCHES.has(code) ? [pc + 1 + jt, pc + 1 + jf] : [pc + 1];
}

export const malformed = (why: string): WritError =>
  new WritError('PROFILE_PROGRAM', `the program is no seccomp filter: ${why}`);
