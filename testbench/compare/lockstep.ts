import { type CoreConfig, presets } from '../../rtl-model/core/config.ts'
import type { CoreUnits } from '../../rtl-model/core/core.ts'
import { type RetirementBatch, RING_RECORDS } from '../../rtl-model/core/recorder.ts'
import type { Retirement } from '../../rtl-model/core/retirement.ts'
import type { Snapshot } from '../../rtl-model/core/snapshot.ts'
import { InputError } from '../../traces/input-error.ts'
import type { CommitBatch } from '../../traces/spike/commit-batch.ts'
import type { Generation } from '../../traces/spike/generation.ts'
import { SpikeLog } from '../../traces/spike/reader.ts'
import { type CommitEvent, type ExceptionEvent, traceEvent } from '../../traces/trace-event.ts'
import type { ElfFile } from '../elf/image.ts'
import { type EngineName, Machine } from '../machine.ts'
import { type Divergence, describeDivergence } from './divergence.ts'
import { differences, type FieldDifference, maskFor, omissionsOf, rowMatches } from './fields.ts'
import { type CodeRange, functionRanges, isInside, isRecordLeftOut } from './left-out.ts'
import { MaskHits, type MaskId } from './masks.ts'
import { isOfAnotherProgram, sharesAddresses } from './other-program.ts'

/** What comparing a program's execution on the model with a recorded log came to. */
export interface Comparison {
  same: boolean
  program: string
  log: string
  generation: Generation
  /** Instructions that both retired. */
  instructions: number
  /** Traps that the model took; a log shows them with `-l` only. */
  traps: number
  /** Interrupts taken when the log took them. */
  interrupts: number
  /** SCs made to fail because the log's did. */
  failedStoreConditionals: number
  masks: { id: MaskId; reason: string; scope: string; hits: number }[]
  /** Which of the two ended first; after a program's end Spike runs on until it looks at `tohost`. */
  ended: 'program' | 'log' | 'divergence'
  /** Lines of the log after the program's end. */
  tail: number
  divergence?: Divergence
}

export interface LockstepOptions {
  config?: CoreConfig
  engine?: EngineName
  /** Units that replace the honest ones. */
  units?: Partial<CoreUnits>
  /** Functions whose instructions are not in the log, though the program executes them: the model passes over them. */
  leftOut?: readonly string[]
  /** Is told how many instructions are done. */
  progress?(instructions: number): void
  readonly follower?: Follower
}

/** Follows what the model does beside a log, as far as both agree. */
export interface Follower {
  /** The program is loaded, and the hart at reset. */
  begins(machine: Machine): void
  retired(batch: RetirementBatch): void
  /** Registers hold what the log says, where a mask permits that. */
  placed(registers: readonly bigint[]): void
  /** The log says something that the model does not do. */
  diverged(event: CommitEvent | ExceptionEvent): void
  /** Whether it has seen enough. */
  readonly isDone: boolean
}

/**
 * Runs a program on the model beside a Spike commit log of it, instruction by instruction, in constant memory. What the model
 * cannot know it takes from the log and counts: when interrupts come, which SCs fail, and what the masks permit.
 *
 * @throws InputError for a log that cannot be read, or is of another program
 */
export async function compareWithLog(elf: ElfFile, path: string, options: LockstepOptions = {}): Promise<Comparison> {
  const log = new SpikeLog(path)
  const lockstep = new Lockstep(elf, log, options)
  for await (const batch of log.batches()) {
    lockstep.compareBatch(batch)
    if (lockstep.comparison.divergence || options.follower?.isDone) break
    options.progress?.(lockstep.comparison.instructions)
  }
  return lockstep.finish()
}

/** Steps of the model between two looks at the log: after a surprise few, then more and more. */
const SHORTEST_CHUNK = 16
const LONGEST_CHUNK = RING_RECORDS

/** Traps in a row, none of them in a commit log, before the model is taken to be stuck. */
const MOST_TRAPS = 1000

/** Instructions in which the model must reach the log's first one. */
const MOST_LEAD_IN = 100

type Item = CommitEvent | ExceptionEvent

