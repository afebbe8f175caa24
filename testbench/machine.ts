import { type CoreConfig, presets } from '../rtl-model/core/config.ts'
import { Core, type CoreUnits } from '../rtl-model/core/core.ts'
import type { Observer } from '../rtl-model/core/recorder.ts'
import { type Snapshot, Snapshots } from '../rtl-model/core/snapshot.ts'
import type { Htif } from '../rtl-model/devices/htif.ts'
import type { Engine } from '../rtl-model/engine/engine.ts'
import { createReferenceEngine } from '../rtl-model/engine/reference.ts'
import { createWasmEngine } from '../rtl-model/engine/wasm/engine.ts'
import { writeDeviceTree } from './device-tree/dtb.ts'
import { bootRom, spikeDeviceTree } from './device-tree/spike-tree.ts'
import { checkPlacement, type ElfFile, symbolAddress } from './elf/image.ts'

export const engines = { wasm: createWasmEngine, reference: createReferenceEngine } as const
export type EngineName = keyof typeof engines

/** The ISA string in the device tree. */
export const ISA = 'rv64imac_zicsr_zifencei_zicntr'

export interface MachineOptions {
  config?: CoreConfig
  engine?: EngineName
  /** Units that replace the honest ones. */
  units?: Partial<CoreUnits>
  /** Gets each byte that the program sends. */
  output?(byte: number): void
  /** Get every retirement; without any, none are recorded. */
  observers?: readonly Observer[]
  /** What the device tree says of translation: what the core does, or what Spike says without options. */
  mmuType?: 'sv39' | 'sv57'
  /** The command line in the device tree, `/chosen/bootargs`; what Spike says without options by default. */
  bootargs?: string
  /** Whether the device tree tells of the test finisher, which Spike does not have. */
  showFinisher?: boolean
}

/** A core with its engine, ready to be loaded with a program. */
export class Machine {
  readonly core: Core
  readonly engine: Engine
  readonly #snapshots: Snapshots
  readonly #options: MachineOptions
  htif: Htif | undefined

  constructor(options: MachineOptions = {}) {
    const { config = presets.default, engine = 'wasm', units, output = () => {}, observers = [] } = options
    this.#options = options
    this.core = new Core(config, { output }, { record: observers.length > 0, ...(units && { units }) })
    this.core.recorder?.observers.push(...observers)
    this.engine = engines[engine](this.core)
    this.#snapshots = new Snapshots(this.core)
  }

  /**
   * Puts a program into memory, and into the boot ROM what starts it: as on Spike, the hart begins at 0x1000, and the program
   * gets its hart number in a0 and the device tree in a1. `payload` is only put into memory: a firmware's next stage.
   * Throws an InputError for a segment that does not fit.
   */
  load(elf: ElfFile, payload?: ElfFile): void {
    const { bus, config, icache } = this.core
    const memory = { base: config.ramBase, size: BigInt(config.ramBytes) }
    checkPlacement(elf, memory, bus.devices)
    const segments = [...elf.segments, ...(payload?.segments ?? [])]
    if (payload !== undefined) checkPlacement({ ...payload, segments }, memory, bus.devices)
    for (const { pa, bytes } of segments) bus.write(pa, bytes)
    const { mmuType = 'sv39', bootargs, showFinisher = false } = this.#options
    const { pmpEntries: pmpRegions, pmpGranularity } = config
    const tree = spikeDeviceTree({
      isa: ISA,
      memory,
      pmpRegions,
      pmpGranularity,
      mmuType,
      showFinisher,
      ...(bootargs !== undefined && { bootargs }),
    })
    const rom = bootRom(elf.entry, writeDeviceTree(tree))
    bus.write(rom.base, rom.bytes)
    icache.flush()
    this.core.fetchEpoch++
    const tohost = symbolAddress(elf, 'tohost')
    const fromhost = symbolAddress(elf, 'fromhost')
    if (tohost !== undefined && fromhost !== undefined) this.htif = this.core.attachHtif({ tohost, fromhost })
  }

  /** Runs up to `steps` steps; returns how many were made. `exitCode` tells whether the program has ended. */
  run(steps: number): number {
    return this.engine.run(steps)
  }

  get exitCode(): number | undefined {
    return this.core.exitCode
  }

  snapshot(): Snapshot {
    return this.#snapshots.take()
  }

  restore(snapshot: Snapshot): void {
    this.#snapshots.restore(snapshot)
  }
}
