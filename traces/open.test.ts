import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTrace } from './open.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'open-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const spike = '3 0x0000000080000000 (0x00000013)\n'
const rvfi = `${JSON.stringify({ order: 0, insn: 19, trap: 0, mode: 3, rd_addr: 0, rd_wdata: 0, pc_rdata: '0x80000000', pc_wdata: 0 })}\n`

test.each([
  ['spike', spike],
  ['rvfi', rvfi],
])('recognises %s, plain and gzip, and reads the same event from it', async (format, text) => {
  for (const content of [text, gzipSync(text)]) {
    const path = join(folder, 'trace')
    writeFileSync(path, content)
    const trace = await openTrace(path, String)
    expect(trace.format).toBe(format)
    for await (const event of trace.log.events()) {
      expect(event).toMatchObject({ kind: 'commit', pc: 0x80000000n, instruction: 0x13, privilege: 3 })
    }
  }
})

test('a file that is missing or of neither format is an error', async () => {
  await expect(openTrace(join(folder, 'none'), String)).rejects.toThrow('none: no such file')
  const path = join(folder, 'letter')
  writeFileSync(path, 'Dear all,\n')
  const { log } = await openTrace(path, String)
  await expect(log.events().next()).rejects.toThrow('letter:1: a line that no generation of Spike printed')
})
