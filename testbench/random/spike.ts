import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import type { Core } from '../../rtl-model/core/core.ts'
import type { RetirementBatch } from '../../rtl-model/core/recorder.ts'
import type { Retirement } from '../../rtl-model/core/retirement.ts'
import { type SystemFunction, type SystemOperands, systemActions } from '../../rtl-model/core/system.ts'
import { disassemble } from '../../rtl-model/isa/disassemble.ts'
import { spikeText } from '../../traces/spike/writer.ts'
import { type Batch, batchElf } from './batch.ts'
import { FIRST_PROGRAM, PROGRAM_BYTES, USER_ALIAS } from './layout.ts'
import { RandomMachine, spikeConfig } from './model.ts'
import { type PmpSpec, pmpSpec } from './pmp.ts'
import { program } from './program.ts'
import { type SettledBatch, Settler } from './settle.ts'
import { Statistics } from './statistics.ts'

/** Programs to one run of Spike. */
const BATCH_PROGRAMS = 62
const PMP_ENTRIES = 16
const SPIKE_OPTIONS = ['--isa=rv64imac_zicsr_zifencei_zicntr', '--priv=msu', `--pmpregions=${PMP_ENTRIES}`]
/** Instructions that Spike counts for a trap, and looks for the end after. */
const QUANTUM = 5000
const TIMEOUT_MS = 120_000
const CONTEXT_LINES = 12

/** The first place at which the model and Spike differ. */
export class Divergence extends Error {
  /** Number of the program in its batch; -1 where it is in none. */
  readonly program: number

  constructor(message: string, program: number) {
    super(message)
    this.program = program
  }
}

export interface SpikeCampaign {
  /** Path of the executable. */
  spike: string
  /** At least so many instructions are to agree. */
  instructions: number
  seed: number
  /** Is told after each batch. */
  progress?(done: { batches: number; programs: number; instructions: number }): void
}

export interface SpikeAgreement {
  statistics: Statistics
  batches: number
  programs: number
  /** Programs left out because they do not end. */
  endless: number
  /** Store-conditionals that fail in Spike, which forgets reservations sooner; the model is made to let them fail. */
  failedConditionals: number
  conditionals: number
  /**
   * Store-conditionals that fail for want of a reservation where a PMP entry divides what they would store. Spike
   * checks the first byte only while it stores nothing, so that they fail there; the model checks all, and they trap.
   */
  uncheckedConditionals: number
}

/** Nothing compared yet. */
export function noAgreement(): SpikeAgreement {
  const counts = {
    batches: 0,
    programs: 0,
    endless: 0,
    failedConditionals: 0,
    conditionals: 0,
    uncheckedConditionals: 0,
  }
  return { statistics: new Statistics(), ...counts }
}

/** Random portable programs of a batch: those of one seed. */
export function sampleBatch(seed: number, programs = BATCH_PROGRAMS): Batch {
  const locked: PmpSpec[] = fc.sample(fc.array(pmpSpec, { maxLength: 3, size: 'max' }), { numRuns: 1, seed })[0]
  return {
    flavour: 'portable',
    programs: fc.sample(program, { numRuns: programs, seed }),
    locked,
    pmpEntries: PMP_ENTRIES,
  }
}

/**
 * Runs random programs on Spike and on the model until enough instructions agree.
 * @throws Divergence where they do not.
 */
export function agreeWithSpike({ spike, instructions, seed, progress }: SpikeCampaign): SpikeAgreement {
  const agreement = noAgreement()
  const comparer = new SpikeComparer((...run) => runSpike(spike, ...run), agreement)
  const settler = new Settler()
  for (let done = 0; done < instructions; agreement.batches++) {
    const settled = settler.settle(sampleBatch(seed + agreement.batches))
    try {
      done += comparer.compare(settled)
    } catch (error) {
      if (error instanceof Divergence)
        throw new Divergence(
          `batch of seed ${seed + agreement.batches}: ${error.message}`,
          settled.numbers[error.program] ?? -1,
        )
      throw error
    }
    agreement.programs += settled.numbers.length
    agreement.endless += BATCH_PROGRAMS - settled.numbers.length
    progress?.({ batches: agreement.batches + 1, programs: agreement.programs, instructions: done })
  }
  return agreement
}

/** The commit log of an ELF on a machine of `ramBytes`, stopped after `limit` instructions by the count of Spike. */
export type RunElf = (elf: Uint8Array, ramBytes: number, limit: number) => string

/** Compares batches with the logs of `run`; builds a machine for each size of memory. */
export class SpikeComparer {
  readonly #run: RunElf
  readonly #agreement: SpikeAgreement
  #model: { ramBytes: number; model: RandomMachine } | undefined
  /** Of each SC that retires in Spike, in order, whether it stored. */
  #conditionals: boolean[] = []
  #nextConditional = 0
  #log = ''
  #at = 0
  #recent: Retirement[] = []
  #difference: Divergence | undefined

  constructor(run: RunElf, agreement: SpikeAgreement) {
    this.#run = run
    this.#agreement = agreement
  }

