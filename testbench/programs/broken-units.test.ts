import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { presets } from '../../rtl-model/core/config.ts'
import { type CoreUnits, honestUnits } from '../../rtl-model/core/core.ts'
import type { SystemFunction } from '../../rtl-model/core/system.ts'
import { Traps } from '../../rtl-model/core/trap.ts'
import { Machine } from '../machine.ts'
import { buildProgram } from './build.ts'

/** What an instruction does, replaced. */
const acting = (name: string, action: SystemFunction): Partial<CoreUnits> => ({
  systemActions: { ...honestUnits.systemActions, [name]: action },
})

class UnvectoredTraps extends Traps {
  override handlerAddress(tvec: bigint): bigint {
    return tvec & ~3n
  }
}

class UndelegatedTraps extends Traps {
  override handlingPrivilege(): 3 {
    return 3
  }
}

const openPmp: CoreUnits['createPmp'] = (allocator, parameters) =>
  Object.assign(honestUnits.createPmp(allocator, parameters), { allows: () => true })

const config = { ...presets.default, ramBytes: 16 * 1024 * 1024 }

/** Each broken part, and the program and check that see it first. */
const broken: [what: string, units: Partial<CoreUnits>, program: string, check: number][] = [
  ['fence.i that does nothing', acting('fence.i', (_, { next }) => next), 'selfmod.S', 2],
  ['sfence.vma that does nothing', acting('sfence.vma', (_, { next }) => next), 'paging.S', 7],
  [
    'sfence.vma that leaves global pages',
    acting('sfence.vma', (core, { rs1, next }) => {
      core.mmu.fence(rs1 === 0 ? undefined : core.hart.x[rs1], 1)
      return next
    }),
    'paging.S',
    20,
  ],
  [
    'an SC that always succeeds',
    acting('store-conditional-word', (core, { rd, rs1, rs2, next }) => {
      core.bus.store(core.hart.x[rs1], 4, core.hart.x[rs2])
      core.hart.writeX(rd, 0n)
      return next
    }),
    'atomics.S',
    6,
  ],
  ['a wfi that traps', acting('wfi', (core, { bits }) => core.illegal(bits)), 'timer.S', 2],
  ['vectors without effect', { createTraps: (hart, csr) => new UnvectoredTraps(hart, csr) }, 'traps.S', 11],
  ['delegation without effect', { createTraps: (hart, csr) => new UndelegatedTraps(hart, csr) }, 'traps.S', 11],
  ['a PMP that allows everything', { createPmp: openPmp }, 'pmp.S', 1],
]

test.each(broken)('%s is seen by its program', async (_, units, program, check) => {
  const machine = new Machine({ config, units })
  machine.load(await buildProgram(fileURLToPath(new URL(program, import.meta.url))))
  machine.run(100_000)
  expect(machine.exitCode).toBe(check)
})
