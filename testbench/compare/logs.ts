import { createDecoder } from '../../rtl-model/isa/decode.ts'
import { disassemble } from '../../rtl-model/isa/disassemble.ts'
import { instructions } from '../../rtl-model/isa/table.ts'
import { openTrace, type Trace } from '../../traces/open.ts'
import type { CommitEvent, ExceptionEvent } from '../../traces/trace-event.ts'
import { differences, type FieldDifference, maskFor, type Omissions, omissionsOf } from './fields.ts'
import { MaskHits, type MaskId } from './masks.ts'
import { Taint } from './taint.ts'

/** What comparing two logs came to. */
export interface LogComparison {
  same: boolean
  logs: [LogSummary, LogSummary]
  /** Instructions that both retired. */
  instructions: number
  masks: { id: MaskId; reason: string; scope: string; hits: number }[]
  divergence?: LogDivergence
}

export interface LogSummary {
  path: string
  format: string
  instructions: number
  /** Lines at the start, in a boot ROM that the other log does not have. */
  skipped: number
}

export interface LogDivergence {
  /** Instructions that agreed before it. */
  instruction: number
  before: LogLine[]
  /** The two lines; undefined where one log had ended. */
  left: LogLine | undefined
  right: LogLine | undefined
  fields: FieldDifference[]
}

export interface LogLine {
  line: number
  pc: bigint
  text: string
}

export interface LogOptions {
  /** Name of a CSR by its number, as the fields of RVFI files have it. */
  csrName(csr: number): string
  /** Is told how many instructions are done. */
  progress?(instructions: number): void
}

/** Boot ROM of Spike and QEMU, which a log of other hardware does not have. */
const BOOT_ROM = { base: 0x1000n, end: 0x2000n }

const PROGRESS_EVERY = 65_536
const SURROUNDINGS = 4

type Item = CommitEvent | ExceptionEvent

/**
 * Compares two logs of any format or generation, instruction by instruction, in the fields that both record and in constant
 * memory. A value that differs by permission may make later ones differ that are computed from it, and no others.
 *
 * @throws InputError for a log that cannot be read
 */
export async function compareLogs(left: string, right: string, options: LogOptions): Promise<LogComparison> {
  const sides = [await openSide(left, options), await openSide(right, options)] as const
  const hits = new MaskHits()
  const taint = new Taint()
  const before: LogLine[] = []
  let instructions = 0
  let divergence: LogDivergence | undefined
  try {
    await alignStart(sides)
    for (;;) {
      const [ours, theirs] = await nextPair(sides)
      if (ours === undefined && theirs === undefined) break
      const omissions = { ...sides[0].omissions() }
      for (const key of ['loads', 'stores', 'csrs'] as const) omissions[key] ||= sides[1].omissions()[key]
      const fields = judge(ours, theirs, omissions, hits, taint)
      if (fields === undefined || fields.length > 0) {
        divergence = {
          instruction: instructions,
          before,
          left: ours && lineOf(ours, options),
          right: theirs && lineOf(theirs, options),
          fields: fields ?? [],
        }
        break
      }
      if (ours!.kind === 'commit') instructions++
      before.push(lineOf(ours!, options))
      if (before.length > SURROUNDINGS) before.shift()
      if (instructions % PROGRESS_EVERY === 0) options.progress?.(instructions)
    }
  } finally {
    for (const side of sides) await side.close()
  }
  return {
    same: divergence === undefined,
    logs: [sides[0].summary(), sides[1].summary()],
    instructions,
    masks: hits.used(),
    ...(divergence && { divergence }),
  }
}

