import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { presets } from '../rtl-model/core/config.ts'
import type { Retirement } from '../rtl-model/core/retirement.ts'
import { checkLog, checkRecords } from '../testbench/fuzz/check-trace.ts'
import type { Promised } from '../testbench/fuzz/promise.ts'
import { Machine } from '../testbench/machine.ts'
import { type RecordedTrace, recordedOptions, recordedTrace } from '../testbench/recorded.ts'
import type { Visit } from '../testbench/witness/events.ts'
import { promises } from './index.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const recorded = (name: string): Promise<RecordedTrace> =>
  recordedTrace(root, join(root, `traces/recorded/${name}.json`))
const folder = mkdtempSync(join(tmpdir(), 'yingzhou-'))
afterAll(() => rmSync(folder, { recursive: true }))

let fork: RecordedTrace
/** The visit that makes the first enclave, or the first template. */
let creation: Visit
/** Keeps no promise; finds the visit. */
const finder: Promised = {
  name: 'finder',
  statement: '',
  judge: (tell) => ({
    visited(visit) {
      const { enclaves, templates } = visit.after.state
      if (enclaves.size + templates.size === 0) return
      creation = visit
      tell({ sentence: '', sort: '', order: visit.lastOrder })
    },
  }),
}

beforeAll(async () => {
  fork = await recorded('fork-host')
  await checkLog(fork.elf, fork.log, [finder], recordedOptions(fork.header))
})

/** Memory that is not the host's any more. */
function given(): bigint {
  const { enclaves, templates } = creation.after.state
  return [...enclaves.values(), ...templates.values()][0].region.pa + 0x3000n
}

/** What the model does with the program, from reset on. */
function* run({ elf, header }: RecordedTrace): Generator<Retirement> {
  let records: Retirement[] = []
  const machine = new Machine({
    config: presets.spike,
    ...recordedOptions(header),
    mmuType: 'sv57',
    observers: [
      (batch) => {
        records = Array.from({ length: batch.length }, (_, index) => batch.at(index))
      },
    ],
  })
  machine.load(elf)
  while (machine.exitCode === undefined) {
    machine.run(1024)
    yield* records
  }
}

describe('a recorded trace', () => {
  test('of a tutorial with a template and forks breaks no promise', async () => {
    const checked = await checkLog(fork.elf, fork.log, promises, recordedOptions(fork.header))
    expect(checked.broken).toBeUndefined()
    expect(checked.calls).toBeGreaterThan(20)
    expect(checked.limits).toEqual([expect.stringMatching(/^secrecy, secrecy-timing: /)])
  })

  test('of a program without a monitor has nothing to judge, whatever it does in S-mode', async () => {
    const paging = await recorded('paging')
    const checked = await checkLog(paging.elf, paging.log, promises, recordedOptions(paging.header))
    expect(checked.calls).toBe(0)
    expect(checked.broken).toBeUndefined()
    expect(checked.limits).toContain('There is no call to a monitor of enclaves, so that there was nothing to judge.')
  })
})

describe('a breach is named at its retirement', () => {
  test('in records: a load of the host that comes from memory given away', async () => {
    let edited: Retirement | undefined
    function* faulty(): Generator<Retirement> {
      for (const retirement of run(fork)) {
        const { order, privilege, memory, trap } = retirement
        const [access] = memory
        const isPlace = order > creation.lastOrder && privilege === 1 && trap === undefined
        if (edited === undefined && isPlace && access?.kind === 'load') {
          edited = { ...retirement, memory: [{ ...access, pa: given() }] }
          yield edited
        } else yield retirement
      }
    }
    const { broken } = await checkRecords(faulty(), promises, fork.elf)
    expect(broken).toMatchObject({ promise: 'isolation', order: edited!.order, sort: /^host load/ })
    expect(broken!.at).toMatchObject({ record: edited!.order, pc: edited!.pc, domain: 'host' })
    expect(broken!.context.length).toBeGreaterThan(8)
  })

  test('in a Spike log: a load that the model does not make', async () => {
    const lines = gunzipSync(readFileSync(fork.log)).toString().split('\n')
    const isOfUser = (line: string): boolean => line.startsWith('core   0: 0 ')
    const isLoad = (line: string): boolean => /^core {3}0: 1 \S+ \S+ x\d+ +\S+ mem \S+$/.test(line)
    // Between two stretches of an enclave the host has one.
    const first = lines.findIndex(isOfUser)
    const last = lines.findLastIndex(isOfUser)
    const at = lines.findIndex((line, index) => index > (first + last) / 2 && isLoad(line))
    const pc = BigInt(/0x[\da-f]+/.exec(lines[at])![0])
    lines[at] = lines[at].replace(/mem \S+$/, `mem 0x${given().toString(16).padStart(16, '0')}`)
    const file = join(folder, 'faulty.log')
    writeFileSync(file, lines.join('\n'))
    const { broken } = await checkLog(fork.elf, file, promises, recordedOptions(fork.header))
    expect(broken).toMatchObject({ promise: 'isolation', at: { pc, domain: 'host' } })
    expect(broken!.sentence).toMatch(/^the host read a page of (enclave|template) \d+: physical address /)
  })
})
