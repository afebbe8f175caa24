import { describe, expect, test } from 'vitest'
import type { HostCall } from '../../../monitor/abi.ts'
import { presets } from '../../../rtl-model/core/config.ts'
import { InputError } from '../../../traces/input-error.ts'
import { Driver } from '../../calls/driver.ts'
import { type ElfFile, symbolAddress } from '../../elf/image.ts'
import { loadElf } from '../../elf/load.ts'
import { parseElf } from '../../elf/read.ts'
import type { Step } from '../finding.ts'
import { preparePoints } from '../points.ts'
import type { Promised } from '../promise.ts'
import { sampleFinding } from '../report/sample-story.ts'
import { variationsNamed } from '../variations.ts'
import { consoleOf, type ExportOptions, exportFinding } from './export.ts'

const firmware = await loadElf(new URL('../../../monitor/images/firmware.elf', import.meta.url).pathname)
const { points } = preparePoints(new Driver(firmware))
const honest: ExportOptions = { config: presets.default, units: {} }
/** The host may write satp: it turns translation off and reads what it likes. */
const faulty: ExportOptions = variationsNamed(['T01a'], presets.default)

const watchful: Promised = {
  name: 'watchful',
  statement: 'Nothing is wrong.',
  judge: (tell) => ({
    trespassed: ({ order, kind }) => tell({ sentence: `a trespass by ${kind}`, sort: kind, order }),
    visited({ problems, lastOrder }) {
      for (const { kind, text } of problems) tell({ sentence: text, sort: kind, order: lastOrder })
    },
  }),
}

const ownTables: Promised = {
  name: 'own tables',
  statement: 'The host does not change its tables.',
  judge: (tell) => ({
    visited({ before, after, lastOrder }) {
      if (before.satp !== after.satp) tell({ sentence: 'other tables', sort: 'satp', order: lastOrder })
    },
  }),
}

const exported = (start: string, steps: readonly Step[], options = honest, elf = firmware, promises = [watchful]) =>
  parseElf(exportFinding({ ...sampleFinding(), steps }, elf, points.get(start)!, promises, options), 'exported.elf')

/** Lines of the console that tell of the finding's own steps, and of the breach. */
function linesOf(program: ElfFile, options = honest) {
  const { text, exitCode } = consoleOf(program, options, 100_000_000)
  const lines = text.split('\n').filter((line) => !line.startsWith('before '))
  return { lines: lines.filter((line) => line !== ''), exitCode, text }
}

/** Our firmware with other code where a function begins. */
function patched(name: string, code: readonly number[]): ElfFile {
  const at = symbolAddress(firmware, name)!
  const segments = firmware.segments.map((segment) => {
    const offset = Number(at - segment.pa)
    if (offset < 0 || offset >= segment.bytes.length) return segment
    const bytes = Uint8Array.from(segment.bytes)
    bytes.set(code, offset)
    return { ...segment, bytes }
  })
  return { ...firmware, segments }
}

/** c.li a0, 0; c.jr ra. */
const RETURN_ZERO = [0x01, 0x45, 0x82, 0x80]
/** c.j to itself. */
const HANG = [0x01, 0xa0]

const hostCall = (call: HostCall): Step => ({ by: 'host', call, pokes: [] })
/** csrw satp, zero; ld t3, 0(t0), with t0 in an enclave. */
const reading = (pa: bigint): Step => ({ by: 'host', code: [0x18001073, 0x0002be03], registers: [[5, pa]] })
const yielding: Step = { by: 'enclave', call: { call: 'yield' }, pokes: [] }

