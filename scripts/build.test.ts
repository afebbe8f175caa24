import { execFileSync } from 'node:child_process'
import { cpSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { temporaryFolder } from './commands/heard.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const path = temporaryFolder()

test('the command of a checkout is what the sources say; a package without sources is taken as it is', () => {
  for (const part of [
    'monitor',
    'properties',
    'rtl-model',
    'traces',
    'testbench',
    'scripts',
    'package.json',
    'package-lock.json',
  ])
    cpSync(`${root}${part}`, path(part), { recursive: true })
  symlinkSync(`${root}node_modules`, path('node_modules'))
  execFileSync(process.execPath, [path('scripts/build.js')])
  const run = () => execFileSync(process.execPath, [path('dist/yingzhou.js'), '--help'], { encoding: 'utf8' })
  const built = () => statSync(path('dist/main.js')).mtimeMs
  const source = path('scripts/commands/yingzhou.ts')

  const first = built()
  expect(run()).toContain('Example: yingzhou run prog.elf')
  expect(built()).toBe(first)

  writeFileSync(source, readFileSync(source, 'utf8').replace('run prog.elf', 'run other.elf'))
  expect(run()).toContain('Example: yingzhou run other.elf')
  expect(built()).not.toBe(first)

  writeFileSync(source, 'what is this')
  renameSync(path('scripts/build.js'), path('build.js'))
  rmSync(path('rtl-model'), { recursive: true })
  expect(run()).toContain('Example: yingzhou run other.elf')
})
