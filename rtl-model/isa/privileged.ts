import { formats } from './format.ts'
import { type Instruction, instruction, type SystemAction } from './instruction.ts'

// ecall and ebreak (unprivileged specification, 2.8); mret, sret, wfi and sfence.vma (privileged specification, 3.3 and 4.2).

const row = (name: string, bits: number, action: SystemAction): Instruction =>
  instruction(name, 'privileged', { match: bits, mask: 0xffffffff, format: formats.none }, { kind: 'system', action })

export const privileged: readonly Instruction[] = [
  row('ecall', 0x00000073, 'ecall'),
  row('ebreak', 0x00100073, 'ebreak'),
  row('sret', 0x10200073, 'sret'),
  row('mret', 0x30200073, 'mret'),
  row('wfi', 0x10500073, 'wfi'),
  instruction(
    'sfence.vma',
    'privileged',
    { match: 0x12000073, mask: 0xfe007fff, format: formats.fenceVma },
    { kind: 'system', action: 'sfence.vma' },
  ),
]
