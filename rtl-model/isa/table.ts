import type { Instruction } from './instruction.ts'
import { privileged } from './privileged.ts'
import { rv64a } from './rv64a.ts'
import { rv64c } from './rv64c.ts'
import { rv64i } from './rv64i.ts'
import { rv64m } from './rv64m.ts'
import { zicsr } from './zicsr.ts'

/** Every instruction of RV64IMAC_Zicsr_Zifencei and the privileged architecture, one row each. */
export const instructions: readonly Instruction[] = [...rv64i, ...rv64m, ...rv64a, ...zicsr, ...privileged, ...rv64c]
