import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { type Action, planOf } from '../../testbench/fuzz/actions.ts'
import { describeStep } from '../../testbench/fuzz/describe.ts'
import { PairPlayer } from '../../testbench/fuzz/pair.ts'
import { prepare } from '../../testbench/fuzz/setup.ts'
import { secrecy, secrecyTiming } from './promise.ts'

const monitor = fileURLToPath(new URL('../../monitor/images/firmware.elf', import.meta.url))

/** Where on its stack the monitor leaves what an enclave had in s2, in words below the end. */
const DEPTH = 0x148 / 8

const spying = (...numbers: number[]): Action => ({ items: [{ host: 'refusedLoads', enclave: 'compute', numbers }] })
/** Registers of an enclave that yields hold its secret; the host loads from the monitor's stack, as far as it can. */
const attack: Action[] = [
  spying(),
  { host: 'resume', enclave: 'exit', numbers: [] },
  { items: [{ host: 'compute', enclave: 'compute', numbers: [] }] },
  spying(3, 0, DEPTH - 1),
]

async function outcome(faults: readonly string[]) {
  const { player, points } = await prepare({ monitor, core: 'rocket', faults }, [secrecy, secrecyTiming])
  const point = points.find(({ name }) => name === 'populated')!
  return new PairPlayer(player).play(point, attack.map(planOf))
}

describe('loads that PMP refuses', () => {
  test('tell the time of what they would have loaded, where the core goes on with it', async () => {
    const { breach, steps } = await outcome(['M01'])
    expect(breach).toMatchObject({ promise: 'secrecy-timing', sort: 'host cycles' })
    expect(steps.map(describeStep).join('\n')).toMatch(
      /ld s2, 0\(s0\)[\s\S]*ecall[\s\S]*lbu t3, 0\(t2\) +# t2 0x80071eb8/,
    )
  })

  test('tell nothing where it does not', async () => {
    expect(await outcome([])).toMatchObject({ isPair: true, breach: undefined })
  })

  test('tell nothing of a secret where the line comes that was asked for: which one that is, the host knows', async () => {
    expect(await outcome(['M03'])).toMatchObject({ isPair: true, breach: undefined })
  })
})
