import type { Fault } from '../fault.ts'
import { withActions } from '../units.ts'

export const instructionFenceDoesNothing: Fault = {
  kind: 'fault',
  id: 'F02',
  title: 'fence.i leaves old instructions in the instruction cache.',
  source: 'libriscv #386, gem5 PR #816',
  certainty: 'M',
  breaks: ['isolation', 'architecture'],
  units: () => withActions({ 'fence.i': (_core, { next }) => next }),
}
