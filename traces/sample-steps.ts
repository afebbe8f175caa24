import { counterIndex, counterNames } from '../rtl-model/pipeline/counters.ts'
import type { StageTimes } from '../rtl-model/pipeline/stages.ts'
import type { PipelineStep } from './pipeline-step.ts'

/** For the tests of the writers: an instruction, a load that misses the TLB, one that waits for it, and a trap. */
export function sampleSteps(): PipelineStep[] {
  const load = step({ fetch: 11, decode: 13, issue: 23, firstIssue: 13 }, { rs1: 10, rd: 11 })
  load.times.stalls.push({ cause: 'dtlb-miss', from: 13, to: 23 })
  load.times.walkReads.push(20)
  load.times.counts[counterIndex.dtlbMisses] = 1
  load.retirement.walk.push({ pa: 0x8000_1000n, pte: 0x2000_00cfn, level: 2 })
  load.notes.push('load of 8 B\tat 0x40000000')
  const waiting = step({ fetch: 19, decode: 24, issue: 25 }, { rs1: 11, rd: 12 })
  waiting.times.stalls.push({ cause: 'operand', from: 24, to: 25 })
  const trapped = step({ fetch: 20, decode: 26, issue: 26 }, { trap: { interrupt: false, cause: 8, tval: 0n } })
  return [step({ fetch: 10, decode: 12, issue: 12 }, { rd: 10 }), load, waiting, trapped].map((one, index) => {
    Object.assign(one.retirement, { order: BigInt(index), pc: 0x8000_0000n + 4n * BigInt(index) })
    return one
  })
}

function step(
  times: Pick<StageTimes, 'fetch' | 'decode' | 'issue'> & { firstIssue?: number },
  retirement: Partial<PipelineStep['retirement']>,
): PipelineStep {
  const cycle = BigInt(times.issue + 3)
  const nothing = {
    rs1: 0,
    rs1Value: 0n,
    rs2: 0,
    rs2Value: 0n,
    rd: 0,
    rdValue: 0n,
    csrWrites: [],
    memory: [],
    walk: [],
  }
  return {
    retirement: { order: 0n, cycle, pc: 0n, nextPc: 0n, instruction: 0x13, privilege: 1, ...nothing, ...retirement },
    times: {
      firstIssue: undefined,
      ...times,
      stalls: [],
      walkReads: [],
      counts: new Float64Array(counterNames.length),
    },
    label: '80000000: nop',
    notes: [],
    mcycle: cycle,
  }
}
