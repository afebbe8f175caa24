import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { loadElf } from '../elf/load.ts'
import { runTutorial, tutorials } from './tutorials.ts'

const image = (name: string) => loadElf(fileURLToPath(new URL(`../../monitor/images/${name}`, import.meta.url)))
const firmware = await image('firmware.elf')
const host = await image('host.elf')

test('a line that a tutorial does not print often enough is missing', async () => {
  const [hello] = tutorials
  const asked = { ...hello, promises: ['hello world!', 'hello world!', 'good bye'] }
  expect((await runTutorial(asked, firmware, host)).missing).toEqual(['hello world!', 'good bye'])
  expect((await runTutorial(hello, firmware, host)).missing).toEqual([])
})

test('a program that is not there breaks the promise of exit code 0', async () => {
  const { missing } = await runTutorial({ command: './nosuch', promises: [] }, firmware, host)
  expect(missing).toHaveLength(1)
})
