import type { KernelCycles } from './kernels.ts'
import type { ReferenceRow } from './reference.ts'

/** One kernel on one core: measured, and modelled. Errors are fractions of the measured cycles. */
export interface ComparedKernel {
  elf: string
  name: string
  reference: { cycles: number; coldCycles: number; instret: number }
  model: { cycles: number; coldCycles: number; instret: number }
  error: number
  coldError: number
}

/** All kernels of a core at a memory latency. */
export interface CoreComparison {
  core: string
  latency: number
  /** Of the absolute values: mean, 95th percentile, largest, and mean of the cold pass. */
  meanAbsError: number
  p95AbsError: number
  maxAbsError: number
  coldMeanAbsError: number
  rows: ComparedKernel[]
}

/** The kernels that both have, in order of the reference. */
export function compareKernels(
  elf: string,
  rows: readonly ReferenceRow[],
  kernels: readonly KernelCycles[],
): ComparedKernel[] {
  return rows.flatMap((row) => {
    const kernel = kernels.find(({ name }) => name === row.name)
    if (kernel === undefined) return []
    return [
      {
        elf,
        name: row.name,
        reference: { cycles: row.cycles, coldCycles: row.coldCycles, instret: row.instret },
        model: { cycles: kernel.cycles, coldCycles: kernel.coldCycles, instret: kernel.instret },
        error: kernel.cycles / row.cycles - 1,
        coldError: kernel.coldCycles / row.coldCycles - 1,
      },
    ]
  })
}

export function summarize(core: string, latency: number, rows: ComparedKernel[]): CoreComparison {
  const errors = rows.map(({ error }) => Math.abs(error)).sort((a, b) => a - b)
  return {
    core,
    latency,
    meanAbsError: mean(errors),
    p95AbsError: errors[Math.max(0, Math.ceil(errors.length * 0.95) - 1)] ?? 0,
    maxAbsError: errors.at(-1) ?? 0,
    coldMeanAbsError: mean(rows.map(({ coldError }) => Math.abs(coldError))),
    rows,
  }
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length
}
