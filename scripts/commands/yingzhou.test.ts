import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { heard } from './heard.ts'

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
const commands = [
  ...['tour', 'boot', 'run', 'view', 'compare', 'check', 'fuzz', 'replay', 'merge', 'zoo'],
  ...['gate', 'disasm', 'asm'],
]

describe('help', () => {
  test('names every command', async () => {
    const { code, out } = await heard('--help')
    expect(code).toBe(0)
    expect([...out.matchAll(/^ {2}([a-z]+) .*$/gm)].map(([, name]) => name)).toEqual([...commands, 'help'])
  })

  test.each(commands)('of %s has an example', async (command) => {
    const { code, out } = await heard(command, '--help')
    expect(code).toBe(0)
    expect(out).toMatch(new RegExp(`^Example: .*yingzhou ${command}`, 'm'))
  })

  test('goes to standard error, with exit code 2, where there is no command', async () => {
    expect(await heard()).toMatchObject({ code: 2, out: '', err: expect.stringMatching(/^Usage: yingzhou/) })
  })
})

test('--version is that of the package', async () => {
  expect(await heard('--version')).toEqual({ code: 0, out: `${version}\n`, err: '' })
})