class Lockstep {
  readonly comparison: Comparison
  readonly #elf: ElfFile
  readonly #log: SpikeLog
  readonly #machine: Machine
  readonly #hits = new MaskHits()
  readonly #leftOut: readonly CodeRange[]
  #observe: (batch: RetirementBatch) => void = () => {}
  #chunk = SHORTEST_CHUNK
  #begun = false
  readonly #follower: Follower | undefined

  constructor(elf: ElfFile, log: SpikeLog, options: LockstepOptions) {
    const { config = presets.spike, engine = 'wasm', leftOut = [], units, follower } = options
    this.#elf = elf
    this.#follower = follower
    this.#leftOut = functionRanges(elf, leftOut)
    this.#log = log
    this.#machine = new Machine({
      ...{ config, engine, mmuType: 'sv57' },
      ...(units && { units }),
      observers: [(batch) => this.#observe(batch)],
    })
    this.#machine.load(elf)
    this.#machine.core.takesInterrupts = false
    follower?.begins(this.#machine)
    this.comparison = {
      same: false,
      program: elf.name,
      log: log.path,
      generation: log.generation,
      instructions: 0,
      traps: 0,
      interrupts: 0,
      failedStoreConditionals: 0,
      masks: [],
      ended: 'log',
      tail: 0,
    }
  }

  finish(): Comparison {
    const { comparison } = this
    comparison.generation = this.#log.generation
    comparison.masks = this.#hits.used()
    comparison.same = comparison.divergence === undefined
    if (comparison.same && this.#machine.exitCode !== undefined) comparison.ended = 'program'
    return comparison
  }

  /** Compares the lines of a batch, up to the first divergence or the program's end. */
  compareBatch(batch: CommitBatch): void {
    const items: { row: number; event: Item }[] = []
    for (const [index, event] of batch.events.entries()) {
      if (event.kind === 'commit' || event.kind === 'exception') items.push({ row: batch.eventRows[index], event })
    }
    let row = 0
    while (row < batch.rows || items.length > 0) {
      if (this.comparison.divergence) return
      if (this.#machine.exitCode !== undefined) {
        this.comparison.tail += batch.rows - row + items.length
        return
      }
      if (!this.#begun) this.#begin(items[0]?.row === row ? pcOf(items[0].event) : batch.commit(row).pc, batch)
      if (items[0]?.row === row) {
        const { event } = items.shift()!
        if (event.kind === 'commit') this.#step(event, batch, row)
        else this.#trap(event, batch, row)
      } else {
        row = this.#rows(batch, row, items[0]?.row ?? batch.rows)
      }
    }
  }

  /** Brings the model to the log's first instruction: logs begin at the boot ROM, or at the program. */
  #begin(pc: bigint, batch: CommitBatch): void {
    this.#begun = true
    const { core } = this.#machine
    const reset = this.#machine.snapshot()
    this.#observe = this.#follow
    for (let left = MOST_LEAD_IN; core.hart.pc !== pc && left > 0; left--) this.#machine.run(1)
    if (core.hart.pc === pc) return
    if (!sharesAddresses(this.#elf, batch)) {
      const at = `0x${pc.toString(16)}`
      throw new InputError(
        `${this.#log.path}: begins at ${at}, which ${this.#elf.name} does not reach: a log of another program`,
      )
    }
    this.#machine.restore(reset)
  }

  /** Compares rows from `row` until `end` or a divergence; returns the first row that is left. */
  #rows(batch: CommitBatch, row: number, end: number): number {
    const length = Math.min(end - row, this.#chunk)
    const start = this.#machine.snapshot()
    const { steps, rows, surprised, followed } = this.#runRows(batch, row, length)
    this.comparison.instructions += rows
    if (!surprised) {
      this.#chunk = Math.min(this.#chunk * 2, LONGEST_CHUNK)
      return row + rows
    }
    this.#chunk = SHORTEST_CHUNK
    this.#machine.restore(start)
    let batches = 0
    this.#observe = (records) => batches++ >= followed && this.#follow(records)
    this.#machine.run(steps)
    this.#step(batch.commit(row + rows), batch, row + rows)
    return row + rows + 1
  }

  readonly #follow = (records: RetirementBatch): void => this.#follower?.retired(records)

  /**
   * Runs `length` steps beside the rows: how many steps and rows agree, whether something came that does not, and how many
   * batches the follower has had.
   */
  #runRows(
    batch: CommitBatch,
    row: number,
    length: number,
  ): { steps: number; rows: number; surprised: boolean; followed: number } {
    let followed = 0
    let steps = 0
    let rows = 0
    let traps = 0
    let surprised = false
    const csrName = (csr: number): string | undefined => this.#machine.core.csr.name(csr)
    this.#observe = (records) => {
      for (let index = 0; index < records.length && !surprised; index++) {
        if (records.isTrap(index)) {
          traps++
        } else if (isRecordLeftOut(records, index, this.#leftOut)) {
          // It counts as a step, and as no row.
        } else if (rowMatches(records, index, batch, row + rows, csrName)) {
          rows++
        } else {
          surprised = true
          return
        }
        steps++
      }
      if (surprised) return
      this.#follow(records)
      followed++
    }
    this.#machine.run(length)
    this.comparison.traps += traps
    return { steps, rows, surprised, followed }
  }

  /** Has the model do what one line says it did, with the log's interrupts and SC failures; the slow and careful way. */
  #step(event: CommitEvent, batch: CommitBatch, row: number): void {
    const { core } = this.#machine
    this.#passLeftOut()
    if (event.pc !== core.hart.pc) this.#takeInterruptTo(event.pc)
    const before = this.#machine.snapshot()
    let retirement = this.#retire()
    let found = this.#differences(retirement, event)
    const isFailing = retirement !== undefined && failsInLogOnly(found, event)
    if (isFailing) {
      this.#machine.restore(before)
      core.failsStoreConditional = true
      retirement = this.#retire()
      core.failsStoreConditional = false
      found = this.#differences(retirement, event)
      this.comparison.failedStoreConditionals++
    }
    const unmasked = retirement && this.#applyMasks(found, retirement, event)
    if (retirement !== undefined && unmasked?.length === 0) {
      this.comparison.instructions++
      this.#followAgain(before, isFailing)
      return
    }
    this.#machine.restore(before)
    this.#diverge(event, retirement, unmasked ?? [], batch, row)
  }

