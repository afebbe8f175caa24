/** For the tests of this folder: commands run inside the test, and small programs to run them on. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { assembleProgram } from '../../testbench/assembler/program.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { yingzhou } from './yingzhou.ts'

/** What a command left: its exit code, and what it wrote to standard output and standard error. */
export interface Heard {
  code: number
  out: string
  err: string
}

export function heard(...words: string[]): Promise<Heard> {
  return listen((terminal) => yingzhou(words, terminal))
}

/** Likewise of anything that talks to a terminal. */
export async function listen(
  talk: (terminal: Terminal) => Promise<void>,
  // A program that never ends must not outlive its test.
  interrupted = AbortSignal.timeout(55_000),
): Promise<Heard> {
  const result = { code: 0, out: '', err: '' }
  await talk({
    print(data) {
      result.out += Buffer.from(data).toString()
    },
    say(text) {
      result.err += text
    },
    exit(code) {
      result.code = code
    },
    interrupted,
  })
  return result
}

/** A folder that goes away after the tests of the file, and paths in it. */
export function temporaryFolder(): (name: string) => string {
  const folder = mkdtempSync(join(tmpdir(), 'yingzhou-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  return (name) => join(folder, name)
}

/** Writes the ELF file of a program that runs `text`, then ends with the exit code in a0. */
export function writeProgram(path: string, text: string): string {
  const source = `
  .globl _start
_start:
${text}
  slli a0, a0, 1
  ori a0, a0, 1
  la t0, tohost
  sd a0, 0(t0)
1: j 1b
  .data
  .balign 8
tohost: .dword 0
fromhost: .dword 0
begin_signature:
  .dword 0x0123456789abcdef, 0
  .word 5
end_signature:
`
  writeFileSync(path, assembleProgram(source, path, 0x8000_0000n))
  return path
}

/** Sends a character to the console over HTIF. */
export const sends = (character: string): string => `
  li t1, 0x0101000000000000 + ${character.charCodeAt(0)}
  la t0, tohost
  sd t1, 0(t0)
`
