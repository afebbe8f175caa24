import { spawnSync } from 'node:child_process'
import { ISA } from '../machine.ts'

/** Seconds that Spike takes for a program, from start to exit; undefined where there is no Spike on the PATH. */
export function spikeSeconds(elf: string): number | undefined {
  const begin = performance.now()
  const { error, status } = spawnSync('spike', [`--isa=${ISA}`, '--priv=msu', elf], { stdio: 'ignore' })
  return error || status !== 0 ? undefined : (performance.now() - begin) / 1000
}
