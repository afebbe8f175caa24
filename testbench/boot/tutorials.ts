import type { ElfFile } from '../elf/image.ts'
import { boot } from './boot.ts'

/** A tutorial of the Penglai documentation: its command, and what it promises to print. */
export interface Tutorial {
  command: string
  /** Lines, each as often as it must come. */
  promises: readonly string[]
}

const ended = ['host: PLenclave run is finish ', 'host: after exit the thread']

export const tutorials: readonly Tutorial[] = [
  { command: './host hello-world', promises: ['hello world!', ...ended] },
  { command: './fork-host hello-world 3', promises: ['hello world!', 'hello world!', 'hello world!'] },
  {
    command: './test-caller caller server server1',
    promises: [
      'server: exit with ret:0x0000000000000002',
      'server1: exit with retval:0x0000000000000003',
      'caller: get server1 retval:0x0000000000000003',
    ],
  },
  {
    command: './test-stop loop',
    promises: ['host0: stop enclave', 'host0: resume enclave', 'host0: destroy enclave', ...ended],
  },
  {
    command: './test-attest hello-world',
    promises: ['attest: same file, same nonce: the same hash', 'attest: same file, other nonce: another hash'],
  },
  { command: './host relay-page', promises: ['relay_page 1 000056ce', 'relay_page 2 00000000', ...ended] },
  { command: './host mem', promises: ['end test mmap:2621440', 'end test sbrk', ...ended] },
]

/** What came of a tutorial: the promised lines that are missing, none where all is well. */
export interface TutorialResult {
  missing: string[]
  instructions: number
}

const MOST_INSTRUCTIONS = 500_000_000

/** Runs a tutorial on a firmware with our host kernel. */
export async function runTutorial(
  { command, promises }: Tutorial,
  firmware: ElfFile,
  host: ElfFile,
  progress: () => void = () => {},
): Promise<TutorialResult> {
  const bytes: number[] = []
  const { instructions, exitCode } = await boot(firmware, host, {
    bootargs: command,
    maxInstructions: MOST_INSTRUCTIONS,
    output: (byte) => bytes.push(byte),
    progress,
  })
  const missing = missingLines(promises, Buffer.from(bytes).toString())
  if (exitCode !== 0) missing.push(`(exit code 0, not ${exitCode})`)
  return { missing, instructions }
}

/** The promised lines that a console does not show, or not as often as they must come. */
export function missingLines(promises: readonly string[], console: string): string[] {
  const lines = console.split(/\r?\n/)
  return promises.filter((line, index) => {
    const needed = promises.slice(0, index + 1).filter((other) => other === line).length
    return lines.filter((printed) => printed === line).length < needed
  })
}
