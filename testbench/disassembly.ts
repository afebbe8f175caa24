import { createDecoder, instructionLength } from '../rtl-model/isa/decode.ts'
import { disassemble } from '../rtl-model/isa/disassemble.ts'
import { instructions } from '../rtl-model/isa/table.ts'
import { InputError } from '../traces/input-error.ts'
import { createCsrNames } from './csr-names.ts'
import { type ElfFile, type ElfSegment, symbolAt } from './elf/image.ts'

const EXECUTABLE = 1

export type Disassembler = (bits: number, pc: bigint) => string

/** One instruction in assembly, from its bits and address, with the CSR names of the default core. */
export function createDisassembler(): Disassembler {
  const decode = createDecoder(instructions)
  const { csrName } = createCsrNames()
  return (bits, pc) => disassemble(decode(bits), bits, pc, csrName)
}

/** Addresses of a segment from `from` up to but not including `to`. */
interface Stretch {
  segment: ElfSegment
  from: bigint
  to: bigint
}

/**
 * The text of a program's executable segments, line by line: a heading for each symbol, then address, bits and assembly.
 * Bytes that a symbol calls data are shown as words. With `symbol` only what lies from that symbol up to its end.
 * @throws InputError where there is no such symbol in an executable segment, or no such segment at all.
 */
export function* disassembleElf(elf: ElfFile, symbol?: string): Generator<string> {
  const whole = elf.segments
    .filter(({ flags, bytes }) => (flags & EXECUTABLE) !== 0 && bytes.length > 0)
    .map((segment) => ({ segment, from: segment.va, to: segment.va + BigInt(segment.bytes.length) }))
  if (whole.length === 0) throw new InputError(`${elf.name}: no executable segment`)
  const text = createDisassembler()
  for (const stretch of symbol === undefined ? whole : [ofSymbol(elf, symbol, whole)]) yield* lines(elf, stretch, text)
}

/** From a symbol to its end: by its size, or else up to the next symbol of another address. */
function ofSymbol(elf: ElfFile, name: string, whole: readonly Stretch[]): Stretch {
  const found = elf.symbols.find((candidate) => candidate.name === name)
  if (found === undefined) throw new InputError(`${elf.name}: no symbol ${name}`)
  const { address: from, size } = found
  const around = whole.find((stretch) => from >= stretch.from && from < stretch.to)
  if (around === undefined) throw new InputError(`${elf.name}: symbol ${name} is in no executable segment`)
  const next = elf.symbols.find(({ address }) => address > from)?.address ?? around.to
  const to = size > 0n ? from + size : next
  return { segment: around.segment, from, to: to < around.to ? to : around.to }
}

function* lines(elf: ElfFile, { segment, from, to }: Stretch, text: Disassembler): Generator<string> {
  const symbols = elf.symbols.filter(({ address }) => address >= from && address < to)
  let next = 0
  let isData = false
  for (let pc = from; pc < to; ) {
    const first = next
    while (next < symbols.length && symbols[next].address <= pc) next++
    if (next > first) {
      const here = symbols.slice(first, next)
      if (pc > from) yield ''
      for (const { name } of here) yield `${hex(pc, 16)} <${name}>:`
      isData = here.every(({ kind }) => kind === 'object')
    }
    const offset = Number(pc - segment.va)
    const left = Number((symbols[next]?.address ?? to) - pc)
    const length = instructionLength(segment.bytes[offset])
    const isInstruction = !isData && length <= left
    const size = isInstruction ? length : dataSizes.find((bytes) => bytes <= left)!
    const bits = littleEndian(segment.bytes.subarray(offset, offset + size))
    const assembly = isInstruction
      ? withTarget(elf, text(bits, pc))
      : `.${dataDirectives[size]} 0x${hex(bits, size * 2)}`
    yield `${pc.toString(16).padStart(12)}:  ${hex(bits, size * 2).padEnd(8)}  ${assembly}`
    pc += BigInt(size)
  }
}

/** The assembly of a branch or jump with the symbol that it goes to; its target is the last operand, and the only hex one. */
function withTarget(elf: ElfFile, assembly: string): string {
  const target = /^(?:c\.)?[bj].* (0x[\da-f]+)$/.exec(assembly)?.[1]
  const symbol = target === undefined ? undefined : symbolAt(elf, BigInt(target))
  if (symbol === undefined) return assembly
  return `${assembly} <${symbol.name}${symbol.offset === 0n ? '' : `+0x${symbol.offset.toString(16)}`}>`
}

const dataSizes = [4, 2, 1] as const
const dataDirectives = { 4: 'word', 2: 'half', 1: 'byte' } as const

function littleEndian(bytes: Uint8Array): number {
  return bytes.reduceRight((value, byte) => value * 256 + byte, 0)
}

const hex = (value: bigint | number, digits: number): string => value.toString(16).padStart(digits, '0')
