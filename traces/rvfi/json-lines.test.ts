import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { MemoryAccess, Retirement } from '../../rtl-model/core/retirement.ts'
import { InputError } from '../input-error.ts'
import type { TraceEvent } from '../trace-event.ts'
import { RvfiLog } from './reader.ts'
import { RvfiWriter } from './writer.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rvfi-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** As Spike's table, without a name for every CSR. */
const csrName = (csr: number) => (csr === 0x300 ? 'mstatus' : csr === 0x341 ? 'mepc' : 'unknown-csr')

function file(content: string | Uint8Array): string {
  const path = join(folder, 'trace.jsonl')
  writeFileSync(path, content)
  return path
}

const open = (content: string | Uint8Array) => new RvfiLog(file(content), csrName)

async function all<T>(source: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = []
  for await (const item of source) items.push(item)
  return items
}

function write(retirements: Retirement[]): string {
  const writer = new RvfiWriter(csrName)
  return retirements.map((retirement) => writer.line(retirement)).join('')
}

const word = fc.bigInt(0n, 2n ** 64n - 1n)
const registerNumber = fc.nat(31)

const memory = fc
  .record({ va: word, pa: fc.bigInt(0n, 2n ** 56n - 1n), size: fc.constantFrom(1, 2, 4, 8), read: word, written: word })
  .chain(({ va, pa, size, read, written }) => {
    const load = { kind: 'load' as const, va, pa, size, value: BigInt.asUintN(size * 8, read) }
    const store = { kind: 'store' as const, va, pa, size, value: BigInt.asUintN(size * 8, written) }
    return fc.constantFrom<MemoryAccess[][]>([], [load], [store], [load, store])
  })

const record = fc.record(
  {
    order: fc.constant(0n),
    cycle: word,
    pc: word,
    nextPc: word,
    instruction: fc.oneof(fc.nat(0xffff), fc.integer({ min: 0, max: 0xffff_ffff })),
    privilege: fc.constantFrom(0 as const, 1 as const, 3 as const),
    trap: fc.record({ interrupt: fc.boolean(), cause: fc.nat(63), tval: word }),
    rs1: registerNumber,
    rs1Value: word,
    rs2: registerNumber,
    rs2Value: word,
    rd: registerNumber,
    rdValue: word,
    csrWrites: fc
      .uniqueArray(fc.record({ csr: fc.nat(4095), value: word }), { selector: ({ csr }) => csr, maxLength: 4 })
      .map((writes) => writes.sort((a, b) => a.csr - b.csr)),
    memory,
    walk: fc.array(fc.record({ pa: word, pte: word, level: fc.nat(2) }), { maxLength: 6 }),
  },
  {
    requiredKeys: [
      'order',
      'cycle',
      'pc',
      'nextPc',
      'instruction',
      'privilege',
      'rs1',
      'rs1Value',
      'rs2',
      'rs2Value',
      'rd',
      'rdValue',
      'csrWrites',
      'memory',
      'walk',
    ],
  },
)

/** Retirements numbered without gaps from anywhere, as a machine hands them out. */
const retirements = fc
  .tuple(fc.bigInt(0n, 2n ** 60n), fc.array(record, { minLength: 1, maxLength: 6 }))
  .map(([first, records]) => records.map((each, index): Retirement => ({ ...each, order: first + BigInt(index) })))

test('retirements read back are those written', async () => {
  await fc.assert(
    fc.asyncProperty(retirements, async (written) => {
      expect(await all(open(write(written)).retirements())).toEqual(written)
    }),
    { numRuns: 300 },
  )
})

const plain: Retirement = {
  order: 5n,
  cycle: 9n,
  pc: 0x80000000n,
  nextPc: 0x80000004n,
  instruction: 0x0182b283,
  privilege: 3,
  rs1: 5,
  rs1Value: 0x1000n,
  rs2: 0,
  rs2Value: 0n,
  rd: 5,
  rdValue: 0xaan,
  csrWrites: [],
  memory: [{ kind: 'load', va: 0x1018n, pa: 0x80001018n, size: 4, value: 0xaan }],
  walk: [],
}
const interrupt: Retirement = {
  ...plain,
  order: 6n,
  rd: 0,
  rdValue: 0n,
  memory: [],
  trap: { interrupt: true, cause: 7, tval: 0n },
}
const lines = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)

