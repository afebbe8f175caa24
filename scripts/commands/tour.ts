import type { Command } from 'commander'
import type { Comparison } from '../../testbench/compare/lockstep.ts'
import { recordedTraces } from '../../testbench/recorded.ts'
import { packageRoot } from '../terminal/package-root.ts'
import { exitCode, grouped, type Terminal } from '../terminal/terminal.ts'

export function addTour(program: Command, terminal: Terminal): void {
  program
    .command('tour')
    .summary('show what works: the example programs against their recorded Spike logs')
    .description(
      'Runs the example programs on the modelled core and compares every instruction with what Spike recorded of them.',
    )
    .addHelpText('after', '\nExit code: 0 if all are the same, 1 if any differs.\n\nExample: yingzhou tour')
    .action(() => tour(terminal, packageRoot()))
}

/** The tour of the project, or package, at `root`. */
export async function tour(terminal: Terminal, root: string): Promise<void> {
  // Readers of logs take a while to load: other commands do without them.
  const { comparisonText } = await import('../../testbench/compare/report.ts')
  const { compareWithLog } = await import('../../testbench/compare/lockstep.ts')
  const traces = await recordedTraces(root)
  const width = Math.max(...traces.map(({ name }) => name.length), 'program'.length)
  const versions = new Set(traces.map(({ header }) => header.spikeVersion))
  terminal.print(
    `The modelled core against Spike ${[...versions].join(', ')}, every instruction of the example programs\n\n`,
  )
  terminal.print(row(width, 'program', 'instructions', 'masked', 'verdict', 'time'))

  const start = performance.now()
  const results: Comparison[] = []
  for (const { name, elf, log } of traces) {
    const started = performance.now()
    const result = await compareWithLog(elf, log, { progress: () => terminal.interrupted.throwIfAborted() })
    const verdict = result.same ? 'same' : 'DIFFERENT'
    const masked = result.masks.reduce((sum, { hits }) => sum + hits, 0)
    terminal.print(row(width, name, grouped(result.instructions), grouped(masked), verdict, since(started)))
    results.push(result)
  }
  const different = results.filter(({ same }) => !same)
  for (const result of different) terminal.print(`\n${comparisonText(result)}\n`)
  const total = results.reduce((sum, { instructions }) => sum + instructions, 0)
  const verdict = different.length === 0 ? 'all the same' : `${different.length} DIFFERENT`
  terminal.print(`\n${results.length} programs, ${grouped(total)} instructions, ${since(start)}: ${verdict}\n`)
  terminal.exit(different.length === 0 ? exitCode.success : exitCode.different)
}

function row(width: number, name: string, instructions: string, masked: string, verdict: string, time: string): string {
  const counts = `${instructions.padStart(12)}  ${masked.padStart(8)}`
  return `  ${name.padEnd(width)}  ${counts}  ${verdict.padEnd(9)}  ${time.padStart(8)}\n`
}

const since = (start: number): string => `${((performance.now() - start) / 1000).toFixed(2)} s`
