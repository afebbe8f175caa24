import { fileURLToPath } from 'node:url'
import { beforeAll, expect, test } from 'vitest'
import type { State } from '../../monitor/spec/state.ts'
import { Driver, type Standing } from '../calls/driver.ts'
import { play } from '../calls/play.ts'
import { setHost } from '../calls/stage.ts'
import type { ElfFile } from '../elf/image.ts'
import { loadElf } from '../elf/load.ts'
import { type PreparedPoints, preparePoints } from './points.ts'

const firmware = fileURLToPath(new URL('../../monitor/images/firmware.elf', import.meta.url))
let elf: ElfFile
let driver: Driver
let prepared: PreparedPoints
beforeAll(async () => {
  elf = await loadElf(firmware)
  driver = new Driver(elf)
  prepared = preparePoints(driver)
})

test('our firmware comes to every point', () => {
  expect(prepared.missing).toEqual([])
  expect([...prepared.points.keys()]).toEqual([
    ...['stage', 'populated', 'enclave running', 'called', 'chain', 'passed', 'server replaced'],
    ...['ocall pending', 'stopped'],
    ...['fork running', 'relay held', 'shares', 'after destroy'],
  ])
})

/** Registers tell the number of the step that set them. */
function withoutContexts(state: State): State {
  const enclaves = new Map([...state.enclaves].map(([eid, enclave]) => [eid, { ...enclave, context: undefined }]))
  return { ...state, enclaves, host: undefined }
}

test('the moves of a point lead to it', () => {
  const start = setHost(new Driver(elf))
  for (const { moves, state, roots, name } of prepared.points.values()) {
    const { point, disagreements } = play(
      driver,
      start,
      moves.map((move) => () => move),
    )
    expect(disagreements, name).toEqual([])
    expect(withoutContexts(point.state), name).toEqual(withoutContexts(state))
    expect(point.roots, name).toEqual(roots)
  }
})

test('pages and numbers of enclaves are used again after a destroy', () => {
  const { moves } = prepared.points.get('after destroy')!
  const created = moves.flatMap((move) => (move.by === 'host' && move.call.call === 'createEnclave' ? [move] : []))
  expect(created).toHaveLength(2)
  expect(created[0].pokes[1].pa).toBe(created[1].pokes[1].pa)
})

/** Servers come to nothing. */
class NoServers extends Driver {
  override asHost(pc: bigint, registers: readonly bigint[]): Standing {
    const standing = super.asHost(pc, registers)
    const isServer = registers[17] === 0x100100n && registers[16] === CREATE_SERVER
    return isServer ? { ...standing, registers: standing.registers.with(10, 0x77n) } : standing
  }
}
const CREATE_SERVER = 90n

test('a point that a firmware does not come to is left out, and named', () => {
  const { points, missing } = preparePoints(new NoServers(elf))
  expect([...points.keys()]).toEqual(['stage', 'fork running', 'relay held', 'shares'])
  expect(missing[0]).toMatch(/^populated: at host {4}createServer\(.*\): result: a0 0x77/)
  expect(missing[1]).toBe("enclave running: begins at 'populated', which is missing")
})