describe('docs/rvfi.md', () => {
  test('field names, masks from mem_addr, CSR write masks', () => {
    const [fields] = lines(write([{ ...plain, csrWrites: [{ csr: 0x300, value: 1n }] }]))
    expect(fields).toMatchObject({
      valid: 1,
      order: '0x5',
      insn: '0x182b283',
      trap: 0,
      halt: 0,
      intr: 0,
      mode: 3,
      ixl: 2,
      rs1_addr: 5,
      rs1_rdata: '0x1000',
      rd_addr: 5,
      rd_wdata: '0xaa',
      pc_rdata: '0x80000000',
      pc_wdata: '0x80000004',
      mem_addr: '0x1018',
      mem_rmask: 0x0f,
      mem_wmask: 0,
      mem_rdata: '0xaa',
      mem_paddr: '0x80001018',
      csr_mstatus_wmask: '0xffffffffffffffff',
      csr_mstatus_wdata: '0x1',
    })
  })

  test('order counts instructions without gaps; intr marks the first instruction of a handler', () => {
    const fault = { ...interrupt, order: 8n, trap: { interrupt: false, cause: 2, tval: 0n } }
    const second = { ...interrupt, order: 9n }
    const written = lines(write([plain, interrupt, { ...plain, order: 7n }, fault, second, { ...plain, order: 10n }]))
    expect(written.map(({ valid, order, trap, intr }) => [valid, order, trap, intr])).toEqual([
      [1, '0x5', 0, 0],
      [0, '0x6', 0, 0],
      [1, '0x6', 0, 1],
      [1, '0x7', 1, 0],
      [0, '0x8', 0, 0],
      [1, '0x8', 0, 1],
    ])
  })

  test('accesses that one record cannot express are refused', () => {
    const [load] = plain.memory
    expect(() => write([{ ...plain, memory: [load, load] }])).toThrow(RangeError)
    expect(() => write([{ ...plain, memory: [load, { ...load, kind: 'store', va: 8n }] }])).toThrow(RangeError)
    expect(() => write([{ ...plain, memory: [{ ...load, kind: 'store' }, load] }])).toThrow(RangeError)
  })
})

const standard = {
  valid: 1,
  order: 0,
  insn: '0x00a5b52f',
  trap: 0,
  mode: 1,
  rd_addr: 10,
  rd_wdata: '0x5',
  pc_rdata: '0x80000000',
  pc_wdata: '0x80000004',
}

async function event(fields: Record<string, unknown>): Promise<TraceEvent> {
  return (await all(open(`${JSON.stringify(fields)}\n`).events()))[0]
}