  /** Shows the follower what came between a snapshot and now, which agrees. */
  #followAgain(before: Snapshot, isFailing: boolean): void {
    if (this.#follower === undefined) return
    const { core } = this.#machine
    const now = this.#machine.snapshot()
    const steps = Number(core.hart.steps)
    this.#machine.restore(before)
    this.#observe = this.#follow
    core.failsStoreConditional = isFailing
    this.#machine.run(steps - Number(core.hart.steps))
    core.failsStoreConditional = false
    this.#machine.restore(now)
    this.#follower.placed([...core.hart.x])
  }

  /** Runs to the next instruction that a log has. */
  #passLeftOut(): void {
    this.#observe = this.#follow
    while (isInside(Number(this.#machine.core.hart.pc), this.#leftOut) && this.#machine.exitCode === undefined)
      this.#machine.run(1)
  }

  /** Runs to the next instruction that retires; undefined where there is none in reach. */
  #retire(): Retirement | undefined {
    let retirement: Retirement | undefined
    this.#observe = (records) => {
      retirement = records.at(0)
    }
    for (let left = MOST_TRAPS; left > 0; left--) {
      this.#machine.run(1)
      if (retirement === undefined) return undefined
      if (retirement.trap === undefined) return retirement
      this.comparison.traps++
    }
    return undefined
  }

  #differences(retirement: Retirement | undefined, event: CommitEvent): FieldDifference[] {
    if (retirement === undefined) return []
    const ours = traceEvent(retirement, (csr) => this.#machine.core.csr.name(csr) ?? '')
    return ours?.kind === 'commit' ? differences(ours, event) : []
  }

