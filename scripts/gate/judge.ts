import { join } from 'node:path'
import { promises } from '../../properties/index.ts'
import type { Baseline } from '../../testbench/gate/baseline.ts'
import { type GateReport, type GateSize, runGate } from '../../testbench/gate/gate.ts'
import { type Model, type PartName, runTask } from '../../testbench/gate/tasks.ts'
import { packageRoot } from '../terminal/package-root.ts'

export const BASELINE = join(packageRoot(), 'testbench/gate/baseline')

/** The gate on a model that is changed, in this thread. */
export function judge(
  model: Model,
  {
    baseline,
    size,
    names,
    only,
  }: { baseline: Baseline; size: GateSize; names: readonly string[]; only?: readonly PartName[] },
): Promise<GateReport> {
  return runGate({
    root: packageRoot(),
    out: 'out',
    ...{ baseline, size, names, ...(only && { only }) },
    async run(tasks) {
      const results = []
      for (const task of tasks) results.push(await runTask(task, promises, model))
      return results
    },
  })
}
