import { type CoreConfig, presets } from '../../rtl-model/core/config.ts'
import type { CoreUnits } from '../../rtl-model/core/core.ts'
import type { Observer } from '../../rtl-model/core/recorder.ts'
import type { Snapshot } from '../../rtl-model/core/snapshot.ts'
import { type EngineName, Machine } from '../machine.ts'
import { emptyElf } from './batch.ts'
import { CONTROL, control } from './layout.ts'
import type { Placed } from './program.ts'

/** A machine that runs one set of random programs after the other, each in memory as after reset. */
export class RandomMachine {
  readonly machine: Machine
  readonly #blank: Snapshot

  constructor(options: {
    config: CoreConfig
    engine?: EngineName
    units?: Partial<CoreUnits>
    observers?: readonly Observer[]
  }) {
    // The boot ROM is to be the one of Spike.
    this.machine = new Machine({ ...options, mmuType: 'sv57' })
    this.machine.load(emptyElf)
    this.#blank = this.machine.snapshot()
  }

  /** Puts programs into empty memory and the machine into its state after reset. */
  begin(placed: readonly Placed[]): void {
    this.machine.restore(this.#blank)
    for (const { pa, bytes } of placed) this.machine.core.bus.write(pa, bytes)
  }

  get program(): number {
    return Number(this.machine.core.bus.load(CONTROL + BigInt(control.program), 8))
  }
}

/** The core that Spike is, with less memory. */
export function spikeConfig(ramBytes: number): CoreConfig {
  return { ...presets.spike, ramBytes }
}
