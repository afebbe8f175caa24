import { type EncodeOperands, encode } from '../../rtl-model/isa/decode.ts'
import type { Instruction } from '../../rtl-model/isa/instruction.ts'
import { instructions } from '../../rtl-model/isa/table.ts'

const rowsByName = new Map(instructions.map((row) => [row.name, row]))

export function rowNamed(name: string): Instruction {
  const row = rowsByName.get(name)
  if (row === undefined) throw new RangeError(`no instruction ${name}`)
  return row
}

interface Fixup {
  at: number
  row: Instruction
  operands: EncodeOperands
  label: string
  /** Bytes past the label. */
  extra: number
  /** Bytes from the instruction that the offset counts from: for the second of a pair, its auipc. */
  from: number
  part: 'whole' | 'high' | 'low'
}

/** Machine code put together at a known address, with labels that may be set later. */
export class CodeBuffer {
  readonly base: bigint
  readonly #bytes: Uint8Array
  #length = 0
  readonly #labels = new Map<string, number>()
  readonly #fixups: Fixup[] = []

  constructor(base: bigint, capacity: number) {
    this.base = base
    this.#bytes = new Uint8Array(capacity)
  }

  get pc(): bigint {
    return this.base + BigInt(this.#length)
  }

  get room(): number {
    return this.#bytes.length - this.#length
  }

  /** Sets a label here; returns the address. */
  label(name: string): bigint {
    this.#labels.set(name, this.#length)
    return this.pc
  }

  half(bits: number): void {
    if (this.room < 2) throw new RangeError('the code does not fit its place')
    this.#bytes[this.#length++] = bits & 0xff
    this.#bytes[this.#length++] = (bits >>> 8) & 0xff
  }

  word(bits: number): void {
    this.half(bits & 0xffff)
    this.half(bits >>> 16)
  }

  double(value: bigint): void {
    for (let shift = 0n; shift < 64n; shift += 16n) this.half(Number((value >> shift) & 0xffffn))
  }

  /** Zeros up to a multiple of `alignment` bytes. */
  align(alignment: number): void {
    while (this.#length % alignment !== 0) this.half(0)
  }

  /** Zeros up to `offset` bytes from the start, if that lies ahead. */
  padTo(offset: number): void {
    while (this.#length < offset) this.half(0)
  }

  get length(): number {
    return this.#length
  }

  instruction(row: Instruction, bits: number): void {
    if (row.format.length === 4) this.word(bits)
    else this.half(bits)
  }

  op(name: string, operands: EncodeOperands = {}): void {
    const row = rowNamed(name)
    const bits = encode(row, operands)
    if (bits === undefined) throw new RangeError(`${name} cannot have ${JSON.stringify(operands)}`)
    this.instruction(row, bits)
  }

  csrw(csr: number, rs1: number): void {
    this.op('csrrw', { rs1, immediate: csr })
  }

  csrr(rd: number, csr: number): void {
    this.op('csrrs', { rd, immediate: csr })
  }

  /** A branch or jump to `label`, `extra` bytes past it; where it does not reach, it becomes a nop of its length. */
  jump(row: Instruction, operands: EncodeOperands, label: string, extra = 0): void {
    this.#fixups.push({ at: this.#length, row, operands, label, extra, from: 0, part: 'whole' })
    this.instruction(row, 0)
  }

  /** auipc and `name` (addi, jalr): the address of `label` plus `extra`. */
  pair(name: string, rd: number, base: number, label: string, extra = 0): void {
    const auipc = { at: this.#length, row: rowNamed('auipc'), operands: { rd: base }, label, extra, from: 0 }
    this.#fixups.push({ ...auipc, part: 'high' })
    this.word(0)
    const second = { at: this.#length, row: rowNamed(name), operands: { rd, rs1: base }, label, extra, from: 4 }
    this.#fixups.push({ ...second, part: 'low' })
    this.word(0)
  }

  /** rd := an address that is known already. */
  address(rd: number, address: bigint): void {
    const delta = Number(address - this.pc)
    this.op('auipc', { rd, immediate: high(delta) })
    this.op('addi', { rd, rs1: rd, immediate: delta - high(delta) })
  }

  /** rd := value, in one to eight instructions. */
  li(rd: number, value: bigint): void {
    const signed = BigInt.asIntN(64, value)
    if (signed >= -2048n && signed < 2048n) {
      this.op('addi', { rd, immediate: Number(signed) })
    } else if (signed === BigInt.asIntN(32, signed)) {
      const upper = high(Number(signed))
      this.op('lui', { rd, immediate: upper })
      const low = Number(signed) - upper
      if (low !== 0) this.op('addiw', { rd, rs1: rd, immediate: (low << 20) >> 20 })
    } else {
      const low = BigInt.asIntN(12, signed)
      let rest = (signed - low) >> 12n
      let shift = 12
      while ((rest & 1n) === 0n) {
        rest >>= 1n
        shift++
      }
      this.li(rd, BigInt.asIntN(64 - shift, rest))
      this.op('slli', { rd, rs1: rd, immediate: shift })
      if (low !== 0n) this.op('addi', { rd, rs1: rd, immediate: Number(low) })
    }
  }

  /** The bytes, once every label is set. */
  bytes(): Uint8Array {
    const end = this.#length
    for (const { at, row, operands, label, extra, from, part } of this.#fixups) {
      const target = this.#labels.get(label)
      if (target === undefined) throw new RangeError(`no label ${label}`)
      const delta = target + extra - (at - from)
      const upper = high(delta)
      const immediate = part === 'whole' ? delta : part === 'high' ? upper : delta - upper
      this.#length = at
      this.instruction(row, encode(row, { ...operands, immediate }) ?? (row.format.length === 4 ? 0x13 : 1))
    }
    this.#length = end
    this.#fixups.length = 0
    return this.#bytes.slice(0, end)
  }
}

/** The multiple of 4096 that leaves a remainder of -2048 to 2047; as a signed 32-bit number. */
function high(value: number): number {
  return (value + 0x800) & ~0xfff
}
