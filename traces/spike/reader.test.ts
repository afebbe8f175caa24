import { mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { InputError } from '../input-error.ts'
import type { TraceEvent } from '../trace-event.ts'
import { SpikeLog } from './reader.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'spike-log-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

function file(content: string | Uint8Array): string {
  const path = join(folder, 'spike.log')
  writeFileSync(path, content)
  return path
}

async function events(path: string): Promise<TraceEvent[]> {
  const all: TraceEvent[] = []
  for await (const event of new SpikeLog(path).events()) all.push(event)
  return all
}

const sample = `warning: tohost and fromhost symbols not in ELF; can't communicate with target
core   0: >>>>  _start
core   0: 0x0000000080000000 (0x00000297) auipc   t0, 0x0
core   0: 3 0x0000000080000000 (0x00000297) x5  0x0000000080000000
core   0: exception trap_load_page_fault, epc 0x0000000080000004
core   0:           tval 0x0000000000001000
core   0: 3 0x0000000080000100 (0x30529073) c773_mtvec 0x0000000080000070
core   0: exception trap_user_ecall, epc 0x0000000080000008
core   0: exception interrupt #7, epc 0x000000008000000c
core   0: 0 0x000000008000000c (0x00a5b52f) x10 0x0000000000000005 mem 0x0000000000001000 mem 0x0000000000001000 0x0000000000000006
*** FAILED *** (tohost = 1)
`

describe('a log of -l and --log-commits', () => {
  test('gives every line in the order of the file, a tval line with its exception', async () => {
    const read = await events(file(sample))
    expect(read.map(({ line, kind }) => `${line} ${kind}`)).toEqual([
      '1 note',
      '2 symbol',
      '3 disassembly',
      '4 commit',
      '5 exception',
      '7 commit',
      '8 exception',
      '9 exception',
      '10 commit',
      '11 note',
    ])
    expect(read[4]).toEqual({
      kind: 'exception',
      line: 5,
      hart: 0,
      name: 'trap_load_page_fault',
      cause: 13,
      interrupt: false,
      epc: 0x80000004n,
      tval: 0x1000n,
    })
    expect(read[6]).not.toHaveProperty('tval')
    expect(read[8]).toMatchObject({
      privilege: 0,
      registers: [{ number: 10 }],
      memory: [{ kind: 'load' }, { value: 6n }],
    })
  })

  test('reads the same from gzip', async () => {
    expect(await events(file(gzipSync(sample)))).toEqual(await events(file(sample)))
  })

  test('reads a complete last line without a line feed', async () => {
    expect(await events(file(sample.trimEnd()))).toHaveLength(10)
  })

  test('counts the commits and says which Spike it was', async () => {
    const log = new SpikeLog(file(sample))
    for await (const _ of log.batches());
    expect(log.commits).toBe(3)
    expect(log.generation).toMatchObject({ name: 'Spike 2022-05-04 or later', disassembly: true, exceptions: true })
  })
})

test('a log longer than its chunks and batches: no line is lost, doubled or torn, wherever a chunk ends', async () => {
  const lines: string[] = []
  for (let i = 0; i < 40_000; i++) {
    const at = (0x8000_0000 + i).toString(16).padStart(16, '0')
    if (i % 7 < 4) lines.push(`core   0: exception trap_breakpoint, epc 0x${at}`, `core   0:           tval 0x${at}`)
    else if (i % 5 === 0) lines.push(`core   0: 0x${at} (0x00000013) nop`)
    else lines.push(`core   0: 3 0x${at} (0x00000013)`)
  }
  for (const content of [lines.join('\n'), gzipSync(`${lines.join('\n')}\n`)]) {
    let count = 0
    for await (const event of new SpikeLog(file(content)).events()) {
      const address =
        event.kind === 'exception'
          ? event.epc
          : event.kind === 'commit' || event.kind === 'disassembly'
            ? event.pc
            : -1n
      if (address !== BigInt(0x8000_0000 + count)) expect.fail(`event ${count} is out of place`)
      if (event.kind === 'exception' && event.tval !== event.epc) expect.fail(`event ${count} lost its tval`)
      if (lines[event.line - 1].includes(address.toString(16)) === false) expect.fail(`event ${count} has another line`)
      count++
    }
    expect(count).toBe(40_000)
  }
})

test('a log whose chunks have more lines than a batch holds', async () => {
  const count = 30_000
  let next = 0
  for await (const batch of new SpikeLog(file('3 0x80000000 (0x0001)\n'.repeat(count))).batches()) {
    expect(batch.rows).toBeLessThanOrEqual(batch.line.length)
    for (let row = 0; row < batch.rows; row++)
      if (batch.line[row] !== ++next) expect.fail(`line ${next} is out of place`)
  }
  expect(next).toBe(count)
})

test('the batches hold common lines as columns', async () => {
  for await (const batch of new SpikeLog(file(sample)).batches()) {
    expect(batch.rows).toBe(3)
    expect([...batch.pcLow.subarray(0, 3)]).toEqual([0x80000000, 0x80000100, 0x8000000c])
    expect([batch.csr[2], batch.csrLow[2], batch.csrName(773)]).toEqual([773, 0x80000070, 'mtvec'])
    expect([batch.loads[2], batch.storeSize[2], batch.storeLow[2], batch.storeValueLow[2]]).toEqual([1, 8, 0x1000, 6])
    expect(batch.eventRows).toEqual([0, 0, 0, 1, 2, 2, 3])
  }
})

function openFiles(path: string): string[] {
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) === path
    } catch {
      return false
    }
  })
}