/** The differences that no mask permits; undefined where one log has something that the other has not. */
function judge(
  ours: Item | undefined,
  theirs: Item | undefined,
  omissions: Omissions,
  hits: MaskHits,
  taint: Taint,
): FieldDifference[] | undefined {
  if (ours?.kind === 'exception' && theirs?.kind === 'exception') return exceptionDifferences(ours, theirs)
  if (ours?.kind !== 'commit' || theirs?.kind !== 'commit') return undefined
  const load = ours.memory.find(({ kind }) => kind === 'load')
  const found = differences(ours, theirs)
  const unmasked: FieldDifference[] = []
  for (const difference of found) {
    const mask = maskFor(difference, ours.instruction, load?.va, omissions) ?? taint.maskFor(difference, ours)
    if (mask === undefined) unmasked.push(difference)
    else hits.add(mask)
  }
  taint.follow(ours, found)
  return unmasked
}

function exceptionDifferences(ours: ExceptionEvent, theirs: ExceptionEvent): FieldDifference[] {
  const found: FieldDifference[] = []
  const compare = (field: string, left: unknown, right: unknown): void => {
    if (left !== undefined && right !== undefined && left !== right) {
      found.push({ field, left: String(left), right: String(right) })
    }
  }
  compare('cause', ours.cause, theirs.cause)
  compare('interrupt', ours.interrupt, theirs.interrupt)
  compare('epc', ours.epc.toString(16), theirs.epc.toString(16))
  compare('tval', ours.tval?.toString(16), theirs.tval?.toString(16))
  return found
}

/** One log, read item by item. */
interface Side {
  /** The next item, which stays the next one until it is taken. */
  peek(): Promise<Item | undefined>
  take(): Promise<Item | undefined>
  omissions(): Omissions
  summary(): LogSummary
  skip(): Promise<void>
  close(): Promise<void>
}

async function openSide(path: string, { csrName }: LogOptions): Promise<Side> {
  const trace: Trace = await openTrace(path, csrName)
  const events = trace.log.events()
  const summary: LogSummary = { path, format: 'RVFI', instructions: 0, skipped: 0 }
  let waiting: Item | undefined
  let ended = false
  const peek = async (): Promise<Item | undefined> => {
    while (waiting === undefined && !ended) {
      const { value, done } = await events.next()
      if (done) ended = true
      else if (value.kind === 'commit' || value.kind === 'exception') waiting = value
    }
    return waiting
  }
  const take = async (): Promise<Item | undefined> => {
    const item = await peek()
    waiting = undefined
    if (item?.kind === 'commit') summary.instructions++
    return item
  }
  return {
    peek,
    take,
    omissions: () =>
      trace.format === 'spike' ? omissionsOf(trace.log.generation) : { loads: false, stores: false, csrs: false },
    summary: () => (trace.format === 'spike' ? { ...summary, format: trace.log.generation.name } : summary),
    skip: async () => {
      await take()
      summary.skipped++
    },
    close: async () => {
      await events.return(undefined)
    },
  }
}

/** Skips the boot ROM in the log that has one, where the other has none. */
async function alignStart(sides: readonly [Side, Side]): Promise<void> {
  const inBootRom = async (side: Side): Promise<boolean> => {
    const item = await side.peek()
    return item?.kind === 'commit' && item.pc >= BOOT_ROM.base && item.pc < BOOT_ROM.end
  }
  const [left, right] = sides
  if ((await inBootRom(left)) === (await inBootRom(right))) return
  for (const side of sides) while (await inBootRom(side)) await side.skip()
}

/** The next item of each log. An exception that only one of them has was not recorded by the other. */
async function nextPair([left, right]: readonly [Side, Side]): Promise<[Item | undefined, Item | undefined]> {
  for (;;) {
    const ours = await left.peek()
    const theirs = await right.peek()
    if (ours?.kind === 'exception' && theirs?.kind === 'commit') await left.take()
    else if (theirs?.kind === 'exception' && ours?.kind === 'commit') await right.take()
    else return [await left.take(), await right.take()]
  }
}

const decode = createDecoder(instructions)

function lineOf(item: Item, { csrName }: LogOptions): LogLine {
  if (item.kind === 'exception') return { line: item.line, pc: item.epc, text: item.name }
  const text = disassemble(decode(item.instruction), item.instruction, item.pc, csrName)
  return { line: item.line, pc: item.pc, text }
}