describe('files with the standard fields only', () => {
  test('give events', async () => {
    const atomic = { mem_addr: '0x1000', mem_rmask: '0xff', mem_wmask: 255, mem_rdata: '0x5', mem_wdata: '6' }
    const csr = { csr_mepc_wmask: '0x0', csr_mepc_wdata: '0x7', csr_mstatus_wmask: '0x1', csr_mstatus_wdata: '0x9' }
    expect(await event({ ...standard, ...atomic, ...csr, mem_fault: 0 })).toEqual({
      kind: 'commit',
      line: 1,
      hart: 0,
      privilege: 1,
      pc: 0x80000000n,
      instruction: 0xa5b52f,
      length: 4,
      registers: [{ file: 'x', number: 10, value: 5n }],
      csrs: [{ csr: 0x300, name: 'mstatus', value: 9n }],
      memory: [
        { kind: 'load', va: 0x1000n, size: 8, value: 5n },
        { kind: 'store', va: 0x1000n, size: 8, value: 6n },
      ],
    })
  })

  test('an aligned address with a shifted mask is an access of the bytes in the mask', async () => {
    const access = {
      mem_addr: '0x1000',
      mem_rmask: '0x0',
      mem_wmask: '0xc0',
      mem_rdata: '0x0',
      mem_wdata: '0xbeef000000000000',
    }
    expect(await event({ ...standard, ...access })).toMatchObject({
      memory: [{ kind: 'store', va: 0x1006n, size: 2, value: 0xbeefn }],
    })
  })

  test('a trap is an exception whose cause is not known; lines with valid 0 are skipped', async () => {
    const text = [{ valid: 0 }, { ...standard, trap: 1, rd_addr: 0 }].map((fields) => JSON.stringify(fields)).join('\n')
    expect(await all(open(gzipSync(text)).events())).toEqual([
      { kind: 'exception', line: 2, hart: 0, name: 'trap', interrupt: false, epc: 0x80000000n },
    ])
  })

  test('fields that are not known are passed over, however long', async () => {
    expect(await event({ note: 'x'.repeat(1_000_000), ...standard })).toMatchObject({ kind: 'commit', pc: 0x80000000n })
  })

  test('do not pass for complete records', async () => {
    await expect(all(open(`${JSON.stringify(standard)}\n`).retirements())).rejects.toThrow(
      'trace.jsonl:1: field "cycle": missing',
    )
  })
})

test('interrupts and exceptions of our own files are events with cause and tval', async () => {
  const fault = { ...interrupt, order: 7n, trap: { interrupt: false, cause: 13, tval: 0x40n } }
  expect(await all(open(write([interrupt, fault])).events())).toMatchObject([
    { kind: 'exception', line: 1, name: 'interrupt #7', cause: 7, interrupt: true, epc: plain.pc },
    { kind: 'exception', line: 2, name: 'trap_load_page_fault', cause: 13, interrupt: false, tval: 0x40n },
  ])
})

describe('what cannot be read is one line naming file, line and field', () => {
  const { pc_rdata: _, ...withoutPc } = standard
  test.each<[Record<string, unknown>, string]>([
    [withoutPc, 'field "pc_rdata": missing'],
    [{ ...standard, insn: '0x100000000' }, 'field "insn": expected at most 32 bits, found "0x100000000"'],
    [{ ...standard, insn: -1 }, 'field "insn": expected an unsigned number, found -1'],
    [{ ...standard, insn: 'nop' }, 'field "insn": expected an unsigned number, found "nop"'],
    [{ ...standard, rd_addr: 32 }, 'field "rd_addr": expected at most 5 bits'],
    [{ ...standard, mode: 2 }, 'field "mode": expected 0, 1 or 3'],
    [{ ...standard, mem_rmask: 1 }, 'field "mem_rdata": missing'],
    [
      { ...standard, mem_wmask: 5, mem_addr: 0, mem_wdata: 0 },
      'field "mem_wmask": expected 1, 2, 4 or 8 neighbouring bytes',
    ],
    [{ ...standard, csr_mstats_wdata: 1 }, 'field "csr_mstats_wdata": no CSR has this name'],
  ])('%j', async (fields, message) => {
    await expect(event(fields)).rejects.toThrow(`trace.jsonl:1: ${message}`)
    await expect(event(fields)).rejects.toBeInstanceOf(InputError)
  })

  test('text that is no record', async () => {
    const good = JSON.stringify(standard)
    await expect(all(open(`${good}\nhello\n`).events())).rejects.toThrow('trace.jsonl:2: not JSON')
    await expect(all(open(`${good}\n[1]\n`).events())).rejects.toThrow('trace.jsonl:2: expected a JSON object')
    await expect(all(open(`${good}\n${good.slice(0, 20)}`).events())).rejects.toThrow('the file ends within this line')
    await expect(all(open('{"valid":0}\n').events())).rejects.toThrow('no valid RVFI record')
  })

  test('a walk entry', async () => {
    const [fields] = lines(write([plain]))
    const damaged = JSON.stringify({ ...fields, walk: [{ pa: '0x1', pte: '0x2' }] })
    await expect(all(open(damaged).retirements())).rejects.toThrow('field "walk[0].level": missing')
  })
})
