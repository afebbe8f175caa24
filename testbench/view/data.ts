import type { CoreConfig } from '../../rtl-model/core/config.ts'
import { counterIndex } from '../../rtl-model/pipeline/counters.ts'
import type { StallCause } from '../../rtl-model/pipeline/stages.ts'
import { InputError } from '../../traces/input-error.ts'
import type { PipelineStep } from '../../traces/pipeline-step.ts'
import type { ElfFile } from '../elf/image.ts'
import { Machine } from '../machine.ts'
import { observePipeline } from '../pipeline-steps.ts'

export interface ViewOptions {
  config: CoreConfig
  /** Records (instructions, traps) to leave out at the beginning, and the most to show. */
  from: number
  maxInstructions: number
  signal?: AbortSignal
}

/** What a page shows: a stretch of a run, in order. */
export interface ViewData {
  program: string
  from: number
  steps: PipelineStep[]
}

/** Records between two looks at `signal`. */
const STRIDE = 100_000

/**
 * Runs a program and keeps a stretch of it.
 * @throws InputError where the core has no timing, or the program ends before the stretch begins
 */
export function collectView(elf: ElfFile, { config, from, maxInstructions, signal }: ViewOptions): ViewData {
  if (config.timing === undefined) throw new InputError(`${elf.name}: a core without timing has no pipeline to show`)
  const machine = new Machine({ config })
  machine.load(elf)
  let left = from
  while (left > 0 && machine.exitCode === undefined) {
    left -= machine.run(Math.min(left, STRIDE))
    signal?.throwIfAborted()
  }
  if (machine.exitCode !== undefined) throw new InputError(`${elf.name}: ended after ${from - left} instructions`)
  const steps: PipelineStep[] = []
  observePipeline(machine.core, elf, (step) => steps.push(step))
  while (steps.length < maxInstructions && machine.exitCode === undefined) machine.run(1)
  return { program: elf.name, from, steps }
}

/** What happened to a record besides taking its time, in the words of a page. */
export function eventsOf({ retirement, times }: PipelineStep): string[] {
  const events: string[] = Object.entries(eventNames)
    .filter(([name]) => times.counts[counterIndex[name as keyof typeof eventNames]] > 0)
    .map(([, text]) => text)
  if (retirement.trap) events.push(retirement.trap.interrupt ? 'interrupt' : 'trap')
  return events
}

const eventNames = {
  icacheMisses: 'I$ miss',
  itlbMisses: 'ITLB miss',
  dcacheMisses: 'D$ miss',
  dcacheWritebacks: 'write-back',
  dtlbMisses: 'DTLB miss',
  l2Misses: 'L2 miss',
  l2Hits: 'L2 hit',
  storeConflicts: 'store conflict',
  branchMispredictions: 'mispredicted',
  targetMispredictions: 'target mispredicted',
  flushes: 'pipeline flush',
} as const satisfies Partial<Record<keyof typeof counterIndex, string>>

/** Cycles lost to each cause, most first. */
export function stallCycles(steps: readonly PipelineStep[]): [cause: StallCause, cycles: number][] {
  const cycles = new Map<StallCause, number>()
  for (const { times } of steps) {
    for (const { cause, from, to } of times.stalls) cycles.set(cause, (cycles.get(cause) ?? 0) + to - from)
  }
  return [...cycles].sort((a, b) => b[1] - a[1])
}
