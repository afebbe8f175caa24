import { expect, test } from 'vitest'
import type { News } from '../../testbench/fuzz/round.ts'
import { temporaryFolder, writeProgram } from '../commands/heard.ts'
import { ourMonitor } from '../terminal/fuzz-options.ts'
import { createPool } from './pool.ts'

const path = temporaryFolder()
const task = { seed: 5, round: 0, cases: 15, known: [], corpus: [] }

test('rounds of killed threads are run again, and come to the same', async () => {
  const news: News[] = []
  const pool = createPool({ monitor: ourMonitor(), core: 'default', faults: [] }, ['isolation'], 1, (one) =>
    news.push(one),
  )
  const [whole] = await Promise.all([pool.run(task)])
  const told = () => news.flatMap(({ features }) => features).sort()
  await expect.poll(told).toEqual([...whole.features].sort())

  const before = pool.played
  const running = pool.run(task)
  await expect.poll(() => pool.played, { timeout: 30_000, interval: 5 }).toBeGreaterThan(before)
  await pool.killOne()
  expect(await running).toEqual(whole)
  await pool.close()
})

test('stopped, rounds end where they are', async () => {
  const pool = createPool({ monitor: ourMonitor(), core: 'default', faults: [] }, ['isolation'], 2)
  const running = [pool.run({ ...task, cases: 1000 }), pool.run({ ...task, round: 1, cases: 1000 })]
  await expect.poll(() => pool.played, { timeout: 30_000, interval: 5 }).toBeGreaterThan(2)
  pool.stop()
  const results = await Promise.all(running)
  expect(results.reduce((sum, { cases }) => sum + cases, 0)).toBe(pool.played)
  expect(pool.played).toBeLessThan(1000)
  await pool.close()
})

test('a monitor that never comes to the host is unusable, and says where it is', async () => {
  const monitor = writeProgram(path('lazy.elf'), '1: j 1b')
  const pool = createPool({ monitor, core: 'default', faults: [] }, ['isolation'], 1)
  await expect(pool.run(task)).rejects.toThrow(
    /lazy\.elf: the host at 0x80200000 was never reached; the hart is at 0x8/,
  )
  await pool.close()
})