test.skipIf(process.platform !== 'linux').each(['plain', 'gzip'])(
  'a consumer that stops early closes the file: %s',
  async (kind) => {
    const text = 'core   0: 3 0x0000000080000000 (0x00000013)\n'.repeat(200_000)
    const path = file(kind === 'gzip' ? gzipSync(text) : text)
    for await (const _ of new SpikeLog(path).events()) {
      expect(openFiles(path)).toHaveLength(1)
      break
    }
    // The operating system is asked to close it, which may take until a moment later.
    await expect.poll(() => openFiles(path), { timeout: 10_000 }).toEqual([])
  },
)

describe('what cannot be read is one line naming file and line', () => {
  const expectError = async (path: string, message: string | RegExp) => {
    const error = await events(path).then(
      () => undefined,
      (reason: unknown) => reason,
    )
    expect(error).toBeInstanceOf(InputError)
    const { message: text } = error as InputError
    expect(text).toMatch(message)
    expect(text.startsWith(path)).toBe(true)
    expect(text).not.toContain('\n')
  }
  const commit = 'core   0: 3 0x0000000080000000 (0x00000013)\n'

  test('no such file, a folder, an empty file', async () => {
    await expectError(join(folder, 'none.log'), 'none.log: no such file')
    await expectError(folder, 'not a regular file')
    await expectError(file(''), 'spike.log: the file is empty')
    await expectError(file(gzipSync('')), 'no commit lines')
  })

  test('gzip data cut short or damaged', async () => {
    const packed = gzipSync(commit.repeat(1000))
    await expectError(file(packed.subarray(0, packed.length - 20)), 'the gzip data ends early')
    await expectError(file(Buffer.concat([packed.subarray(0, 10), Buffer.alloc(20, 0xff)])), 'damaged gzip data')
  })

  test('a last line cut short', async () => {
    await expectError(file(`${commit}${commit.slice(0, 30)}`), /spike\.log:2: .*; the file ends within this line$/)
  })

  test('a line that no generation printed', async () => {
    await expectError(file(`${commit}hello\n`), 'spike.log:2: a line that no generation of Spike printed: expected')
    await expectError(file(`${commit}\n${commit}`), 'spike.log:2:')
    await expectError(file(`${commit}core   0:           tval 0x80000000\n`), 'spike.log:2: a tval line without')
    await expectError(file('a'.repeat(3_000_000)), 'spike.log:1: a line that no generation of Spike printed: over')
  })

  test('a log without --log-commits names the flag', async () => {
    await expectError(
      file('core   0: 0x0000000080000000 (0x00000013) nop\n'),
      'spike -l" alone: run Spike with --log-commits',
    )
    await expectError(file('*** FAILED *** (tohost = 1)\n'), 'no commit lines; run Spike with --log-commits')
  })
})
