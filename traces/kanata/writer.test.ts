import { expect, test } from 'vitest'
import { sampleSteps } from '../sample-steps.ts'
import { KanataWriter } from './writer.ts'

function written(): string[] {
  const writer = new KanataWriter()
  const text = sampleSteps().map((step) => writer.add(step))
  return `${text.join('')}${writer.end()}`.trimEnd().split('\n')
}

/** The lines of one instruction, with the cycle of each. */
function linesOf(id: number): string[] {
  let cycle = 0
  return written().flatMap((line) => {
    const [command, value, ...rest] = line.split('\t')
    if (command === 'C=') cycle = Number(value)
    else if (command === 'C') cycle += Number(value)
    else if (command !== 'Kanata' && Number(value) === id) return [`${cycle} ${[command, ...rest].join(' ')}`]
    return []
  })
}

test('the log begins with its version and its first cycle', () => {
  expect(written().slice(0, 3)).toEqual(['Kanata\t0004', 'C=\t10', 'I\t0\t0\t0'])
})

test('ids are consecutive, each is introduced before it is used, and each leaves once', () => {
  const known = new Set<string>()
  const left: string[] = []
  for (const line of written().slice(1)) {
    const [command, id] = line.split('\t')
    if (command === 'I') {
      expect(Number(id)).toBe(known.size)
      known.add(id)
    } else if (command === 'C') expect(Number(id)).toBeGreaterThan(0)
    else if (command !== 'C=') {
      expect(known).toContain(id)
      expect(left).not.toContain(id)
      if (command === 'R') left.push(id)
    }
  }
  expect(left).toEqual(['0', '1', '2', '3'])
})

test('an instruction that nothing holds up is in a stage a cycle, and retires behind write-back', () => {
  expect(linesOf(0).filter((line) => /^\d+ [SR]/.test(line))).toEqual([
    '10 S 0 F',
    '12 S 0 D',
    '13 S 0 X',
    '14 S 0 M',
    '15 S 0 W',
    '16 R 0 0',
  ])
})

test('one that the memory stage refuses goes through the pipeline again; the walk is a stage of lane 1', () => {
  expect(linesOf(1)).toEqual(
    [
      '11 I 1 0',
      '11 L 0 80000000: nop',
      '11 L 1 retires in cycle 26, privilege 1',
      '11 S 0 F',
      '13 S 0 D',
      '13 S 1 walk',
      '13 L 2 dtlb-miss; walk level 2: entry at 0x80001000 is 0x200000cf',
      '14 S 0 X',
      '14 W 0 0',
      '15 S 0 M',
      '16 S 0 F',
      '18 S 0 D',
      '23 E 1 walk',
      '24 S 0 X',
      '25 S 0 M',
      '25 L 2 load of 8 B at 0x40000000; walk level 2: entry at 0x80001000 is 0x200000cf',
      '26 S 0 W',
      '27 R 1 0',
    ].filter((line) => !line.startsWith('14 W')),
  )
})

test('an arrow comes from the instruction whose result is waited for', () => {
  expect(linesOf(2)).toContain('26 W 1 0')
})

test('what traps is flushed, and takes no retirement number', () => {
  expect(linesOf(2).at(-1)).toBe('29 R 2 0')
  expect(linesOf(3).at(-1)).toBe('30 R 3 1')
})
