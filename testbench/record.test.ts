import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { record, recordingNames } from './record.ts'
import type { RecordedHeader } from './recorded.ts'

const hasGzip = spawnSync('gzip', ['--version']).status === 0
const project = fileURLToPath(new URL('..', import.meta.url))
const root = mkdtempSync(join(tmpdir(), 'yingzhou-record-test-'))
const spike = join(root, 'spike')
const log = 'traces/recorded/selfmod.log.gz'
const headerPath = 'traces/recorded/selfmod.json'
const kept: RecordedHeader = JSON.parse(readFileSync(join(project, headerPath), 'utf8'))
const header = (): RecordedHeader => JSON.parse(readFileSync(join(root, headerPath), 'utf8'))

function writeHeader(changes: Partial<RecordedHeader>): void {
  const blank = { elfSha256: '', spikeVersion: '', recorded: '' }
  writeFileSync(join(root, headerPath), JSON.stringify({ ...kept, ...blank, ...changes }))
}

/** A command that says what Spike says, and leaves the log that was recorded. */
beforeAll(() => {
  mkdirSync(join(root, dirname(log)), { recursive: true })
  cpSync(join(project, kept.program), join(root, kept.program))
  writeFileSync(join(root, 'kept.log'), gunzipSync(readFileSync(join(project, log))))
  const lines = [
    '#!/bin/sh',
    'if [ "$1" = --help ]; then echo "Spike RISC-V ISA Simulator 1.1.1-dev" >&2; exit 1; fi',
    `for word; do case $word in --log=*) cp '${root}/kept.log' "\${word#--log=}";; --fail) echo wrong >&2; exit 1;; esac; done`,
  ]
  writeFileSync(spike, `${lines.join('\n')}\n`, { mode: 0o755 })
})
afterAll(() => rmSync(root, { recursive: true }))

test.skipIf(!hasGzip)('recording again gives the bytes that are kept, and completes the header', async () => {
  writeHeader({})
  expect(await recordingNames(root)).toEqual(['selfmod'])
  const recording = await record(root, 'selfmod', spike, '55b4658d')
  expect(recording).toMatchObject({ lines: 5000, same: true, masksAsDeclared: true, masks: {} })
  expect(readFileSync(join(root, log)).equals(readFileSync(join(project, log)))).toBe(true)
  expect(header()).toEqual({ ...kept, recorded: expect.stringMatching(/^\d{4}-\d\d-\d\d$/) })
})

test.skipIf(!hasGzip)(
  'masks are declared: recording does not change them, and says where they are others',
  async () => {
    writeHeader({ masks: { 'cycle-csr': 1 } })
    expect(await record(root, 'selfmod', spike, undefined)).toMatchObject({ masksAsDeclared: false, masks: {} })
    expect(header()).toMatchObject({ masks: { 'cycle-csr': 1 }, spikeVersion: '1.1.1-dev' })
  },
)

test('what cannot be recorded is said in a line', async () => {
  writeHeader({})
  await expect(record(root, 'selfmod', join(root, 'nothing'), undefined)).rejects.toThrow(
    /nothing: no Spike; name it with/,
  )
  await expect(record(root, 'other', spike, undefined)).rejects.toThrow(/other\.json: no such file; write it with/)
  writeHeader({ spikeFlags: ['--fail'] })
  await expect(record(root, 'selfmod', spike, undefined)).rejects.toThrow(/--fail: wrong$/)
})