describe('a finding as a program', () => {
  test('the host reads an enclave on the faulty core; the same program shows nothing on the honest one', () => {
    const program = exported('populated', [reading(0x8100_00b0n)], faulty)
    const { lines, exitCode } = linesOf(program, faulty)
    expect(lines[0]).toMatch(/^step 1 host runs csrrw zero, satp, zero; ld t3, 0\(t0\): a0 0xb0001800a a1 0xb0001800b$/)
    expect(lines[1]).toMatch(/^breach: the host read 0x[\da-f]+ by its instruction at 0x80200404: a trespass by load$/)
    expect(exitCode).toBe(1)
    const other = linesOf(program)
    expect(other.lines.at(-1)).toMatch(/^no breach: /)
    expect(other.exitCode).toBe(0)
  })

  test('it tells of each move that led to the start, and of what the calls returned', () => {
    const { text } = linesOf(
      exported(
        'stage',
        [hostCall({ call: 'destroyEnclave', eid: 77n })],
        honest,
        patched('destroy_enclave', RETURN_ZERO),
      ),
    )
    const before = text.split('\n').filter((line) => line.startsWith('before '))
    expect(before).toHaveLength(10)
    expect(before[1]).toBe('before 2 host separateTables(pgdOrder 2, pmdOrder 1): a0 0x0 a1 0x0')
    expect(text).toContain(
      'step 1 host destroyEnclave(eid 0x4d): a0 0x0 a1 0x0\nbreach: the host goes on with a0 0x0: a0',
    )
  })

  test('enclaves do their turns themselves, also forks of one template, and the timer interrupts them', () => {
    const { lines } = linesOf(exported('fork running', [{ by: 'timer' }, reading(0x8100_00b0n)], faulty), faulty)
    expect(lines[0]).toMatch(/^step 1 enclave \d+ timer: a0 0x0 a1 0x1$/)
    expect(lines[1]).toMatch(/^step 2 host runs /)
    expect(lines[2]).toMatch(/^breach: /)
  })

  test('servers that call one another do, and code that they run', () => {
    const code: Step = { by: 'enclave', code: [0x00100093], registers: [] }
    const { lines } = linesOf(exported('chain', [code, yielding, reading(0x8100_00b0n)], faulty), faulty)
    expect(lines[0]).toMatch(/^step 1 enclave \d+ runs addi ra, zero, 1: enclave \d+ goes on$/)
    expect(lines[1]).toMatch(/^step 2 enclave \d+ yield\(\): a0 0x0 a1 0x3$/)
    expect(lines.at(-1)).toMatch(/^breach: /)
  })

  test('what an enclave has in registers is shown by that it yields', () => {
    const call: Step = { by: 'enclave', call: { call: 'shmStat', key: 99n, va: 0x2400n }, pokes: [] }
    const { lines, exitCode } = linesOf(exported('enclave running', [call], honest, patched('shm_stat', RETURN_ZERO)))
    expect(lines.at(-1)).toMatch(/^breach: the enclave goes on with a0 0x0: /)
    expect(exitCode).toBe(1)
  })

  test('a monitor that does not come back is shown by silence', () => {
    const elf = patched('stop_enclave', HANG)
    const { lines, exitCode } = linesOf(
      exported('populated', [hostCall({ call: 'stopEnclave', eid: 0n })], honest, elf),
    )
    expect(lines.at(-1)).toMatch(/^breach, if the host says no more: /)
    expect(exitCode).toBeUndefined()
  })
})

test('a host whose own tables are let through says what its silence would mean, and what satp holds', () => {
  const step: Step = { by: 'host', code: [0x18001073], registers: [] }
  const elf = patched('satp_allowed', [0x05, 0x45, 0x82, 0x80])
  const { lines } = linesOf(exported('stage', [step], honest, elf, [ownTables]))
  expect(lines[1]).toMatch(/^breach, if the host says no more: /)
  expect(lines.at(-1)).toMatch(/^breach: the host has satp 0x0: other tables$/)
})

describe('what no program can show is refused', () => {
  const refused = (run: () => unknown) => {
    try {
      run()
    } catch (error) {
      expect(error).toBeInstanceOf(InputError)
      return (error as Error).message
    }
    return 'was written'
  }

  test('a promise about two runs', () => {
    const pairs = { ...watchful, judgePair: () => () => {} }
    expect(refused(() => exported('stage', [], honest, firmware, [pairs]))).toMatch(/is about two runs/)
  })

  test('a promise that holds', () => {
    expect(refused(() => exported('populated', [hostCall({ call: 'stopEnclave', eid: 77n })]))).toMatch(
      /nothing to show/,
    )
  })

  test('the timer while the host runs', () => {
    const steps: Step[] = [{ by: 'timer' }, reading(0x8100_00b0n)]
    expect(refused(() => exported('populated', steps, faulty))).toMatch(/^step 1: the timer interrupts the host/)
  })

  test('more turns of an enclave than fit into its image', () => {
    const steps = Array.from({ length: 40 }, (): Step => ({ by: 'enclave', call: { call: 'getEnclaveId' }, pokes: [] }))
    const all = [...steps, yielding, reading(0x8100_00b0n)]
    expect(refused(() => exported('enclave running', all, faulty))).toMatch(/does too much for a program in two pages/)
  })
})
