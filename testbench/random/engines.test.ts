import { describe, expect, test } from 'vitest'
import type { CoreUnits } from '../../rtl-model/core/core.ts'
import { instructions } from '../../rtl-model/isa/table.ts'
import { PmpUnit } from '../../rtl-model/memory/pmp.ts'
import { TlbUnit } from '../../rtl-model/memory/tlb.ts'
import { compareEngines, EngineComparer } from './engines.ts'

const SEED = 20_260

test('both engines do the same with random programs, on cores of several shapes', () => {
  const { difference, statistics } = compareEngines({ programs: 300, seed: SEED })
  expect(difference?.text).toBeUndefined()
  // What is not reached is not compared.
  expect(statistics.missingRows).toEqual([])
  for (const mode of [0, 1, 3]) expect(statistics.retired[mode]).toBeGreaterThan(20_000)
  expect([...statistics.traps.keys()].sort()).toEqual([
    'interrupt #1',
    'interrupt #3',
    'interrupt #5',
    'interrupt #7',
    'interrupt #9',
    'trap_breakpoint',
    'trap_illegal_instruction',
    'trap_instruction_access_fault',
    'trap_instruction_page_fault',
    'trap_load_access_fault',
    'trap_load_address_misaligned',
    'trap_load_page_fault',
    'trap_machine_ecall',
    'trap_store_access_fault',
    'trap_store_address_misaligned',
    'trap_store_page_fault',
    'trap_supervisor_ecall',
    'trap_user_ecall',
  ])
})

/** A TLB that misses one of its duties. */
const tlb = (unit: typeof TlbUnit): Partial<CoreUnits> => ({
  createTlb: (allocator, size) => new unit(allocator, size),
})

const row = (name: string) => instructions.find((candidate) => candidate.name === name)!

/** Units of one machine that are wrong in one place. */
const planted: Record<string, Partial<CoreUnits>> = {
  'remuw that extends by zeros': {
    instructions: instructions.map((it) => (it.name === 'remuw' ? { ...it, semantics: row('remu').semantics } : it)),
  },
  'sfence.vma of one page that leaves superpages': tlb(
    class extends TlbUnit {
      protected override isFlushed(index: number, vpn: number | undefined, asid: number | undefined): boolean {
        return super.isFlushed(index, vpn, asid) && !(vpn !== undefined && (this.entry(index)?.level ?? 0) > 0)
      }
    },
  ),
  'a TLB hit that does not count as a use': tlb(
    class extends TlbUnit {
      override lookup(va: bigint, asid: number): number {
        return this.peek(va, asid)
      }
    },
  ),
  'PMP that lets an access through that matches in part': {
    createPmp: (allocator, config) =>
      new (class extends PmpUnit {
        protected override verdict(...[match, privilege]: Parameters<PmpUnit['verdict']>): number {
          return super.verdict(match && { ...match, whole: true }, privilege)
        }
      })(allocator, config),
  },
}

describe('a difference is found', () => {
  for (const [name, units] of Object.entries(planted)) {
    test(name, () => {
      const comparer = new EngineComparer({ other: units })
      const { difference } = compareEngines({ programs: 2000, seed: SEED, shrink: false, comparer })
      expect(difference).toBeDefined()
    })
  }
})

test('a difference is found again from its seed and program', () => {
  const units = planted['remuw that extends by zeros']
  const find = (path?: string) => {
    const comparer = new EngineComparer({ other: units })
    return compareEngines({ programs: 500, seed: SEED, shrink: false, comparer, ...(path !== undefined && { path }) })
  }
  const { difference } = find()
  expect(find(difference!.program).difference!.text).toBe(difference!.text)
  expect(difference!.text).toContain('remuw')
})
