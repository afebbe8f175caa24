import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { heard, listen, temporaryFolder } from './heard.ts'
import { yingzhou } from './yingzhou.ts'

const path = temporaryFolder()

test('zoo says what caught a planted bug, and that a legal variation is let through', async () => {
  const out = path('out')
  mkdirSync(out)
  writeFileSync(`${out}/planted-bugs.txt`, 'P15  isolation  7  70000\nV10  architecture  7  9\n')
  const words = ['zoo', 'P15', 'T06', 'I04', '--budget', '8s', '--controls', '1s', '--workers', '1']
  const { code, out: text, err } = await heard(...words, '--out', out, '--baseline', out, '--json')
  const { faults, survivors, controlsFlagged } = JSON.parse(text)
  expect({ code, survivors, controlsFlagged }).toEqual({ code: 0, survivors: [], controlsFlagged: [] })
  expect(faults).toMatchObject([
    { id: 'P15', caughtBy: 'isolation', seconds: expect.any(Number), steps: expect.any(Number) },
    { id: 'T06', caughtBy: 'architecture' },
  ])
  expect(err.split('\n').map((line) => line.split(/ +/)[2])).toEqual(['P15', 'T06', 'I04', undefined])
  expect(existsSync(`${out}/zoo.html`)).toBe(true)
  expect(readFileSync(`${out}/planted-bugs.txt`, 'utf8')).toMatch(
    /^# .*\nP15 {2}isolation {5}1 .*\nT06 {2}architecture {2}1 .*\nV10 {2}architecture {2}7 {2}9\n$/,
  )
})

test('a zoo that was interrupted leaves the baseline as it is', async () => {
  const out = path('cut')
  mkdirSync(out)
  const rows = 'P15  isolation  7  70000\n'
  writeFileSync(`${out}/planted-bugs.txt`, rows)
  const words = ['zoo', 'P15', '--out', out, '--baseline', out]
  const { code } = await listen((terminal) => yingzhou(words, terminal), AbortSignal.abort())
  expect(code).toBe(130)
  expect(readFileSync(`${out}/planted-bugs.txt`, 'utf8')).toBe(rows)
})

describe('what cannot be used is one line, and exit code 2', () => {
  const image = path('text.elf')
  writeFileSync(image, 'hello\n')
  test.each([
    ['a bug that there is none of', ['zoo', 'P01', 'P99'], /: no planted bug or control is called P99: P01, P03, /],
    [
      'a budget that is no time',
      ['zoo', '--budget', '60'],
      /'60' is invalid\. It is a time, such as 60s, 10m or 2h\.$/,
    ],
    ['no seeds', ['zoo', '--seeds', '0'], /'0' is invalid\. It is a count, 1 or more\.$/],
    ['a monitor that is no ELF file', ['zoo', '--monitor', image], /text\.elf: offset 0x0: not an ELF file$/],
    ['no threads', ['gate', '--workers', 'two'], /'two' is invalid\. It is a count, 1 or more\.$/],
    ['no baseline', ['gate', '--baseline', path('nosuch')], /planted-bugs\.txt: no such file$/],
  ])('%s', async (_, words, message) => {
    const { code, out, err } = await heard(...words)
    expect({ code, out, lines: err.split('\n').length }).toEqual({ code: 2, out: '', lines: 2 })
    expect(err.trimEnd()).toMatch(message)
  })
})
