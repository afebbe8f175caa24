import type { Core } from '../../rtl-model/core/core.ts'
import type { Retirement } from '../../rtl-model/core/retirement.ts'
import { disassemble } from '../../rtl-model/isa/disassemble.ts'
import type { CommitBatch } from '../../traces/spike/commit-batch.ts'
import { exceptionName } from '../../traces/spike/trap-names.ts'
import type { CommitEvent, ExceptionEvent } from '../../traces/trace-event.ts'
import { type ElfFile, symbolAt } from '../elf/image.ts'
import type { FieldDifference } from './fields.ts'

/** One instruction of the surroundings. */
export interface ContextLine {
  /** Line of the log. */
  line: number
  pc: bigint
  /** Function and offset, where the program has symbols. */
  symbol?: string
  text: string
}

/** The first place where the model and the log differ, and what one needs to see why. */
export interface Divergence {
  /** Instructions that agreed before it. */
  instruction: number
  before: ContextLine[]
  at: ContextLine
  /** Lines of the log that follow. */
  after: ContextLine[]
  fields: FieldDifference[]
  /** What the model did instead, where it retired no instruction or another one. */
  model: string
  /** Translation and PMP of the addresses concerned, before the instruction. */
  state: string[]
}

const SURROUNDINGS = 4

/** Describes a divergence. The core stands before the instruction concerned. */
export function describeDivergence(
  core: Core,
  elf: ElfFile,
  seen: {
    instruction: number
    event: CommitEvent | ExceptionEvent
    retirement: Retirement | undefined
    found: FieldDifference[]
    batch: CommitBatch
    row: number
  },
): Divergence {
  const { event, retirement, batch, row } = seen
  const lineOf = (at: number): ContextLine => commitLine(core, elf, batch.commit(at))
  const rows = (from: number, to: number): ContextLine[] =>
    Array.from({ length: Math.max(0, Math.min(to, batch.rows) - Math.max(0, from)) }, (_, i) =>
      lineOf(Math.max(0, from) + i),
    )
  const nextRow = event.kind === 'commit' && batch.line[row] === event.line ? row + 1 : row
  return {
    instruction: seen.instruction,
    before: rows(row - SURROUNDINGS, row),
    at: event.kind === 'commit' ? commitLine(core, elf, event) : exceptionLine(elf, event),
    after: rows(nextRow, nextRow + SURROUNDINGS),
    fields: seen.found,
    model: modelText(core, elf, retirement),
    state: stateLines(core, event, retirement),
  }
}

function commitLine(core: Core, elf: ElfFile, { line, pc, instruction }: CommitEvent): ContextLine {
  const text = disassemble(core.decode(instruction), instruction, pc, (csr) => core.csr.name(csr))
  return { line, pc, text, ...symbolText(elf, pc) }
}

function exceptionLine(elf: ElfFile, { line, epc, name }: ExceptionEvent): ContextLine {
  return { line, pc: epc, text: name, ...symbolText(elf, epc) }
}

function symbolText(elf: ElfFile, pc: bigint): { symbol?: string } {
  const found = symbolAt(elf, pc)
  if (found === undefined) return {}
  return { symbol: found.offset === 0n ? found.name : `${found.name}+0x${found.offset.toString(16)}` }
}

function modelText(core: Core, elf: ElfFile, retirement: Retirement | undefined): string {
  if (retirement === undefined) return 'the model retires no instruction here: it traps again and again'
  const at = `0x${retirement.pc.toString(16)}`
  const where = symbolText(elf, retirement.pc).symbol
  const place = where === undefined ? at : `${at} (${where})`
  if (retirement.trap) {
    const { cause, interrupt, tval } = retirement.trap
    return `${place} ${exceptionName(cause, interrupt)}, tval 0x${tval.toString(16)}`
  }
  const text = disassemble(core.decode(retirement.instruction), retirement.instruction, retirement.pc, (csr) =>
    core.csr.name(csr),
  )
  return `${place} ${text}`
}

function stateLines(core: Core, event: CommitEvent | ExceptionEvent, retirement: Retirement | undefined): string[] {
  const pc = event.kind === 'commit' ? event.pc : event.epc
  const lines = core.mmu.explain(pc, 'fetch', core.fetchContext())
  const accesses = [...(retirement?.memory ?? []), ...(event.kind === 'commit' ? event.memory : [])]
  const explained = new Set<string>()
  for (const { kind, va } of accesses) {
    const key = `${kind} ${va}`
    if (explained.has(key)) continue
    explained.add(key)
    lines.push(...core.mmu.explain(va, kind, core.dataContext()))
  }
  return lines
}
