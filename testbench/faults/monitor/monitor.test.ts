import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { Driver } from '../../calls/driver.ts'
import { loadElf } from '../../elf/load.ts'
import { preparePoints } from '../../fuzz/points.ts'
import { monitorControls, monitorFaults } from './index.ts'

const all = [...monitorFaults, ...monitorControls]
const root = new URL('../../../', import.meta.url)
const folder = new URL('.', import.meta.url)
const monitor = new URL('monitor/', root)

const sums = readFileSync(new URL('images/SHA256SUMS', folder), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => [line.slice(66), line.slice(0, 64)] as const)

test('images, patches and the firmware belong together; otherwise run make in monitor/', () => {
  const firmware = readdirSync(new URL('firmware', monitor)).filter((name) => /\.([chS]|ld)$/.test(name))
  const files = [...firmware.map((name) => `firmware/${name}`), ...all.flatMap(({ monitor }) => filesOf(monitor!))]
  expect(files.filter((file) => !sums.some(([name]) => name === file))).toEqual([])
  for (const [file, sum] of sums) {
    const path = new URL(file, monitor)
    const seen = existsSync(path) && createHash('sha256').update(readFileSync(path)).digest('hex')
    expect({ file, sum: seen }).toEqual({ file, sum })
  }
})

/** An image and its patch, from the folder of the monitor. */
const filesOf = (image: string): string[] => [
  `../${image}`,
  `../${image.replace('images/', '').replace('.elf', '.patch')}`,
]

test('there is a row for each patch', () => {
  const patches = readdirSync(folder).filter((name) => name.endsWith('.patch'))
  const rows = all.map(({ monitor }) => monitor!.replace(/^.*\/(.*)\.elf$/, '$1.patch'))
  expect(patches.sort()).toEqual(rows.sort())
})

/** Points that a bug keeps its monitor from, because it shows on the way there. */
const missing: Record<string, readonly string[]> = {
  SM01: ['after destroy'],
  SM22: ['called', 'chain', 'passed'],
  SM35: [
    ...['populated', 'enclave running', 'called', 'chain', 'passed', 'server replaced', 'ocall pending'],
    ...['stopped', 'fork running', 'shares', 'after destroy'],
  ],
}

test('each boots, creates and runs enclaves, and calls servers, up to where its bug shows', async () => {
  const seen: Record<string, readonly string[]> = {}
  for (const { id, monitor } of all) {
    const { missing } = preparePoints(new Driver(await loadElf(new URL(monitor!, root).pathname)))
    if (missing.length > 0) seen[id] = missing.map((line) => line.slice(0, line.indexOf(':')))
  }
  expect(seen).toEqual(missing)
})
