import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { type CoreConfig, presets } from '../../rtl-model/core/config.ts'
import { type Core, type CoreUnits, honestUnits } from '../../rtl-model/core/core.ts'
import { exceptionCode } from '../../rtl-model/core/trap.ts'
import { instructions } from '../../rtl-model/isa/table.ts'
import { startingPoints } from '../../testbench/calls/stage.ts'
import type { ElfFile } from '../../testbench/elf/image.ts'
import { loadElf } from '../../testbench/elf/load.ts'
import { type Action, actions, planOf } from '../../testbench/fuzz/actions.ts'
import { describeStep } from '../../testbench/fuzz/describe.ts'
import { PairPlayer } from '../../testbench/fuzz/pair.ts'
import { Player } from '../../testbench/fuzz/player.ts'
import { runRound } from '../../testbench/fuzz/round.ts'
import { discreet, secretOf } from '../../testbench/fuzz/secret.ts'
import { secrecy, secrecyTiming } from './promise.ts'

const firmware = fileURLToPath(new URL('../../monitor/images/firmware.elf', import.meta.url))
let elf: ElfFile
beforeAll(async () => {
  elf = await loadElf(firmware)
})

/** The enclave that has run goes on, and gives the hart back. */
const visit: Action[] = [
  { host: 'resume', enclave: 'exit', numbers: [] },
  { host: 'stop', enclave: 'yield', numbers: [] },
  { host: 'attest', enclave: 'exit', numbers: [] },
]

/** What a planted bug does with a word of the secret, when the hart goes back to S-mode. */
type Leak = (core: Core, word: bigint) => void

/** Players on a core with the leak, once it has come to where an enclave has a secret. */
function setUp(leak: Leak = () => {}, config: CoreConfig = presets.default, rows = instructions) {
  let pa: bigint | undefined
  const { mret } = honestUnits.systemActions
  const systemActions: CoreUnits['systemActions'] = {
    ...honestUnits.systemActions,
    mret(core, operands) {
      const to = mret(core, operands)
      const isFromEnclave = core.csr.get('mcause') === BigInt(exceptionCode.userCall)
      if (pa !== undefined && core.hart.privilege === 1 && isFromEnclave) leak(core, core.bus.load(pa, 8)!)
      return to
    },
  }
  const player = new Player(elf, [secrecy, secrecyTiming], { config, units: { systemActions, instructions: rows } })
  const [, populated] = startingPoints(player.driver)
  pa = secretOf(populated)!.pa
  return { player, pairs: new PairPlayer(player), point: { ...populated, name: 'populated', moves: [] } }
}

/** t6 of the host. */
const toRegister: Leak = (core, word) => core.hart.writeX(31, word)

describe('secrecy', () => {
  test('catches a register that keeps what an enclave worked with', () => {
    const { player, pairs, point } = setUp(toRegister)
    expect(player.play(point, visit.map(planOf)).breach).toBeUndefined()
    const { breach, steps } = pairs.play(point, visit.map(planOf))
    expect(breach).toMatchObject({
      promise: 'secrecy',
      sentence: 'the host is left with t6 0xdadadadadadadada or 0x25, by the secret of enclave 2',
      sort: 'host rest',
    })
    expect(steps).toHaveLength(3)
  })

  test('catches memory of the host that takes after a secret', () => {
    const { pairs, point } = setUp((core, word) => core.bus.store(0x8020_1ff8n, 8, word))
    expect(pairs.play(point, visit.map(planOf)).breach).toMatchObject({
      promise: 'secrecy',
      sentence: 'memory of the host is not the same at 0x80201ff8, by the secret of enclave 2',
    })
  })

  test('is found by a campaign, made shorter, and played again', () => {
    const { player, pairs, point } = setUp(toRegister)
    const { found } = runRound(player, [point], {
      seed: 3,
      round: 0,
      cases: 100,
      known: [],
      corpus: [],
      untilFound: true,
    })
    expect(found.map(({ promise, sort }) => `${promise}: ${sort}`)).toEqual(['secrecy: host rest'])
    const [{ steps, sentence }] = found
    expect(steps.length).toBeLessThanOrEqual(2)
    const again = pairs.play(
      point,
      steps.map((step) => () => step),
    )
    expect(again.breach).toMatchObject({ sentence })
  })

  test('is not broken by what an enclave tells of its secret itself', () => {
    const { pairs, point } = setUp()
    const code: Action = { items: [{ host: 'access', enclave: 'access', numbers: [] }] }
    const { breach, steps } = pairs.play(point, [visit[0], code, visit[1]].map(planOf))
    expect(breach).toBeUndefined()
    expect(steps.map(describeStep).join('\n')).toContain('ld s2, 0(s0)')
    const again = steps.map((step) => discreet(step))
    expect(again).toEqual(steps)
  })

  test('leaves alone what an honest core and monitor do', () => {
    const { pairs, point } = setUp()
    const breaches = fc
      .sample(actions(10), { seed: 11, numRuns: 20 })
      .map((list) => pairs.play(point, list.map(planOf)).breach)
    expect(breaches.filter((breach) => breach !== undefined)).toEqual([])
  })
})

describe('secrecy-timing', () => {
  const slow: Leak = (core, word) => {
    if (core.timing === undefined) return
    core.timeRecords(core.recorder!.index)
    core.timing.waitUntil(core.timing.clock + Number(word & 15n))
  }

  test('catches a core that takes longer to leave an enclave with some secrets', () => {
    const { pairs, point } = setUp(slow, presets.rocket)
    expect(pairs.play(point, visit.map(planOf)).breach).toMatchObject({
      promise: 'secrecy-timing',
      sentence: expect.stringMatching(
        /^the host comes to 0x8020\w+ 5 cycles earlier with another secret in enclave 2$/,
      ),
      sort: 'host cycles',
    })
  })

  test('catches an instruction that takes longer for some operands, in code that an enclave may well trust', () => {
    // Instructions with such names go through the multiplier, which ends early when what is left is zero.
    const rows = instructions.map((row) => (row.name === 'xor' ? { ...row, name: 'mul.xor' } : row))
    const { pairs, point } = setUp(undefined, presets.rocket, rows)
    const code: Action = { items: [{ host: 'compute', enclave: 'compute', numbers: [] }] }
    const trial = pairs.play(point, [visit[0], code, ...visit.slice(1)].map(planOf))
    expect(trial.breach).toMatchObject({ promise: 'secrecy-timing', sort: 'host cycles' })
  })

  test('says nothing of a core without timing, and leaves an honest one alone', () => {
    const untimed = setUp(slow)
    expect(untimed.pairs.play(untimed.point, visit.map(planOf)).breach).toBeUndefined()
    const honest = setUp(undefined, presets.rocket)
    expect(honest.pairs.play(honest.point, visit.map(planOf)).breach).toBeUndefined()
  })
})