  /** Returns how many instructions agreed: all until the last program has ended. Throws a Divergence. */
  compare({ batch, placed, ramBytes, steps, traps }: SettledBatch): number {
    this.#log = this.#run(batchElf(batch), ramBytes, 2 * (steps + QUANTUM * traps))
    this.#at = 0
    this.#recent = []
    this.#difference = undefined
    this.#conditionals = conditionalsIn(this.#log)
    this.#nextConditional = 0
    if (this.#model?.ramBytes !== ramBytes) this.#model = { ramBytes, model: this.#build(ramBytes) }
    const { model } = this.#model
    const { machine } = model
    model.begin(placed)
    const before = this.#agreement.statistics.retired.reduce((sum, count) => sum + count)
    while (machine.exitCode === undefined && this.#difference === undefined && this.#at < this.#log.length)
      machine.run(1024)
    if (this.#difference) throw this.#difference
    if (machine.exitCode === undefined) throw this.#diverge(undefined, 'the end of the log')
    return this.#agreement.statistics.retired.reduce((sum, count) => sum + count) - before
  }

  #build(ramBytes: number): RandomMachine {
    return new RandomMachine({
      config: spikeConfig(ramBytes),
      units: {
        createMmu: this.#agreement.statistics.createMmu,
        systemActions: {
          ...systemActions,
          'store-conditional-word': this.#asSpike(systemActions['store-conditional-word'], 4),
          'store-conditional-double': this.#asSpike(systemActions['store-conditional-double'], 8),
        },
      },
      observers: [(records) => this.#observe(records)],
    })
  }

  /** SC fails where it failed in Spike, which drops the reservation at traps and now and then; never the reverse. */
  #asSpike(action: SystemFunction, size: 4 | 8): SystemFunction {
    return (core, operands) => {
      if (failsUnchecked(core, operands, size)) {
        this.#nextConditional++
        this.#agreement.conditionals++
        this.#agreement.uncheckedConditionals++
        core.hart.reservation = undefined
        core.hart.writeX(operands.rd, 1n)
        core.recorder?.result(operands.rd, 1n)
        return operands.next
      }
      const stores = this.#conditionals[this.#nextConditional] ?? true
      core.failsStoreConditional = !stores
      const next = action(core, operands)
      core.failsStoreConditional = false
      if (next !== undefined) {
        this.#nextConditional++
        this.#agreement.conditionals++
        if (!stores) this.#agreement.failedConditionals++
      }
      return next
    }
  }

  #observe(records: RetirementBatch): void {
    if (this.#difference !== undefined) return
    for (let index = 0; index < records.length; index++) {
      const retirement = records.at(index)
      this.#recent.push(retirement)
      if (this.#recent.length > 64) this.#recent.splice(0, 32)
      this.#agreement.statistics.add(retirement)
      const text = spikeText(retirement, (csr) => this.#name(csr))
      if (text === '') continue
      if (!this.#log.startsWith(text, this.#at)) {
        this.#difference = this.#diverge(retirement, text.trimEnd())
        return
      }
      this.#at += text.length
    }
  }

  #name(csr: number): string {
    return this.#model!.model.machine.core.csr.name(csr) ?? `0x${csr.toString(16)}`
  }

  #diverge(retirement: Retirement | undefined, model: string): Divergence {
    const end = this.#log.indexOf('\n', this.#at)
    const spike = this.#log.slice(this.#at, end < 0 ? undefined : end)
    const { core } = this.#model!.model.machine
    const history = this.#recent.slice(-CONTEXT_LINES).map((record) => {
      const { pc, instruction, privilege, trap } = record
      const text = disassemble(core.decode(instruction), instruction, pc, (csr) => core.csr.name(csr))
      const outcome = trap
        ? `trap ${trap.cause}, tval ${trap.tval.toString(16)}`
        : spikeText(record, (csr) => this.#name(csr))
            .slice(45)
            .trim()
      return `  ${'US?M'[privilege]} ${pc.toString(16).padStart(16)}  ${text.padEnd(32)} ${outcome}`
    })
    const pc = retirement?.pc ?? 0n
    const pa = pc >= FIRST_PROGRAM + USER_ALIAS ? pc - USER_ALIAS : pc
    const number = pa < FIRST_PROGRAM ? -1 : Number((pa - FIRST_PROGRAM) / PROGRAM_BYTES)
    const lines = ['model and Spike differ', ...history, `  model ${model}`, `  spike ${spike}`]
    return new Divergence(lines.join('\n'), number >= 0 ? number : this.#model!.model.program)
  }
}

/** Whether an SC without a reservation is one that Spike lets fail and the model lets trap. */
function failsUnchecked(core: Core, { rs1 }: SystemOperands, size: 4 | 8): boolean {
  const va = core.hart.x[rs1]
  if (va % BigInt(size) !== 0n) return false
  const context = core.dataContext()
  const refused = core.mmu.translate(va, size, 'store', context) === 'access'
  const first = refused ? core.mmu.translate(va, 1, 'store', context) : 'access'
  if (typeof first === 'string' || core.bus.memoryOffset(first, size) < core.bus.ramOffset) return false
  return core.hart.reservation !== core.loadStore.reservationBlock(first)
}

/** The commit log of a run on Spike, as text. */
function runSpike(spike: string, elf: Uint8Array, ramBytes: number, limit: number): string {
  const folder = mkdtempSync(join(tmpdir(), 'yingzhou-random-'))
  try {
    const program = join(folder, 'batch.elf')
    const log = join(folder, 'spike.log')
    writeFileSync(program, elf)
    // Where Spike does not find the end that the model finds, it is not to run for ever.
    const memory = `-m${ramBytes / 2 ** 20}`
    execFileSync(
      spike,
      [...SPIKE_OPTIONS, memory, `--instructions=${limit}`, '--log-commits', `--log=${log}`, program],
      {
        timeout: TIMEOUT_MS,
        stdio: ['ignore', 'ignore', 'pipe'],
      },
    )
    return readFileSync(log, 'latin1')
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Of each SC in a log whether it stored. */
function conditionalsIn(log: string): boolean[] {
  const outcomes: boolean[] = []
  for (const [, rest] of log.matchAll(/\(0x1[89a-f][0-9a-f]{4}[2a]f\)([^\n]*)/g))
    outcomes.push(/ mem 0x\w+ 0x/.test(rest))
  return outcomes
}
