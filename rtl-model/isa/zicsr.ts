import { formats } from './format.ts'
import { type Instruction, instruction, type SystemAction } from './instruction.ts'

// Zicsr (unprivileged specification, chapter 6).

const row = (name: string, funct3: number, action: SystemAction): Instruction =>
  instruction(
    name,
    'Zicsr',
    { match: (funct3 << 12) | 0x73, mask: 0x707f, format: funct3 < 4 ? formats.csr : formats.csrImmediate },
    { kind: 'system', action },
  )

export const zicsr: readonly Instruction[] = [
  row('csrrw', 1, 'csr-write'),
  row('csrrs', 2, 'csr-set'),
  row('csrrc', 3, 'csr-clear'),
  row('csrrwi', 5, 'csr-write-immediate'),
  row('csrrsi', 6, 'csr-set-immediate'),
  row('csrrci', 7, 'csr-clear-immediate'),
]
