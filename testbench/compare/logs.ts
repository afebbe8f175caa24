import { createDecoder } from '../../rtl-model/isa/decode.ts'
import { disassemble } from '../../rtl-model/isa/disassemble.ts'
import { instructions } from '../../rtl-model/isa/table.ts'
import { openTrace, type Trace } from '../../traces/open.ts'
import type { CommitEvent, ExceptionEvent, TraceEvent } from '../../traces/trace-event.ts'
import { differences, type FieldDifference, maskFor, NO_OMISSIONS, type Omissions, omissionsOf } from './fields.ts'
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
  /** Lines at the end, after the other log had ended, in which the hart only waits. */
  spun: number
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
  const sides = [await Side.open(left, options), await Side.open(right, options)] as const
  const hits = new MaskHits()
  const taint = new Taint()
  const before: Item[] = []
  let instructions = 0
  let divergence: LogDivergence | undefined
  try {
    await alignStart(sides)
    for (;;) {
      for (const side of sides) if (side.next === undefined) await side.fill()
      skipUnrecorded(sides)
      const [ours, theirs] = [sides[0].next, sides[1].next]
      if (sides.some(({ next, hasMore }) => next === undefined && hasMore)) continue
      if (ours === undefined && theirs === undefined) break
      const longer = ours === undefined ? sides[1] : sides[0]
      if ((ours === undefined || theirs === undefined) && (await longer.onlySpins())) break
      const fields = judge(ours, theirs, sides, hits, taint)
      if (fields === undefined || fields.length > 0) {
        divergence = {
          instruction: instructions,
          before: before.map((item) => lineOf(item, options)),
          left: ours && lineOf(ours, options),
          right: theirs && lineOf(theirs, options),
          fields: fields ?? [],
        }
        break
      }
      for (const side of sides) side.take()
      if (ours!.kind === 'commit') instructions++
      before.push(ours!)
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
  sides: readonly [Side, Side],
  hits: MaskHits,
  taint: Taint,
): FieldDifference[] | undefined {
  if (ours?.kind === 'exception' && theirs?.kind === 'exception') return exceptionDifferences(ours, theirs)
  if (ours?.kind !== 'commit' || theirs?.kind !== 'commit') return undefined
  const found = differences(ours, theirs)
  if (found.length === 0 && !taint.any) return found
  const load = ours.memory.find(({ kind }) => kind === 'load')
  const omissions = bothOmissions(sides)
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
class Side {
  readonly #path: string
  readonly #trace: Trace
  readonly #events: AsyncGenerator<TraceEvent>
  #items: Item[] = []
  #at = 0
  hasMore = true
  #instructions = 0
  #skipped = 0
  #spun = 0

  static async open(path: string, { csrName }: LogOptions): Promise<Side> {
    return new Side(path, await openTrace(path, csrName))
  }

  constructor(path: string, trace: Trace) {
    this.#path = path
    this.#trace = trace
    this.#events = trace.log.events()
  }

  /** The next item, once it has been read. */
  get next(): Item | undefined {
    return this.#items[this.#at]
  }

  take(): void {
    if (this.next?.kind === 'commit') this.#instructions++
    this.#at++
  }

  /** Leaves the next item, of a boot ROM, out of the comparison. */
  skip(): void {
    this.take()
    this.#skipped++
  }

  /** Reads on, where every item read has been taken. */
  async fill(): Promise<void> {
    this.#items = []
    this.#at = 0
    while (this.hasMore && this.#items.length < ITEMS_AT_A_TIME) {
      const { value, done } = await this.#events.next()
      if (done) this.hasMore = false
      else if (value.kind === 'commit' || value.kind === 'exception') this.#items.push(value)
    }
  }

  /** Takes the rest, if that is one instruction or two again and again: a hart that waits for its simulator to stop. */
  async onlySpins(): Promise<boolean> {
    const places = new Set<bigint>()
    while (this.next !== undefined) {
      if (this.next.kind === 'exception' || places.add(this.next.pc).size > 2) return false
      this.take()
      this.#spun++
      if (this.next === undefined) await this.fill()
    }
    return true
  }

  omissions(): Omissions {
    return this.#trace.format === 'spike' ? omissionsOf(this.#trace.log.generation) : NO_OMISSIONS
  }

  summary(): LogSummary {
    const format = this.#trace.format === 'spike' ? this.#trace.log.generation.name : 'RVFI'
    return { path: this.#path, format, instructions: this.#instructions, skipped: this.#skipped, spun: this.#spun }
  }

  async close(): Promise<void> {
    await this.#events.return(undefined)
  }
}

const ITEMS_AT_A_TIME = 4096

function bothOmissions([left, right]: readonly [Side, Side]): Omissions {
  const [ours, theirs] = [left.omissions(), right.omissions()]
  return { loads: ours.loads || theirs.loads, stores: ours.stores || theirs.stores, csrs: ours.csrs || theirs.csrs }
}

/** Skips the boot ROM in the log that has one, where the other has none. */
async function alignStart(sides: readonly [Side, Side]): Promise<void> {
  for (const side of sides) await side.fill()
  const inBootRom = ({ next }: Side): boolean =>
    next?.kind === 'commit' && next.pc >= BOOT_ROM.base && next.pc < BOOT_ROM.end
  if (inBootRom(sides[0]) === inBootRom(sides[1])) return
  for (const side of sides) while (inBootRom(side)) side.skip()
}

/** Skips exceptions that only one log has, because the other does not record any there. */
function skipUnrecorded([left, right]: readonly [Side, Side]): void {
  while (left.next?.kind === 'exception' && right.next?.kind === 'commit') left.take()
  while (right.next?.kind === 'exception' && left.next?.kind === 'commit') right.take()
}

const decode = createDecoder(instructions)

function lineOf(item: Item, { csrName }: LogOptions): LogLine {
  if (item.kind === 'exception') return { line: item.line, pc: item.epc, text: item.name }
  const text = disassemble(decode(item.instruction), item.instruction, item.pc, csrName)
  return { line: item.line, pc: item.pc, text }
}
