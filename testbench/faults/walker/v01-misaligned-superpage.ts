import type { Fault } from '../fault.ts'
import { withWalkerRules } from '../units.ts'

export const misalignedSuperpage: Fault = {
  kind: 'fault',
  id: 'V01',
  title: 'A superpage whose physical page number is not aligned to its size is accepted.',
  source: 'nutshell #265, #268',
  certainty: 'R',
  breaks: ['architecture'],
  units: () => withWalkerRules({ isAligned: () => true }),
}
