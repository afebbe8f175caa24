/** Where a command prints, and how it learns that the user has had enough. */
export interface Terminal {
  /** Standard output: what the command was asked for. */
  print(data: string | Uint8Array): void
  /** Standard error: everything else. */
  say(text: string): void
  /** Where progress is shown: standard error, if that is a terminal. */
  progress?: NodeJS.WritableStream
  /** What the command exits with once it is done; 0 where nobody says otherwise. */
  exit(code: number): void
  /** Aborted by Ctrl-C or a polite kill. */
  interrupted: AbortSignal
}

/** Exit codes of every command. `run` also has those of the programs that it runs. */
export const exitCode = {
  success: 0,
  /** The answer is no: traces differ, an example program went wrong. */
  different: 1,
  /** The command line or an input cannot be used. */
  unusable: 2,
  /** A program had not ended after the instructions that it was given; timeout(1) has the same code. */
  limitReached: 124,
  interrupted: 130,
} as const

/** What a shell sees of a program's exit code: 8 bits, and never 0 for a failure. */
export function shellCode(code: number | undefined): number {
  if (code === undefined) return exitCode.limitReached
  return code === 0 ? 0 : code & 255 || 255
}

/** A result as JSON, with 64-bit numbers as strings in hex. */
export function json(result: unknown): string {
  const text = JSON.stringify(result, (_, value) => (typeof value === 'bigint' ? `0x${value.toString(16)}` : value), 2)
  return `${text}\n`
}

/** A number with its digits in groups of three. */
export const grouped = (value: number): string => value.toLocaleString('en')
