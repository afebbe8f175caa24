import type { ElfFile } from '../elf/image.ts'
import { type EngineName, Machine } from '../machine.ts'

/** Millions of instructions a second of an engine on a program, after a first stretch that is not measured. */
export function mips(
  elf: ElfFile,
  engine: EngineName,
  options: { record: boolean; steps: number; warmUp: number },
): number {
  const machine = new Machine({ engine, observers: options.record ? [() => {}] : [] })
  machine.load(elf)
  machine.run(options.warmUp)
  const begin = performance.now()
  const steps = machine.run(options.steps)
  return steps / (performance.now() - begin) / 1000
}
