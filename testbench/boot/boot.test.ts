import { describe, expect, test } from 'vitest'
import { presets } from '../../rtl-model/core/config.ts'
import { loadElf } from '../elf/load.ts'
import { parseElf } from '../elf/read.ts'
import { runProgram } from '../run-program.ts'
import { type BootOptions, boot } from './boot.ts'
import { combine } from './combine.ts'

const image = (name: string) => new URL(`../../monitor/images/${name}`, import.meta.url).pathname
const firmware = await loadElf(image('firmware.elf'))
const host = await loadElf(image('host.elf'))

/** What nothing here needs, by far. */
const MOST_INSTRUCTIONS = 200_000_000

async function run(bootargs: string, options: Omit<BootOptions, 'bootargs'> = {}) {
  const bytes: number[] = []
  const output = (byte: number) => bytes.push(byte)
  const result = await boot(firmware, host, { bootargs, maxInstructions: MOST_INSTRUCTIONS, output, ...options })
  return { ...result, lines: linesOf(bytes) }
}

const linesOf = (bytes: number[]) => Buffer.from(bytes).toString().trimEnd().split('\n')

/** Without the words of signatures. */
const withoutHex = (lines: string[]) => lines.filter((line) => !line.startsWith('0x'))

const ENDED = ['host: PLenclave run is finish ', 'host: after exit the thread']

describe('the tutorials print what the documentation promises', () => {
  test('hello-world, created and run', async () => {
    const { lines, outcome, exitCode } = await run('./host hello-world')
    expect(lines).toEqual(['hello world!', ...ENDED])
    expect({ outcome, exitCode }).toEqual({ outcome: 'program', exitCode: 0 })
  })

  test('fork-host: three forks of one template', async () => {
    const { lines, exitCode } = await run('./fork-host hello-world 3')
    const forks = [1, 2, 3].map((number) => `host:${number}: enclave run eid 1000`)
    // Three threads: in which order they come depends on when the timer interrupts them.
    expect(lines.toSorted()).toEqual(['hello world!', 'hello world!', 'hello world!', ...forks])
    expect(exitCode).toBe(0)
  })

  test('test-caller: a chain of two servers, with pages that go along it and come back', async () => {
    const { lines, exitCode } = await run('./test-caller caller server server1')
    expect(withoutHex(lines)).toEqual([
      'caller begin to run...',
      'shm content 11111 and size 0000000000004000',
      'relay page content 22222 and size 0000000000004000',
      'get the enclave report',
      'get the server1 enclave report',
      'server1: begin to run',
      'get the server enclave report',
      expect.stringMatching(/^server1: server_handle:0x[\da-f]{16}$/),
      'server: begin to run',
      'server: read req_vaddr:0x0000000019962000',
      'server: read resp_vaddr:0x0000000019962000',
      'server: exit with ret:0x0000000000000002',
      'server1: read req_vaddr:0x0000000019961000',
      'server1: read resp_vaddr:0x0000000019962000',
      'server1: exit with retval:0x0000000000000003',
      'caller: read req_vaddr after calling server:0x0000000000002000',
      'caller: read resp_vaddr after calling server:0x0000000000002000',
      'caller: get server1 retval:0x0000000000000003',
    ])
    expect(exitCode).toBe(0)
  })

  test('test-caller: a chain of one server', async () => {
    const { lines } = await run('./test-caller caller server')
    expect(lines).toContain('server: read req_vaddr:0x0000000019961000')
    expect(lines.at(-1)).toBe('caller: get server retval:0x0000000000000002')
  })

  test('relay-page: the page goes back to the host and comes again with what the host wrote', async () => {
    const { lines } = await run('./host relay-page')
    expect(lines).toEqual(['relay_page 1 000056ce', 'relay_page 2 00000000', ...ENDED])
  })

  test('relay-page in two forks at once', async () => {
    const { lines } = await run('./fork-host relay-page 2')
    const both = ['relay_page 1 000056ce', 'relay_page 1 000056ce', 'relay_page 2 00000002', 'relay_page 2 00000002']
    expect(lines.filter((line) => line.startsWith('relay')).sort()).toEqual(both)
  })

  test('mem: malloc, mmap and sbrk', async () => {
    const { lines } = await run('./host mem')
    expect(lines).toEqual([
      'begin test malloc',
      'end test malloc',
      'begin test mmap',
      'end test mmap:2621440',
      'begin test sbrk',
      ...['0', '-4096', '4*4096', '1*4096', '-10*4096'].map((size) =>
        expect.stringMatching(new RegExp(`^ret of sbrk\\(${size.replace('*', '\\*')}\\):0x0000001[\\da-f]{9}$`)),
      ),
      'end test sbrk',
      ...ENDED,
    ])
  })

  test('test-stop: another thread stops, resumes and destroys an enclave', async () => {
    const { lines } = await run('./test-stop loop')
    expect(lines).toEqual(['host0: stop enclave', 'host0: resume enclave', 'host0: destroy enclave', ...ENDED])
  })

  test('test-attest: the same file measures the same, and the nonce goes into the report', async () => {
    const { lines } = await run('./test-attest hello-world')
    expect(lines.slice(2)).toEqual([
      'attest: nonce 1234',
      'attest: same file, same nonce: the same hash',
      'attest: same file, other nonce: another hash',
      'attest: template of the same file: another hash',
    ])
  })
})

