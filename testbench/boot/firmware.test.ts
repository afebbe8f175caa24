import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { symbolAddress } from '../elf/image.ts'
import { loadElf } from '../elf/load.ts'
import { runProgram } from '../run-program.ts'
import { sm2Verify, sm3 } from './sm2.ts'

const monitor = new URL('../../monitor/', import.meta.url)
const image = (name: string) => new URL(`images/${name}`, monitor).pathname

/** Files that images are built from. */
const SOURCES = /\.([chS]|ld|mk)$|^Makefile$/

async function runFirmwareTest() {
  const bytes: number[] = []
  const program = await loadElf(image('firmware-test.elf'))
  const { exitCode } = await runProgram(program, { maxInstructions: 200_000_000, output: (byte) => bytes.push(byte) })
  return { exitCode, lines: Buffer.from(bytes).toString().trimEnd().split('\n') }
}

const run = await runFirmwareTest()

/** What the test host printed after `name`. */
function printed(name: string): Uint8Array {
  const line = run.lines.find((text) => text.startsWith(`${name} `))
  return Buffer.from(line?.slice(name.length + 1) ?? '', 'hex')
}

test('the calls of host and enclaves, with good and with hostile arguments, do what the test host expects', () => {
  expect(run.lines.filter((line) => line.startsWith('failed'))).toEqual([])
  expect(run.lines.at(-1)).toMatch(/^checks [\da-f]{16} failed 0{16}$/)
  expect(run.exitCode).toBe(0)
})

test('reports: the monitor signs for the enclave, the device for the monitor (GB/T 32918.2-2016, 7.1)', () => {
  const [monitorKey, deviceKey] = [printed('monitor key'), printed('device key')]
  expect(sm2Verify(monitorKey, printed('enclave hash'), printed('enclave signature'))).toBe(true)
  expect(sm2Verify(deviceKey, printed('monitor hash'), printed('monitor signature'))).toBe(true)
  expect(sm2Verify(deviceKey, printed('enclave hash'), printed('enclave signature'))).toBe(false)
  expect(sm2Verify(monitorKey, printed('monitor hash'), printed('enclave signature'))).toBe(false)
})

test('reports: the hash of the monitor is SM3 of its code and constants', async () => {
  const firmware = await loadElf(image('firmware-test.elf'))
  const [code] = firmware.segments
  const bytes = Number(symbolAddress(firmware, '_measured_end')! - code!.pa)
  expect(sm3(code!.bytes.subarray(0, bytes))).toEqual(new Uint8Array(printed('monitor hash')))
})

test('images and sources belong together; otherwise run make in monitor/', async () => {
  const sums = (await readFile(image('SHA256SUMS'), 'utf8')).trimEnd().split('\n')
  const files = new Map(sums.map((line) => [line.slice(66), line.slice(0, 64)]))
  for (const [file, sum] of files) {
    const bytes = await readFile(new URL(file, monitor))
    expect({ file, sum: createHash('sha256').update(bytes).digest('hex') }).toEqual({ file, sum })
  }
  for (const folder of ['firmware', 'sdk', 'host-kernel', 'guests']) {
    const entries = await readdir(new URL(folder, monitor), { recursive: true })
    const sources = entries.map((entry) => `${folder}/${entry}`).filter((entry) => SOURCES.test(entry))
    expect(sources.filter((entry) => !files.has(entry))).toEqual([])
  }
})
