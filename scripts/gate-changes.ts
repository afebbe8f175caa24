import { Command } from 'commander'
import { readBaseline } from '../testbench/gate/baseline.ts'
import { type GateReport, percent, shortSize } from '../testbench/gate/gate.ts'
import type { PartName } from '../testbench/gate/tasks.ts'
import { recordedTraces } from '../testbench/recorded.ts'
import { type Change, honestChanges, wrongChanges } from './gate/changes.ts'
import { BASELINE, judge } from './gate/judge.ts'
import { packageRoot } from './terminal/package-root.ts'
import { withExitCode } from './terminal/with-exit-code.ts'

// npm run gate:changes: ten changes of the hardware model that the gate must let through, and ten that it must stop.

const { bugs } = new Command('gate:changes')
  .option('--bugs', 'plant the bugs as well, in each of them')
  .parse()
  .opts<{ bugs?: true }>()

await withExitCode('gate:changes', async () => {
  const baseline = await readBaseline(BASELINE)
  const names = (await recordedTraces(packageRoot())).map(({ name }) => name)
  const only: PartName[] = ['recorded', 'engines', 'properties', 'cycles', ...(bugs ? (['bugs'] as const) : [])]
  let wrong = 0
  for (const change of [...honestChanges, ...wrongChanges]) {
    const report = await judge(change.model, { baseline, size: shortSize, names, only })
    const isRight = isJudged(change, report)
    if (!isRight) wrong++
    console.log(`${isRight ? 'ok   ' : 'WRONG'}  ${change.name.padEnd(52)}  ${verdict(report)}`)
  }
  return wrong === 0 ? 0 : 1
})

/** Whether the gate says of a change what it should. */
function isJudged({ stoppedBy }: Change, { parts }: GateReport): boolean {
  const failed = parts.filter(({ passed }) => !passed).map(({ part }) => part)
  return stoppedBy === undefined ? failed.length === 0 : failed.includes(stoppedBy)
}

function verdict({ parts, moves, seconds }: GateReport): string {
  const failed = parts.filter(({ passed }) => !passed)
  const worst = [...moves].sort((a, b) => Math.abs(b.change) - Math.abs(a.change))[0]
  const moved = worst === undefined ? '' : `, ${moves.length} kernels moved, worst ${percent(worst.change)}`
  const names = failed.length === 0 ? 'passes' : `stopped by ${failed.map(({ title }) => title).join(', ')}`
  return `${names}${moved}  ${seconds.toFixed(0)} s`
}
