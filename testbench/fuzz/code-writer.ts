import { instructionLength } from '../../rtl-model/isa/decode.ts'
import { CodeBuffer } from '../random/code-buffer.ts'

/** Where a jump goes on from, once the code that it went to returns. */
export const LINK = 1
/** Registers that code may write; none of them is loaded before it runs. */
export const DESTINATIONS = [28, 29, 30, 31] as const
/** One of those that compressed instructions reach. */
export const COMPACT_DESTINATION = 15

const A0 = 10
const COMPACT = [8, 9, 10, 11, 12, 13, 14]
/** Last those of which calls take arguments. */
const OTHERS = [5, 6, 7, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 2, 3, 4, 16, 17]

/** Machine code in the making, with the values that it finds in registers. */
export class CodeWriter extends CodeBuffer {
  readonly #held = new Map<number, bigint>()

  constructor({ va, size }: { va: bigint; size: bigint }) {
    super(va, Number(size))
  }

  /** A register that holds the value, of those that compressed instructions reach if need be; x0 once none is left. */
  hold(value: bigint, isCompact = false): number {
    const wanted = BigInt.asUintN(64, value)
    if (wanted === 0n && !isCompact) return 0
    const registers = isCompact ? COMPACT : [...OTHERS, ...COMPACT]
    const register =
      registers.find((number) => this.#held.get(number) === wanted) ??
      registers.find((number) => !this.#held.has(number))
    if (register === undefined) return isCompact ? COMPACT[0] : 0
    this.#held.set(register, wanted)
    return register
  }

  /** Whether the registers from a0 on can hold these values, which they do then until a call changes them. */
  holdArguments(values: readonly bigint[]): boolean {
    const wanted = values.map((value, index) => [A0 + index, BigInt.asUintN(64, value)] as const)
    if (wanted.some(([register, value]) => (this.#held.get(register) ?? value) !== value)) return false
    for (const [register, value] of wanted) this.#held.set(register, value)
    return true
  }

  /** Registers to be loaded before the code runs, by number. */
  get registers(): [number, bigint][] {
    return [...this.#held].sort(([a], [b]) => a - b)
  }

  /** The instructions, one number each. */
  instructions(): number[] {
    const bytes = this.bytes()
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    const words: number[] = []
    for (let at = 0; at < bytes.length; ) {
      const length = instructionLength(bytes[at])
      words.push(length === 4 ? view.getUint32(at, true) : view.getUint16(at, true))
      at += length
    }
    return words
  }
}

/** The bytes of instructions. */
export function codeBytes(code: readonly number[]): Uint8Array {
  return Uint8Array.from(
    code.flatMap((bits) => Array.from({ length: instructionLength(bits) }, (_, at) => (bits >>> (8 * at)) & 255)),
  )
}
