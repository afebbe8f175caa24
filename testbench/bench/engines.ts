import { presets } from '../../rtl-model/core/config.ts'
import type { CoreUnits } from '../../rtl-model/core/core.ts'
import type { ElfFile } from '../elf/image.ts'
import { type EngineName, Machine } from '../machine.ts'
import { cpuSeconds } from '../zoo/cpu-seconds.ts'

/** Millions of instructions a second of the thread, of an engine on a program, after a stretch that is not measured. */
export function mips(
  elf: ElfFile,
  engine: EngineName,
  options: { record: boolean; timing?: boolean; steps: number; warmUp: number; units?: Partial<CoreUnits> },
): number {
  const config = options.timing ? presets.rocket : presets.default
  const machine = new Machine({
    ...{ config, engine, observers: options.record ? [() => {}] : [] },
    ...(options.units && { units: options.units }),
  })
  machine.load(elf)
  machine.run(options.warmUp)
  const begin = cpuSeconds()
  const steps = machine.run(options.steps)
  return steps / (cpuSeconds() - begin) / 1e6
}