  /** The differences that no mask permits. Those permitted in a register are made good in the model. */
  #applyMasks(found: FieldDifference[], retirement: Retirement, event: CommitEvent): FieldDifference[] {
    const load = retirement.memory.find(({ kind }) => kind === 'load')
    const omissions = omissionsOf(this.#log.generation)
    const uses = found.map((difference) => ({
      difference,
      mask: maskFor(difference, retirement.instruction, load?.pa, omissions),
    }))
    const unmasked = uses.filter(({ mask }) => mask === undefined).map(({ difference }) => difference)
    if (unmasked.length > 0) return unmasked
    for (const { difference, mask } of uses) {
      this.#hits.add(mask!)
      if (difference.field !== `x${retirement.rd}`) continue
      this.#machine.core.hart.writeX(retirement.rd, event.registers[0].value)
    }
    return []
  }

  /** A line of `-l` about a trap: an interrupt is taken now, anything else must be what the model does next. */
  #trap(event: ExceptionEvent, batch: CommitBatch, row: number): void {
    const { core } = this.#machine
    this.#passLeftOut()
    const before = this.#machine.snapshot()
    if (event.interrupt && event.cause !== undefined && event.epc === core.hart.pc) {
      this.#interrupt(event.cause)
      return
    }
    let retirement: Retirement | undefined
    this.#observe = (records) => {
      retirement = records.at(0)
    }
    this.#machine.run(1)
    const found = trapDifferences(retirement, event)
    if (found.length === 0) {
      this.comparison.traps++
      this.#followAgain(before, false)
      return
    }
    this.#machine.restore(before)
    this.#diverge(event, retirement, found, batch, row)
  }

  /** Takes the interrupt that leads to `pc`, if an enabled one does: of those, one that is pending, or the most urgent. */
  #takeInterruptTo(pc: bigint): void {
    const { core } = this.#machine
    const cause = core.traps.interruptsTo(pc)[0]
    if (cause !== undefined) this.#interrupt(cause)
  }

  #interrupt(cause: number): void {
    const { core } = this.#machine
    this.#observe = this.#follow
    core.interrupt(cause)
    core.recorder!.flush(core.hart.pc)
    this.comparison.interrupts++
  }

  #diverge(
    event: Item,
    retirement: Retirement | undefined,
    found: FieldDifference[],
    batch: CommitBatch,
    row: number,
  ): void {
    if (event.kind === 'commit' && isOfAnotherProgram(this.#elf, batch, row)) {
      const line = `${this.#log.path}:${event.line}`
      throw new InputError(
        `${line}: not what ${this.#elf.name} has at 0x${event.pc.toString(16)}: a log of another program`,
      )
    }
    this.#follower?.diverged(event)
    this.comparison.ended = 'divergence'
    this.comparison.divergence = describeDivergence(this.#machine.core, this.#elf, {
      instruction: this.comparison.instructions,
      event,
      retirement,
      found,
      batch,
      row,
    })
  }
}

const pcOf = (event: Item): bigint => (event.kind === 'commit' ? event.pc : event.epc)

/** Whether the model's SC succeeded and the log's failed, as it may at any time. */
function failsInLogOnly(found: FieldDifference[], { instruction, memory, registers }: CommitEvent): boolean {
  const isStoreConditional = (instruction & 0x7f) === 0x2f && instruction >>> 27 === 3
  return isStoreConditional && found.length > 0 && memory.length === 0 && registers.every(({ value }) => value === 1n)
}

function trapDifferences(model: Retirement | undefined, log: ExceptionEvent): FieldDifference[] {
  const hex = (value: bigint): string => value.toString(16).padStart(16, '0')
  if (model?.trap === undefined) return [{ field: 'trap', left: undefined, right: log.name }]
  const found: FieldDifference[] = []
  const { cause, tval } = model.trap
  if (cause !== log.cause) found.push({ field: 'cause', left: String(cause), right: String(log.cause) })
  if (model.pc !== log.epc) found.push({ field: 'epc', left: hex(model.pc), right: hex(log.epc) })
  if (log.tval !== undefined && tval !== log.tval) found.push({ field: 'tval', left: hex(tval), right: hex(log.tval) })
  return found
}
