import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { presets } from '../../rtl-model/core/config.ts'
import { InputError } from '../../traces/input-error.ts'
import { loadElf } from '../elf/load.ts'
import { measureForks, parseForkTable } from './fork.ts'
import { forkPlot } from './fork-plot.ts'

const image = (name: string) => fileURLToPath(new URL(`../../monitor/images/${name}`, import.meta.url))
const table = `     KiB       create          run     template fork and run
      16      7134606        77600      2054179       253598
    1024     86976204       271683     81888965       289697
`

test('the table of bench-fork becomes rows', () => {
  expect(parseForkTable(table)).toEqual([
    { kib: 16, create: 7134606, run: 77600, template: 2054179, fork: 253598 },
    { kib: 1024, create: 86976204, run: 271683, template: 81888965, fork: 289697 },
  ])
})

test('a plot has a point for each size and both costs, the dearer one higher', () => {
  const plot = forkPlot(parseForkTable(table), 'default')
  const heights = [...plot.matchAll(/<circle [^>]*cy="([\d.]+)"/g)].map(([, y]) => Number(y))
  const [create, larger, fork] = heights
  expect(heights).toHaveLength(4)
  expect(larger).toBeLessThan(create)
  expect(create).toBeLessThan(fork)
  expect(plot).toContain('>1 MiB</text>')
})

test('sizes are measured up to the largest that is wanted; a machine without room for them is told', async () => {
  const [firmware, host] = [await loadElf(image('firmware.elf')), await loadElf(image('host.elf'))]
  const rows = await measureForks(firmware, host, { config: presets.default, most: 16 })
  expect(rows.map(({ kib }) => kib)).toEqual([16])
  expect(rows[0].fork).toBeLessThan(rows[0].create)
  const small = { ...presets.default, ramBytes: 16 * 1024 * 1024 }
  await expect(measureForks(firmware, host, { config: small, most: 16 })).rejects.toThrow(InputError)
})
