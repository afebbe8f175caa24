import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { CommitEvent } from '../trace-event.ts'
import { CommitBatch, writesPerRow } from './commit-batch.ts'
import { parseLine, type SpikeLine } from './grammar.ts'
import { scanCommit } from './scanner.ts'

interface Reading {
  event: SpikeLine
  evidence: number
}

function byGrammar(text: string): Reading | undefined {
  try {
    return parseLine(text, 3)
  } catch {
    return undefined
  }
}

function byScanner(text: string): Reading | undefined {
  const batch = new CommitBatch(1)
  const bytes = new TextEncoder().encode(`${text}\n`)
  const next = scanCommit(bytes, 0, 3, batch)
  if (next < 0) {
    expect(batch.rows).toBe(0)
    return undefined
  }
  expect(next).toBe(bytes.length)
  return { event: batch.commit(0), evidence: batch.evidence }
}

function isCommon(event: SpikeLine): event is CommitEvent {
  if (event.kind !== 'commit' || event.vector !== undefined || event.hart > 999) return false
  const loads = event.memory.filter(({ kind }) => kind === 'load').length
  return (
    event.registers.every(({ file }) => file === 'x') &&
    Math.max(event.registers.length, event.csrs.length) <= writesPerRow &&
    Math.max(loads, event.memory.length - loads) <= 1
  )
}

/** The scanner reads exactly the common lines of those that the grammar accepts, and reads the same. */
function expectAgreement(text: string): void {
  const expected = byGrammar(text)
  expect(byScanner(text)).toEqual(expected && isCommon(expected.event) ? expected : undefined)
}

const hex = (digits: number) =>
  fc.bigInt(0n, 16n ** BigInt(digits) - 1n).map((n) => `0x${n.toString(16).padStart(digits, '0')}`)

/** Commit lines of any generation, common and not. */
const commitLine = fc
  .record({ width: fc.constantFrom(8, 16), isPrefixed: fc.boolean(), isOldPadding: fc.boolean() })
  .chain(({ width, isPrefixed, isOldPadding }) => {
    const pad = (number: number) => (isOldPadding ? `${number}`.padStart(2) : `${number}`.padEnd(2))
    const word = hex(width)
    const x = fc.tuple(fc.integer({ min: 1, max: 31 }), word).map(([n, value]) => ` x${pad(n)} ${value}`)
    const f = fc.tuple(fc.integer({ min: 0, max: 31 }), hex(16)).map(([n, value]) => ` f${pad(n)} ${value}`)
    const v = fc.tuple(fc.integer({ min: 0, max: 31 }), hex(64)).map(([n, value]) => ` e8 mf2 l4 v${pad(n)} ${value}`)
    const name = fc.constantFrom('mstatus', 'pmpaddr0', 'unknown-csr')
    const csr = fc.tuple(fc.nat(4095), name, word).map(([n, of, value]) => ` c${n}_${of} ${value}`)
    const write = fc.oneof({ arbitrary: x, weight: 6 }, { arbitrary: csr, weight: 3 }, f, v)
    const load = word.map((address) => ` mem ${address}`)
    const data = fc.constantFrom(1, 2, 4, 8, 16).chain(hex)
    const store = fc.tuple(word, data).map(([address, value]) => ` mem ${address} ${value}`)
    const hart = fc.oneof(fc.nat(9), fc.nat(99), fc.nat(2000)).map((n) => `core${`${n}`.padStart(4)}: `)
    return fc
      .tuple(
        isPrefixed ? hart : fc.constant(''),
        fc.constantFrom('0', '1', '3'),
        word,
        fc.oneof(hex(4), hex(8), fc.constantFrom('0x00a28023', '0x0002b503')),
        fc.array(write, { maxLength: 3 }),
        fc.array(load, { maxLength: 2 }),
        fc.array(store, { maxLength: 2 }),
      )
      .map(([prefix, privilege, pc, instruction, writes, loads, stores]) =>
        [prefix, privilege, ` ${pc} (${instruction})`, ...writes, ...loads, ...stores].join(''),
      )
  })

test('scanner and grammar read the same from lines of every generation', () => {
  fc.assert(
    fc.property(commitLine, (text) => {
      expect(byGrammar(text)).toBeDefined()
      expectAgreement(text)
    }),
    { numRuns: 2000 },
  )
})

test('scanner and grammar accept and reject the same damaged lines', () => {
  const edit = fc.record({
    at: fc.nat(),
    removed: fc.nat(2),
    inserted: fc.stringMatching(/^[ 0-9a-gxXfvcmeorl(),:_é\t-]{0,2}$/),
  })
  fc.assert(
    fc.property(commitLine, fc.array(edit, { minLength: 1, maxLength: 2 }), (line, edits) => {
      let text = line
      for (const { at, removed, inserted } of edits) {
        const start = at % (text.length + 1)
        text = text.slice(0, start) + inserted + text.slice(start + removed)
      }
      expectAgreement(text)
    }),
    { numRuns: 5000 },
  )
})

const pc = '0x0000000080000000'
test.each([
  ['a register after memory', ` mem ${pc} x5  ${pc}`],
  ['a CSR after memory', ` mem ${pc} 0x01 c768_mstatus ${pc}`],
  ['a load after a store', ` mem ${pc} 0x01 mem ${pc}`],
  ['two stores', ` mem ${pc} 0x01 mem ${pc} 0x02`],
  ['two loads', ` mem ${pc} mem ${pc}`],
  ['x0', ` x0  ${pc}`],
  ['x32', ` x32 ${pc}`],
  ['x05', ` x05 ${pc}`],
  ['a CSR beyond 4095', ` c4096_mstatus ${pc}`],
  ['a CSR with a leading zero', ` c0768_mstatus ${pc}`],
  ['a CSR without a name', ` c768_ ${pc}`],
  ['a value too long', ` x5  ${pc}0`],
  ['a value too short', ` x5  0x80000000`],
  ['data of three digits', ` mem ${pc} 0x123`],
  ['data of 17 digits', ` mem ${pc} ${pc}0`],
  ['an odd access', ` mem ${pc} 1x01`],
])('scanner and grammar agree on %s', (_, items) => expectAgreement(`core   0: 3 ${pc} (0x00000013)${items}`))

test.each([
  'core  01: ',
  'core 010: ',
  'core 10: ',
  'core   a: ',
  'core1000: ',
  'core 100: ',
  'core  10: ',
  'core   0  ',
])('scanner and grammar agree on the prefix "%s"', (prefix) => expectAgreement(`${prefix}3 ${pc} (0x00000013)`))

test('every cut of a line is read alike', () => {
  const line =
    'core   0: 3 0x0000000080000004 (0x00a5b52f) x10 0x0000000000001020 c768_mstatus 0x0000000000000600 mem 0x0000000000000008 mem 0x0000000000000008 0x00000000000000ff'
  for (let end = 0; end <= line.length; end++) expectAgreement(line.slice(0, end))
})

test('a CSR that changes its name within a log goes to the grammar', () => {
  const batch = new CommitBatch(2)
  const scan = (name: string) =>
    scanCommit(new TextEncoder().encode(`3 0x80000000 (0x30529073) c773_${name} 0x00000001\n`), 0, 1, batch)
  expect(scan('mtvec')).toBeGreaterThan(0)
  expect(scan('mtvecx')).toBe(-1)
  expect(scan('mtve')).toBe(-1)
  expect(scan('mtvec')).toBeGreaterThan(0)
})
