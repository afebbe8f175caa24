import { describe, expect, test } from 'vitest'
import { InputError } from '../../traces/input-error.ts'
import { counterexampleHash, type Finding, readFinding, type Step, writeFinding } from './finding.ts'
import { sampleFinding } from './report/sample-story.ts'

const NAME = 'out/isolation-7f3a.json'
const steps: Step[] = [
  ...sampleFinding().steps,
  { by: 'space', satp: 0x8000_0000_0008_0801n },
  { by: 'fault' },
  { by: 'enclave', call: { call: 'callEnclave', handle: 2n ** 64n - 1n, argVa: 0x2000n }, pokes: [] },
  { by: 'enclave', call: { call: 'unknown', number: 1n, extension: 2n }, pokes: [] },
]
const finding: Finding = { ...sampleFinding(), steps, stepTexts: steps.map(({ by }) => by) }
const text = writeFinding(finding)

describe('a finding', () => {
  test('comes back as it was written', () => {
    expect(readFinding(text, NAME)).toEqual(finding)
    expect(writeFinding(readFinding(text, NAME))).toBe(text)
  })

  test('has numbers of 64 bits and instructions in hex, and bytes as hex digits', () => {
    const { steps: written } = JSON.parse(text)
    expect(written[0]).toEqual({ by: 'host', code: ['0x4b503'], registers: [[9, '0x81042000']] })
    expect(written[1].pokes).toEqual([{ pa: '0x80201000', bytes: '00200481' }])
    expect(written[7].call).toEqual({ call: 'callEnclave', handle: '0xffffffffffffffff', argVa: '0x2000' })
  })

  test('is the same counterexample whatever seed led to it, and another with other steps', () => {
    const hash = counterexampleHash(finding)
    expect(hash).toMatch(/^[\da-f]{64}$/)
    expect(counterexampleHash({ ...finding, ...{ seed: 1, path: '0' } })).toBe(hash)
    expect(counterexampleHash({ ...finding, start: 'boot' })).not.toBe(hash)
    expect(counterexampleHash({ ...finding, steps: steps.slice(1) })).not.toBe(hash)
  })
})

describe('what is no finding is refused in one line with the file and the place', () => {
  const bad = (change: (file: Record<string, unknown> & { steps: Record<string, unknown>[] }) => void): string => {
    const file = JSON.parse(text)
    change(file)
    return JSON.stringify(file)
  }
  const complaint = (content: string): string => {
    try {
      readFinding(content, NAME)
    } catch (error) {
      expect(error).toBeInstanceOf(InputError)
      return (error as Error).message
    }
    return 'was taken'
  }

  test.each([
    ['no JSON', '{"version": 1,\n', /^out\/isolation-7f3a\.json: not JSON: [^\n]+$/],
    ['no object', '[1]', 'expected an object, found [1]'],
    ['nothing', 'null', 'expected an object, found null'],
    ['another version', bad((file) => (file.version = 2)), 'version: expected version 1, found 2'],
    ['no version', '{}', 'version: expected version 1, found nothing'],
    ['a member missing', bad((file) => delete file.sentence), 'sentence: expected a text, found nothing'],
    ['a list for an object', bad((file) => (file.monitor = [])), 'monitor: expected an object, found []'],
    ['a broken seed', bad((file) => (file.seed = 1.5)), 'seed: expected a whole number, found 1.5'],
    ['no list', bad((file) => (file.faults = 'V10')), 'faults: expected a list, found "V10"'],
    [
      'an unknown step',
      bad(({ steps }) => (steps[3].by = 'guest')),
      'steps[3].by: expected one of host, enclave, timer, fault, space, found "guest"',
    ],
    [
      'an argument that is a number',
      bad(({ steps }) => (steps[2].call = { call: 'runEnclave', eid: 1, paramPa: '0x0' })),
      'steps[2].call.eid: expected a number written as "0x…", found 1',
    ],
    [
      'an argument missing',
      bad(({ steps }) => (steps[2].call = { call: 'runEnclave', eid: '0x1' })),
      'steps[2].call.paramPa: expected a number written as "0x…", found nothing',
    ],
    [
      'too many bits',
      bad(({ steps }) => (steps[5].satp = '0x10000000000000000')),
      'steps[5].satp: expected at most 64 bits, found "0x10000000000000000"',
    ],
    [
      'half a byte',
      bad(({ steps }) => (steps[1].pokes = [{ pa: '0x0', bytes: 'abc' }])),
      'steps[1].pokes[0].bytes: expected bytes in hex, found "abc"',
    ],
    [
      'a compressed instruction of 32 bits',
      bad(({ steps }) => (steps[0].code = ['0x10000'])),
      'steps[0].code[0]: expected a compressed instruction in 16 bits, found "0x10000"',
    ],
    [
      'register 32',
      bad(({ steps }) => (steps[0].registers = [[32, '0x0']])),
      'steps[0].registers[0][0]: expected a register from 1 to 31, found 32',
    ],
    [
      'half a register',
      bad(({ steps }) => (steps[0].registers = [[1]])),
      'steps[0].registers[0]: expected a register and its value, found [1]',
    ],
    ['fewer texts than steps', bad((file) => (file.stepTexts = [])), 'stepTexts: expected 9 texts, found []'],
    [
      'a hash that is none',
      bad((file) => (file.monitor = { file: 'fw.elf', sha256: 'abc' })),
      'monitor.sha256: expected 64 hex digits, found "abc"',
    ],
  ])('%s', (_, content, expected) => {
    if (typeof expected === 'string') expect(complaint(content)).toBe(`${NAME}: ${expected}`)
    else expect(complaint(content)).toMatch(expected)
  })

  test('a call of the other side', () => {
    const host = bad(({ steps }) => (steps[2].call = { call: 'yield' }))
    expect(complaint(host)).toMatch(/: steps\[2\]\.call\.call: expected one of unknown, setPte, .*, found "yield"$/)
  })
})
