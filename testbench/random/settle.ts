import { type Batch, renderBatch } from './batch.ts'
import { RandomMachine, spikeConfig } from './model.ts'
import type { Placed } from './program.ts'

/** Steps after which a program that has not ended is taken not to end. */
const LONGEST = 24_000
const STRIDE = 2000

/** A batch of which every program ends on the model. */
export interface SettledBatch {
  batch: Batch
  placed: readonly Placed[]
  ramBytes: number
  /** Instructions and traps until the end, and how many of them are traps. */
  steps: number
  traps: number
  /** Of each program, its number in the batch given. */
  numbers: number[]
}

/** Leaves out the programs that do not end: a jump into the middle of an instruction may make a loop of anything. */
export class Settler {
  #machine: { ramBytes: number; model: RandomMachine } | undefined

  settle(batch: Batch): SettledBatch {
    let numbers = batch.programs.map((_, index) => index)
    for (;;) {
      const kept = { ...batch, programs: numbers.map((number) => batch.programs[number]) }
      const { placed, ramBytes } = renderBatch(kept)
      const { steps, traps, stuck } = this.#run(placed, ramBytes)
      if (stuck === undefined) return { batch: kept, placed, ramBytes, steps, traps, numbers }
      numbers = numbers.filter((_, index) => index !== stuck)
    }
  }

  #run(placed: readonly Placed[], ramBytes: number): { steps: number; traps: number; stuck?: number } {
    if (this.#machine?.ramBytes !== ramBytes)
      this.#machine = { ramBytes, model: new RandomMachine({ config: spikeConfig(ramBytes) }) }
    const { model } = this.#machine
    const { machine } = model
    model.begin(placed)
    let steps = 0
    let since = 0
    let program = 0
    while (machine.exitCode === undefined) {
      const made = machine.run(STRIDE)
      steps += made
      since = model.program === program ? since + made : 0
      program = model.program
      if (since > LONGEST) return { steps, traps: 0, stuck: program }
    }
    return { steps, traps: Number(machine.core.hart.trapped) }
  }
}