describe('the other services of monitor and host', () => {
  test('yield, keys, random bytes, sectors, memory shared under a key', async () => {
    const { lines } = await run('./test-services services')
    expect(lines.slice(1)).toEqual([
      'after yield',
      'key: the same twice',
      'random: different twice',
      'sector: read as written',
      'sector that is not there: refused',
      'shared memory: 1 users, 8192 bytes',
      'shared memory: gone',
      'host: services returned 0',
    ])
  })

  test('the device: shared memory, schrodinger pages, the buffer for sectors, why an enclave runs again', async () => {
    const { lines, exitCode } = await run('./test-device relay-page')
    const calls = (kind: string, library: string, other: string) => [
      `${kind}: zero at first`,
      `${kind}: the same at both places`,
      `${kind}: kept while detached`,
      `${kind}: detached and removed`,
      ...['at', 'dt', 'ctl'].map((call) => `LIB: ${library}${call} failed`),
      `${kind}: gone`,
      `${kind}: zero again`,
      `LIB: ${library}get failed`,
      `${kind}: none of no size`,
      `LIB: ${other}at failed`,
      `${kind}: not the other kind's`,
    ]
    expect(lines).toEqual([
      ...calls('shm', 'PLenclave_shm', 'PLenclave_schrodinger_'),
      ...calls('schrodinger', 'PLenclave_schrodinger_', 'PLenclave_shm'),
      'LIB: PLenclave_fs_persistency_init failed',
      'sectors: refused without a buffer',
      'relay_page 1 000056ce',
      'run: asks for its relay page',
      'LIB: PLenclave_run failed',
      'run: refused without the reason',
      'relay_page 2 00002b67',
      'run: ends when it has the page',
      'LIB: PLenclave_run failed',
      'run: refused after the end',
    ])
    expect(exitCode).toBe(0)
  })

  test('part of a relay page passes on to an enclave that runs later', async () => {
    const { lines } = await run('./test-relay sender receiver')
    expect(lines).toEqual([
      'sender: sent 0000000000001000 bytes',
      'host: sender returned 0',
      'receiver: got 0000000000001000 bytes, content 22223',
      'host: receiver returned 0',
    ])
  })

  test('an enclave and a server share memory; a server that calls itself finds itself busy', async () => {
    const { lines } = await run('./test-shm shm-owner shm-reader')
    expect(lines).toEqual([
      'shm-reader: calling itself gives -2',
      'shm-owner: server returned 11111, memory now 11112',
      'host: shm-owner returned 0',
    ])
  })

  test('the timer interrupts a server, and its caller still gets its answer', async () => {
    const { lines } = await run('./test-caller caller slow-server')
    expect(lines.slice(-2)).toEqual([
      'caller: read req_vaddr after calling server:0x0000000000001000',
      'caller: get server retval:0x00000000001e8480',
    ])
  })

  test.each(['illegal', 'fault'])('%s: an enclave that does what it must not is ended', async (enclave) => {
    const { lines } = await run(`./host ${enclave}`)
    expect(lines.filter((line) => line.startsWith(`${enclave}: `))).toEqual([`${enclave}: before`])
    expect(lines.slice(-2)).toEqual(ENDED)
  })

  test('a server that is ended leaves nobody waiting: its caller learns that the call failed', async () => {
    const { lines, exitCode } = await run('./test-caller caller server fault')
    expect(lines).toContain('caller: the call failed')
    expect(exitCode).toBe(1)
  })
})

test('a fork of 64 KiB or more costs at most 1/20 of a creation, and not more for a larger enclave', async () => {
  const { lines } = await run('./bench-fork nothing 256')
  const rows = lines.slice(1).map((line) => line.trim().split(/ +/).map(Number))
  expect(rows.map(([kib]) => kib)).toEqual([16, 64, 256])
  for (const [, creation, , , fork] of rows.slice(1)) expect(fork).toBeLessThan(creation / 20)
  expect(rows[2][4]).toBeLessThan(rows[0][4] * 1.5)
})

describe('command lines', () => {
  test('none, or only what is meant for Linux: the kernel tells what programs there are', async () => {
    for (const bootargs of ['', 'console=ttyS0 earlycon']) {
      const { lines, exitCode } = await run(bootargs)
      expect(lines).toHaveLength(1)
      expect(lines[0]).toMatch(/^host kernel: the command line may name one of host fork-host /)
      expect(exitCode).toBe(0)
    }
  })

  test('a program that is not there', async () => {
    const { lines, outcome } = await run('./nosuch 1')
    expect(lines[0]).toBe('host kernel: ./nosuch: no such program')
    expect(outcome).toBe('no such program')
  })

  test('the exit code of the program', async () => {
    expect(await run('./host nosuch')).toMatchObject({ outcome: 'program', exitCode: 1 })
  })

  test('too little memory: the kernel gives up', async () => {
    const config = { ...presets.default, ramBytes: 16 * 1024 * 1024 }
    expect(await run('./host hello-world', { config })).toMatchObject({ outcome: 'kernel gave up' })
  })

  test('the limit of instructions', async () => {
    expect(await run('./host hello-world', { maxInstructions: 1000 })).toMatchObject({ outcome: 'limit' })
  })
})

describe('one program of firmware, payload and command line', () => {
  test('runs without any option', async () => {
    const program = parseElf(combine(firmware, host, './host hello-world'), 'combined')
    const bytes: number[] = []
    const { exitCode } = await runProgram(program, {
      maxInstructions: MOST_INSTRUCTIONS,
      output: (byte) => bytes.push(byte),
    })
    expect(linesOf(bytes)).toEqual(['hello world!', ...ENDED])
    expect(exitCode).toBe(0)
  })

  test('a payload without a place for a command line, and one that is too long, are refused', () => {
    expect(() => combine(firmware, firmware, 'x')).toThrow(/firmware\.elf: has no place for a command line/)
    expect(() => combine(firmware, host, 'x'.repeat(512))).toThrow(/at most 511 bytes, not 512/)
  })
})
