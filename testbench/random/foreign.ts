import { pick } from './choice.ts'
import { decode } from './rows.ts'

/** Major opcodes that RV64IMAC leaves to extensions; most often the loads and stores of registers that it lacks. */
const accesses = [0x07, 0x27]
const others = [0x0b, 0x2b, 0x5b, 0x7b, 0x43, 0x47, 0x4b, 0x4f, 0x53, 0x57, 0x77]
const foreignOpcodes = [...accesses, ...accesses, ...accesses, ...others]

const ILLEGAL = 0xffff_ffff

/**
 * An encoding that is no instruction of this core but may be one of another: few of its bits are set.
 * @param rs1 the register that would hold an address
 */
export function foreignEncoding(choice: number, more: number, rs1: number): number {
  const function7 = pick([0, 1, 2, 4, 8, 16, 32, 64], choice >>> 8)
  const function3 = pick([0, 0, 0, 0, more % 8], choice >>> 16)
  const rd = pick([0, 0, more % 32], choice >>> 19)
  const fields = (function7 << 25) | ((more >>> 27) << 20) | (rs1 << 15) | (function3 << 12) | (rd << 7)
  const bits = (fields | pick(foreignOpcodes, choice)) >>> 0
  return decode(bits) === undefined ? bits : ILLEGAL
}
