import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { compareWithLog } from './compare/lockstep.ts'
import { comparisonText } from './compare/report.ts'
import { recordedOptions, recordedTraces } from './recorded.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
// Refuses a program whose hash is not that of the header.
const traces = await recordedTraces(root)

test.each(traces)('the model does at every instruction of $name what Spike did', async ({ elf, log, header }) => {
  const comparison = await compareWithLog(elf, log, recordedOptions(header))
  expect(comparison.same, comparisonText(comparison)).toBe(true)
  expect(comparison.ended, 'the log is of the whole program').toBe('program')
  const hits = new Map(comparison.masks.map((mask) => [mask.id, mask.hits]))
  expect([...hits.keys()].sort(), 'masks used').toEqual(Object.keys(header.masks).sort())
  for (const [id, declared = 0] of Object.entries(header.masks)) {
    expect(hits.get(id as keyof typeof header.masks), `uses of the mask ${id}`).toBeLessThanOrEqual(declared)
  }
})

test('logs with the exceptions are among them, and each header has a log', () => {
  expect(traces.filter(({ header }) => header.spikeFlags.includes('-l'))).not.toHaveLength(0)
  expect(traces.filter(({ log }) => !existsSync(log))).toEqual([])
  const folder = join(root, 'traces/recorded')
  const logs = readdirSync(folder).filter((name) => name.endsWith('.log.gz'))
  expect(logs).toHaveLength(traces.length)
  expect(logs.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0)).toBeLessThan(8_000_000)
})
