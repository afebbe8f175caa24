import { type Code, i32, select } from '../engine/wasm/encoder.ts'

/** Words of 32 bits at an address of the buffer, as generated code reads and writes them. */
export interface Words {
  get(word: number): Code
  set(word: number, value: Code): Code
  /** The word at `first` plus an index that is known only when the code runs. */
  at(first: number, index: Code): Code
  setAt(first: number, index: Code, value: Code): Code
}

const zero = i32.const(0)
const inBytes = (index: Code): Code => i32.shl(index, i32.const(2))

export const words = (address: number): Words => ({
  get: (word) => i32.load(zero, address + word * 4),
  set: (word, value) => i32.store(zero, address + word * 4, value),
  at: (first, index) => i32.load(inBytes(index), address + first * 4),
  setAt: (first, index, value) => i32.store(inBytes(index), address + first * 4, value),
})

/** The greater of two values, which are code without effect. */
export const max = (a: Code, b: Code): Code => select(i32.gtS(a, b), a, b)

/** The smaller of two values, likewise. */
export const min = (a: Code, b: Code): Code => select(i32.gtS(a, b), b, a)
