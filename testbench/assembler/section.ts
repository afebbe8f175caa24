import type { Instruction } from '../../rtl-model/isa/instruction.ts'
import type { Bound } from './expression.ts'
import type { Place, Relocation } from './syntax.ts'

// What the first pass makes of the statements. Sizes are known, but for those of branches and alignments: each of these
// ends a fragment, and the second pass (relax.ts) gives it a size.

export interface Section {
  readonly name: string
  readonly executable: boolean
  readonly writable: boolean
  /** Takes memory and has no bytes, as .bss. */
  readonly zero: boolean
  /** Bytes, a power of two. */
  alignment: number
  readonly fragments: Fragment[]
  /** Known after the second pass. */
  address: bigint
  size: number
}

export interface Fragment {
  readonly items: Item[]
  /** Bytes of the items. */
  size: number
  end: Branch | Alignment | undefined
  /** Bytes from the beginning of the section, and of `end`; known after the second pass. */
  offset: number
  endSize: number
}

/** A place in a section. A reference to a local label further on has no section yet. */
export interface Label {
  section: Section | undefined
  fragment: Fragment | undefined
  /** Bytes from the beginning of the fragment. */
  offset: number
}

export type Item = { readonly offset: number } & (Bytes | Value | Code)

export interface Bytes {
  readonly kind: 'bytes'
  readonly bytes: ArrayLike<number>
}

/** The value of an expression, little endian. */
export interface Value {
  readonly kind: 'value'
  readonly size: 1 | 2 | 4 | 8
  readonly expression: Bound
  readonly place: Place
}

/** An instruction whose row is chosen. */
export interface Code {
  readonly kind: 'code'
  readonly row: Instruction
  readonly operands: Operands
  /** The aq and rl bits of an AMO. */
  readonly ordering: number
  readonly place: Place
}

export interface Operands {
  rd?: number
  rs1?: number
  rs2?: number
  /** A number, or what is known only when addresses are. */
  immediate?: number | Relocated
}

export interface Relocated {
  /** An address relative to the instruction, or part of an address. */
  readonly kind: 'target' | Relocation
  readonly expression: Bound
  readonly place: Place
}

/** A branch or jump that takes the shortest form that reaches, as GNU as chooses it. */
export interface Branch {
  readonly kind: 'branch'
  readonly row: Instruction
  /** The 16-bit form, where the operands have one and it is allowed. */
  readonly short: Instruction | undefined
  readonly operands: Operands & { immediate: Relocated }
}

export interface Alignment {
  readonly kind: 'alignment'
  /** A power of two. */
  readonly bytes: number
  /** The byte to fill with, or instructions that do nothing. */
  readonly fill: number | 'nop'
  /** Where more bytes would be needed, there is no alignment. */
  readonly most: number
}

export const newFragment = (): Fragment => ({ items: [], size: 0, end: undefined, offset: 0, endSize: 0 })
