import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { parseElf } from '../elf/read.ts'
import { buildProgram } from './build.ts'

const PREFIX = 'riscv64-unknown-elf-'
const folder = fileURLToPath(new URL('.', import.meta.url))
const kernels = fileURLToPath(new URL('../kernels', import.meta.url))
const sources = readdirSync(folder).filter((name) => name.endsWith('.S'))
const hasGnu = spawnSync(`${PREFIX}as`, ['--version']).status === 0
const gcc = spawnSync(`${PREFIX}gcc`, ['-dumpfullversion'], { encoding: 'utf8' })
const hasGcc = gcc.status === 0 && gcc.stdout.startsWith('12.2.')

/** Where the assembler puts sections, as a linker script. */
const LAYOUT = `ENTRY(_start)
SECTIONS {
  . = 0x80000000;
  .text : { *(.text) }
  . = ALIGN(4096);
  .rodata : { *(.rodata) }
  . = ALIGN(4096);
  .data : { *(.data) }
  .bss : { *(.bss) }
}
`

function inTemporaryFolder<T>(work: (folder: string) => T): T {
  const temporary = mkdtempSync(join(tmpdir(), 'yingzhou-build-'))
  try {
    return work(temporary)
  } finally {
    rmSync(temporary, { recursive: true })
  }
}

/** Entry, and the bytes of memory that are not zero, by their place. */
function loaded({ entry, segments }: ReturnType<typeof parseElf>) {
  return {
    entry,
    bytes: segments.flatMap(({ pa, bytes }) => (bytes.some(Boolean) ? [{ pa, hex: trimmed(bytes) }] : [])),
  }
}

/** In hex without the zeros at the end, which one of two files may leave to .bss. */
const trimmed = (bytes: Uint8Array): string =>
  Buffer.from(bytes.subarray(0, bytes.findLastIndex((byte) => byte !== 0) + 1)).toString('hex')

describe.skipIf(!hasGnu)('GNU as and ld make the same of a program', () => {
  test.each(sources)('%s', async (name) => {
    const gnu = inTemporaryFolder((temporary) => {
      const [object, elf, layout] = ['program.o', 'program.elf', 'layout.ld'].map((file) => join(temporary, file))
      writeFileSync(layout, LAYOUT)
      execFileSync(`${PREFIX}as`, ['-march=rv64imac_zicsr_zifencei', '-mno-relax', join(folder, name), '-o', object])
      execFileSync(`${PREFIX}ld`, ['--no-relax', '--no-warn-rwx-segments', '-n', '-T', layout, object, '-o', elf])
      return parseElf(readFileSync(elf), name)
    })
    const [ours, theirs] = [image(await buildProgram(join(folder, name))), image(gnu)]
    expect(ours.entry).toBe(theirs.entry)
    expect(ours.hex).toEqual(theirs.hex)
  })
})

/** All of memory from the first segment on, whatever the segments are. */
function image({ entry, segments }: ReturnType<typeof parseElf>): { entry: bigint; hex: string[] | null } {
  const [base] = segments.map(({ pa }) => pa).sort((a, b) => Number(a - b))
  const memory = Buffer.alloc(Math.max(...segments.map(({ pa, bytes }) => Number(pa - base) + bytes.length)))
  for (const { pa, bytes } of segments) memory.set(bytes, Number(pa - base))
  return { entry, hex: trimmed(memory).match(/.{1,8}/g) }
}

test.skipIf(!hasGcc)('gcc 12.2 makes the bytes of mix.elf', () => {
  const made = inTemporaryFolder((temporary) => {
    cpSync(join(folder, 'mix'), join(temporary, 'mix'), { recursive: true })
    execFileSync('make', ['-s', '-C', join(temporary, 'mix')])
    return readFileSync(join(temporary, 'mix.elf'))
  })
  const isSame = made.equals(readFileSync(join(folder, 'mix.elf')))
  expect(isSame, 'mix.elf is not what its sources say: run make -C testbench/programs/mix').toBe(true)
})

test.skipIf(!hasGcc)('gcc 12.2 makes the code and data of the kernels', () => {
  inTemporaryFolder((temporary) => {
    const elves = readdirSync(kernels).filter((name) => name.endsWith('.elf'))
    cpSync(kernels, temporary, { recursive: true })
    execFileSync('make', ['-s', '-B', '-j2', '-C', temporary])
    for (const name of elves) {
      const [made, kept] = [temporary, kernels].map((place) => loaded(parseElf(readFileSync(join(place, name)), name)))
      expect(made, `${name} is not what its sources say: the cycles of Rocket are of the file that is kept`).toEqual(
        kept,
      )
    }
    expect(elves).toHaveLength(12)
  })
})
