import { describeMove } from '../calls/describe.ts'
import { describeCode } from './code.ts'
import type { Step } from './finding.ts'

/** A step as text: a call with its arguments, or a line for each instruction. */
export function describeStep(step: Step): string {
  return 'code' in step ? [`${step.by} runs`, ...describeCode(step)].join('\n') : describeMove(step)
}
