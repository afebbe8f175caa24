import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { gzipSync } from 'node:zlib'
import { beforeAll, describe, expect, test } from 'vitest'
import { segment } from '../../testbench/elf/sample.ts'
import { writeElf } from '../../testbench/elf/write.ts'
import { heard, temporaryFolder, writeProgram } from './heard.ts'

// Every kind of input that cannot be used: one line that names file and place, exit code 2, and nothing left behind.

const path = temporaryFolder()
const program = writeProgram(path('program.elf'), ' li a0, 0')
const header = readFileSync(program)

/** The program's file with some bytes changed. */
function changed(name: string, at: number, ...bytes: number[]): string {
  const copy = Buffer.from(header)
  copy.set(bytes, at)
  writeFileSync(path(name), copy)
  return path(name)
}

function written(name: string, data: string | Uint8Array): string {
  writeFileSync(path(name), data)
  return path(name)
}

function placed(name: string, pa: bigint, memoryBytes = 16n): string {
  const segments = [segment(pa, [0x6f, 0, 0, 0], { memoryBytes })]
  return written(name, writeElf({ entry: pa, segments, symbols: [] }))
}

/** Runs a command that must refuse, and gives its one line without the program's name. */
async function refusal(...words: string[]): Promise<string> {
  const before = readdirSync(dirname(program))
  const { code, out, err } = await heard(...words)
  expect({ code, out, lines: err.split('\n').length }).toEqual({ code: 2, out: '', lines: 2 })
  expect(readdirSync(dirname(program))).toEqual(before)
  expect(err).toMatch(/^yingzhou: /)
  return err.slice('yingzhou: '.length, -1)
}

describe('a program that is none', () => {
  const cases: [what: string, file: string, message: string][] = [
    ['no such file', path('nothing.elf'), 'no such file'],
    ['a directory', dirname(program), 'is a directory'],
    ['an empty file', written('empty.elf', ''), 'offset 0x0: the file is empty'],
    ['not an ELF file', written('text.elf', 'hello\n'), 'offset 0x0: not an ELF file'],
    ['a 32-bit ELF file', changed('32.elf', 4, 1), 'offset 0x4: a 32-bit ELF file, expected 64-bit'],
    ['a big-endian ELF file', changed('big.elf', 5, 2), 'offset 0x5: big-endian, expected little-endian'],
    ['another machine', changed('x86.elf', 18, 62), 'offset 0x12: machine 62 is not RISC-V (expected 243)'],
    ['an object file', changed('object.elf', 16, 1), 'offset 0x10: type 1 is not an executable (expected 2 or 3)'],
    [
      'a truncated file header',
      written('cut.elf', header.subarray(0, 40)),
      'offset 0x0: the ELF header needs 64 bytes, but the file ends at 0x28',
    ],
    [
      'truncated program headers',
      written('short.elf', header.subarray(0, 100)),
      'offset 0x40: program header 0 needs 56 bytes, but the file ends at 0x64',
    ],
    [
      'a segment outside RAM',
      placed('outside.elf', 0x4000_0000n),
      'segment 0 at 0x40000000-0x4000000f is outside RAM at 0x80000000-0x87ffffff',
    ],
    [
      'a segment that ends outside RAM',
      placed('end.elf', 0x87ff_fff8n),
      'segment 0 at 0x87fffff8-0x88000007 is outside RAM at 0x80000000-0x87ffffff',
    ],
    [
      'a segment overlapping a device',
      placed('device.elf', 0x200_0000n),
      'segment 0 at 0x2000000-0x200000f overlaps clint at 0x2000000-0x20bffff',
    ],
  ]
  test.each(cases)('%s', async (_, file, message) => {
    expect(await refusal('run', file, '--trace', path('never.log'))).toBe(`${file}: ${message}`)
  })

  test('is refused by every command that takes one', async () => {
    const file = path('nothing.elf')
    for (const words of [
      ['compare', file, program],
      ['disasm', file],
      ['asm', file, '-o', path('never.elf')],
    ])
      expect(await refusal(...words)).toBe(`${file}: no such file`)
  })
})

