import type { SingleBar } from 'cli-progress'
import { grouped, type Terminal } from './terminal.ts'

/** What takes less time shows no progress. */
const QUIET_MILLISECONDS = 2000

/** A line on the terminal that tells how many instructions are done; nothing where there is no terminal. */
export interface Progress {
  update(instructions: number): void
  /** Takes the line away for good. */
  stop(): void
}

/** A bar where the `total` is known, otherwise a count. */
export async function createProgress({ progress: stream }: Terminal, total?: number): Promise<Progress> {
  if (stream === undefined) return { update() {}, stop() {} }
  const { default: cliProgress } = await import('cli-progress')
  const options = {
    stream,
    format: total === undefined ? '{value} instructions  {duration_formatted}' : '{bar} {value}/{total} instructions',
    formatValue: (value: number) => grouped(value),
    clearOnComplete: true,
    hideCursor: true,
  }
  const start = performance.now()
  let bar: SingleBar | undefined
  let isOver = false
  return {
    update(instructions) {
      if (isOver) return
      if (bar === undefined && performance.now() - start > QUIET_MILLISECONDS) {
        bar = new cliProgress.SingleBar(options, cliProgress.Presets.shades_classic)
        bar.start(total ?? 0, instructions)
      }
      bar?.update(instructions)
    },
    stop() {
      isOver = true
      bar?.stop()
    },
  }
}
