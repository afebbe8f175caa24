import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { planOf } from './actions.ts'
import { prepare } from './setup.ts'

const monitor = fileURLToPath(new URL('../../monitor/images/firmware.elf', import.meta.url))

test('which PMP entries decided, and what became of the TLBs, is among what a case reached', async () => {
  const { player, points } = await prepare({ monitor, core: 'default', faults: [] }, [])
  const populated = points.find(({ name }) => name === 'populated')!
  const run = planOf({ host: 'run', enclave: 'yield', numbers: [] })
  const { reached } = player.play(populated, [run, run])
  const ofUnits = [...reached].filter((feature) => /^(pmp|tlb):/.test(feature))
  // The host fetches, and so does the enclave; the monitor sees to it that neither uses translations of the other.
  for (const feature of ['pmp:S 7', 'pmp:U 7', 'tlb:itlb fill from S, level 0', 'tlb:itlb fill from U, level 0'])
    expect(ofUnits).toContain(feature)
  for (const feature of ['tlb:itlb flush of all', 'tlb:dtlb flush of all']) expect(ofUnits).toContain(feature)
})
