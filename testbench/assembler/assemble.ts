import { Builder } from './builder.ts'
import { direct } from './directives.ts'
import { encodeSections, finalValue } from './encode.ts'
import { addInstruction } from './instruction.ts'
import { parse } from './parse.ts'
import { relax } from './relax.ts'
import type { Section } from './section.ts'
import { fail, type Statement } from './syntax.ts'

export interface AssembleOptions {
  /** Address of the first byte. */
  readonly base?: bigint
  /** The number of a CSR by its name. */
  readonly csrNumber: (name: string) => number | undefined
}

/** A program with its addresses. */
export interface Assembled {
  /** Those that are not empty, by ascending address. */
  readonly sections: readonly AssembledSection[]
  readonly symbols: readonly AssembledSymbol[]
  /** `_start`, or the first instruction where there is no such symbol. */
  readonly entry: bigint
}

export interface AssembledSection {
  readonly name: string
  readonly address: bigint
  /** Empty for sections such as .bss. */
  readonly bytes: Uint8Array
  /** Bytes in memory: those of `bytes`, or the zeroes of .bss. */
  readonly memoryBytes: number
  readonly executable: boolean
  readonly writable: boolean
}

export interface AssembledSymbol {
  readonly name: string
  readonly address: bigint
  /** Bytes, as .size says. */
  readonly size?: bigint
  /** As .type says. */
  readonly kind: 'function' | 'object' | 'none'
}

const PAGE = 4096n

/**
 * Assembles a program for RV64IMAC with Zicsr and Zifencei. The source is a subset of what GNU as takes, and the bytes are
 * those that GNU as and ld make without linker relaxation.
 *
 * Sections of instructions lie from `base` on (0x8000_0000), .text first; then from a new page sections that are only
 * read; then from a new page those that are written, at last those of zeroes. Inside these groups they lie in the order
 * of the text, each at its own alignment.
 *
 * @param file what to call the source in errors
 * @throws InputError `file:line:column: what is wrong`
 */
export function assemble(source: string, file: string, options: AssembleOptions): Assembled {
  const builder = new Builder(options.csrNumber)
  add(parse(source, file), builder)
  builder.finish()
  for (const section of builder.sections) relax(section)
  const base = options.base ?? 0x8000_0000n
  const sections = place(builder.sections, base)
  const bytes = encodeSections(sections)
  const symbols = symbolsOf(builder)
  return {
    sections: sections
      .map((section, index) => ({ ...described(section), bytes: bytes[index] }))
      .filter(({ memoryBytes }) => memoryBytes > 0),
    symbols,
    entry: symbols.find(({ name }) => name === '_start')?.address ?? base,
  }
}

function add(statements: readonly Statement[], builder: Builder): void {
  for (const statement of statements) {
    switch (statement.kind) {
      case 'label':
        builder.symbols.define(statement.name, builder.here(), statement.place)
        break
      case 'assignment':
        builder.symbols.assign(statement.name, builder.bind(statement.value), statement.place)
        break
      case 'repetition': {
        const count = builder.constant(statement.count)
        if (count < 0n || count > 1_000_000n) fail(statement.place, `.rept ${count}: the count must be 0 to 1000000`)
        for (let index = 0n; index < count; index++) add(statement.body, builder)
        break
      }
      case 'command':
        if (statement.name.startsWith('.')) direct(statement, builder)
        else addInstruction(statement, builder)
    }
  }
}

/** Gives the sections their addresses, and returns them in this order. */
function place(sections: readonly Section[], base: bigint): Section[] {
  const groups = [
    sections.filter(({ executable }) => executable),
    sections.filter(({ executable, writable }) => !executable && !writable),
    sections.filter(({ executable, writable, zero }) => !executable && writable && !zero),
    sections.filter(({ executable, writable, zero }) => !executable && writable && zero),
  ]
  let address = base
  for (const [index, group] of groups.entries()) {
    if (index === 1 || index === 2) address = alignUp(address, PAGE)
    for (const section of group) {
      section.address = alignUp(address, BigInt(section.alignment))
      address = section.address + BigInt(section.size)
    }
  }
  return groups.flat()
}

const alignUp = (address: bigint, to: bigint): bigint => ((address + to - 1n) / to) * to

const described = ({ name, address, size, executable, writable }: Section) => ({
  name,
  address,
  memoryBytes: size,
  executable,
  writable,
})

/** All symbols but those that GNU as keeps to itself, which begin with `.L`. */
function symbolsOf({ symbols }: Builder): AssembledSymbol[] {
  return [...symbols.byName.values()].flatMap(({ name, value, size, kind }) => {
    if (value === undefined || name.startsWith('.L')) return []
    const address = BigInt.asUintN(64, finalValue(value).number)
    return [{ name, address, kind, ...(size === undefined ? {} : { size: finalValue(size).number }) }]
  })
}
