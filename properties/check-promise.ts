import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { hunt } from '../testbench/fuzz/hunt.ts'
import type { Promised } from '../testbench/fuzz/promise.ts'
import type { Controls } from './controls.ts'

const root = fileURLToPath(new URL('../', import.meta.url))

/** Far more than any of these takes, also on a busy machine. */
const SECONDS = 50

/**
 * Tests of a promise: some of what it must catch, by id with a seed that leads there within `cases`, and nothing to catch on
 * what it must let pass.
 */
export function checkPromise(
  promise: Promised,
  { catches, allows, core }: Controls,
  { caught, cases, harmless }: { caught: Readonly<Record<string, number>>; cases: number; harmless: number },
): void {
  describe(promise.name, () => {
    test.each(Object.entries(caught))('catches %s', async (id, seed) => {
      expect(catches).toContain(id)
      const { found, steps } = await hunt({ id, promise, ...(core && { core }), seed, seconds: SECONDS, cases }, root)
      expect(found?.promise).toBe(promise.name)
      expect(steps).toBeLessThanOrEqual(15)
    })

    test.each(allows)('lets %s pass', async (id) => {
      const { found } = await hunt(
        { id, promise, ...(core && { core }), seed: 1, seconds: SECONDS, cases: harmless },
        root,
      )
      expect(found?.sentence).toBeUndefined()
    })
  })
}
