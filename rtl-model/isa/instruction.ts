import type { Expression } from './expression.ts'
import type { Format } from './format.ts'

/** One row of the instruction table. Everything the house knows of an instruction comes from its row. */
export interface Instruction {
  /** Name in assembly. */
  readonly name: string
  readonly extension: Extension
  /** The instruction is recognised by `(bits & mask) === match`, both unsigned, and no operand among `reserved`. */
  readonly match: number
  readonly mask: number
  readonly format: Format
  /** Operand values that are another instruction's, or reserved: the row does not match them. */
  readonly reserved: readonly Reserved[]
  readonly semantics: Semantics
  readonly timing: TimingClass
}

export interface Reserved {
  readonly operand: 'rd' | 'rs1' | 'rs2' | 'immediate'
  readonly value: bigint
}

export type Extension = 'I' | 'M' | 'A' | 'C' | 'Zicsr' | 'Zifencei' | 'privileged'

/** What decides how long the instruction takes. */
export type TimingClass =
  | 'alu'
  | 'mul'
  | 'div'
  | 'load'
  | 'store'
  | 'amo'
  | 'branch'
  | 'jump'
  | 'jump-register'
  | 'fence'
  | 'system'

/** Bytes of a memory access. */
export type Size = 1 | 2 | 4 | 8

/** What an instruction does. Unless it says otherwise, the next instruction follows. */
export type Semantics =
  /** rd := value */
  | { readonly kind: 'compute'; readonly value: Expression }
  /** Jumps to `target` where the condition is not 0. */
  | { readonly kind: 'branch'; readonly condition: Expression; readonly target: Expression }
  /** rd := address of the next instruction; jumps to `target`. */
  | { readonly kind: 'jump'; readonly target: Expression }
  /** rd := `size` bytes at `address`, sign- or zero-extended. */
  | { readonly kind: 'load'; readonly address: Expression; readonly size: Size; readonly signed: boolean }
  /** The low `size` bytes of `value` go to `address`. */
  | { readonly kind: 'store'; readonly address: Expression; readonly size: Size; readonly value: Expression }
  /** rd := memory at rs1, sign-extended; memory at rs1 := `value`, in one step. */
  | { readonly kind: 'amo'; readonly size: 4 | 8; readonly value: Expression }
  /** What the rest of the core decides: a plain function does it, `core/system.ts` has those of the table. */
  | { readonly kind: 'system'; readonly action: string }

export type SystemAction =
  | 'fence'
  | 'fence.i'
  | 'ecall'
  | 'ebreak'
  | 'mret'
  | 'sret'
  | 'wfi'
  | 'sfence.vma'
  | 'csr-write'
  | 'csr-set'
  | 'csr-clear'
  | 'csr-write-immediate'
  | 'csr-set-immediate'
  | 'csr-clear-immediate'
  | 'load-reserved-word'
  | 'load-reserved-double'
  | 'store-conditional-word'
  | 'store-conditional-double'

const timingOf: Record<Semantics['kind'], TimingClass> = {
  compute: 'alu',
  branch: 'branch',
  jump: 'jump',
  load: 'load',
  store: 'store',
  amo: 'amo',
  system: 'system',
}

/** A row, with the timing class that its kind of semantics usually has. */
export function instruction(
  name: string,
  extension: Extension,
  encoding: Encoding,
  semantics: Semantics,
  more: { timing?: TimingClass; reserved?: readonly Reserved[] } = {},
): Instruction {
  const { match, mask, format } = encoding
  const timing = more.timing ?? timingOf[semantics.kind]
  return {
    name,
    extension,
    match: match >>> 0,
    mask: mask >>> 0,
    format,
    reserved: more.reserved ?? [],
    semantics,
    timing,
  }
}

/** Fixed bits and where the operands are. */
export interface Encoding {
  readonly match: number
  readonly mask: number
  readonly format: Format
}