describe('a log that is none', () => {
  const log = path('program.log')
  let lines: string[] = []
  beforeAll(async () => {
    await heard('run', program, '--trace', log)
    lines = readFileSync(log, 'utf8').split('\n')
  })
  const compared = (file: string) => refusal('compare', program, file)

  test('no such file', async () => {
    expect(await compared(path('nothing.log'))).toBe(`${path('nothing.log')}: no such file`)
  })

  test('an empty file', async () => {
    expect(await compared(written('empty.log', ''))).toBe(`${path('empty.log')}: the file is empty`)
  })

  test('of another program', async () => {
    const other = writeProgram(path('other.elf'), ' li a1, 5\n'.repeat(40))
    expect(await refusal('compare', other, log)).toMatch(
      /^\S+program\.log:6: not what \S+other\.elf has at 0x80000000: a log of another program$/,
    )
  })

  test('cut within a line', async () => {
    const file = written('cut.log', lines.slice(0, 6).join('\n').slice(0, -6))
    expect(await compared(file)).toMatch(/^\S+cut\.log:6: .*; the file ends within this line$/)
  })

  test('a gzip file cut short', async () => {
    const packed = gzipSync(readFileSync(log))
    const file = written('cut.log.gz', packed.subarray(0, packed.length - 20))
    expect(await compared(file)).toBe(`${file}: the gzip data ends early; the file is cut short`)
  })

  test('damaged gzip data', async () => {
    const packed = gzipSync(readFileSync(log))
    packed.fill(0xff, 20, 40)
    const file = written('damaged.log.gz', packed)
    expect(await compared(file)).toMatch(/^\S+damaged\.log\.gz: damaged gzip data \(.*\)$/)
  })

  test('made without --log-commits', async () => {
    const file = written('disassembly.log', 'core   0: 0x0000000000001000 (0x00000297) auipc   t0, 0x0\n')
    expect(await compared(file)).toMatch(/^\S+disassembly\.log: no commit lines; .*--log-commits/)
  })

  test('a line that no generation printed', async () => {
    const file = written('odd.log', [...lines.slice(0, 3), 'core   0: what is this', ...lines.slice(3)].join('\n'))
    expect(await compared(file)).toMatch(/^\S+odd\.log:4: a line that no generation of Spike printed/)
  })
})

describe('an output file that cannot be written', () => {
  beforeAll(() => mkdirSync(path('folder')))
  const cases: [what: string, file: string, message: string][] = [
    ['its directory is missing', path('missing/file'), 'no such directory'],
    ['its directory is a file', `${program}/file`, 'no such directory'],
    ['it is a directory', path('folder'), 'is a directory'],
  ]
  const options = [
    ['run', program, '--trace'],
    ['run', program, '--signature'],
  ]
  for (const [what, file, message] of cases) {
    test.each(options)(`${what}: %s %s %s`, async (...words) => {
      expect(await refusal(...words, file)).toBe(`${file}: cannot be written: ${message}`)
    })
    test(`${what}: asm -o`, async () => {
      const source = written('source.S', 'nop\n')
      expect(await refusal('asm', source, '-o', file)).toBe(`${file}: cannot be written: ${message}`)
    })
  }

  test('a device without room', async () => {
    expect(await refusal('run', program, '--trace', '/dev/full')).toBe('/dev/full: cannot be written: no space left')
  })
})

describe('a program without what was asked for', () => {
  test('no signature', async () => {
    const bare = placed('bare.elf', 0x8000_0000n)
    expect(await refusal('run', bare, '--signature', path('never'))).toBe(
      `${bare}: no symbol begin_signature, so there is no signature to write`,
    )
  })

  test('no such symbol', async () => {
    expect(await refusal('disasm', program, '--symbol', 'nothing')).toBe(`${program}: no symbol nothing`)
  })

  test('a source with an error names line and column', async () => {
    const source = written('wrong.S', 'nop\n  addd a0, a0, a1\n')
    expect(await refusal('asm', source, '-o', path('never.elf'))).toMatch(/^\S+wrong\.S:2:3: .*addd/)
  })
})

describe('a command line', () => {
  test.each([
    ['unknown command', ['rnu', 'x'], "unknown command 'rnu' (Did you mean run?)"],
    ['unknown option', ['run', 'x', '--tarce', 'y'], "unknown option '--tarce' (Did you mean --trace?)"],
    ['missing argument', ['run'], "missing required argument 'file.elf'"],
    ['too many arguments', ['run', 'x', 'y'], "too many arguments for 'run'. Expected 1 argument but got 2."],
    ['missing option value', ['run', 'x', '--trace'], "option '--trace <file>' argument missing"],
    [
      'not a count',
      ['run', 'x', '--max-instructions', '1e3'],
      "option '--max-instructions <n>' argument '1e3' is invalid. It is a count, 1 or more.",
    ],
    [
      'not an engine',
      ['run', 'x', '--engine', 'fast'],
      "option '--engine <name>' argument 'fast' is invalid. Allowed choices are wasm, reference.",
    ],
    ['neither file nor bits', ['disasm'], 'disasm: give either a file or --bits'],
    ['not bits', ['disasm', '--bits', '123'], '--bits 123: write 4 or 8 digits in hex'],
  ])('%s', async (_, words, message) => {
    expect(await refusal(...words)).toBe(message)
  })
})
