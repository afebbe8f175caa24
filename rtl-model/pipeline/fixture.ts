import { presets } from '../core/config.ts'
import { RegionAllocator } from '../core/state.ts'
import { counterNames } from './counters.ts'
import type { PipelineConfig } from './timing-config.ts'

/** What the units of the timing are made from: memory for their state, a small core, counts. */
export function pipelineFixture(changes: Partial<PipelineConfig> = {}) {
  const { timing, icacheSets, icacheWays } = presets.rocket
  return {
    allocator: new RegionAllocator(new ArrayBuffer(1 << 20)),
    config: { ...timing!, memoryLatency: 20, icacheSets, icacheWays, ...changes } satisfies PipelineConfig,
    counts: new Float64Array(counterNames.length),
  }
}
