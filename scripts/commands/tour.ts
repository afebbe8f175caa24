import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import type { Command } from 'commander'
import { promisesNamed } from '../../properties/index.ts'
import type { Comparison } from '../../testbench/compare/lockstep.ts'
import { loadElf } from '../../testbench/elf/load.ts'
import { recordedOptions, recordedTraces } from '../../testbench/recorded.ts'
import { ourMonitor } from '../terminal/fuzz-options.ts'
import { packageRoot } from '../terminal/package-root.ts'
import { exitCode, grouped, type Terminal } from '../terminal/terminal.ts'

export function addTour(program: Command, terminal: Terminal): void {
  program
    .command('tour')
    .summary('show what works: the tutorials of the monitor, example programs against their Spike logs, an attack')
    .description(
      'Boots the secure monitor and runs the tutorials of its enclaves; runs the example programs on the modelled core and ' +
        'compares every instruction with what Spike recorded of them; then attacks the enclaves for 30 seconds.',
    )
    .addHelpText('after', '\nExit code: 0 if all is as it must be, 1 otherwise.\n\nExample: yingzhou tour')
    .action(async () => {
      const monitor = await showTutorials(terminal, packageRoot())
      const traces = await showTraces(terminal, packageRoot())
      const attack = await showAttack(terminal, { seconds: 30, out: 'out' })
      terminal.exit(traces && monitor ? attack : exitCode.different)
    })
}

/** The enclaves: each tutorial boots the monitor of the project, or package, at `root`. Whether all went as promised. */
export async function showTutorials(terminal: Terminal, root: string): Promise<boolean> {
  const { runTutorial, tutorials } = await import('../../testbench/boot/tutorials.ts')
  const firmware = await loadElf(join(root, 'monitor/images/firmware.elf'))
  const host = await loadElf(join(root, 'monitor/images/host.elf'))
  const width = Math.max(...tutorials.map(({ command }) => command.length))
  terminal.print('The secure monitor with its enclaves: the tutorials, and whether they print what they promise\n\n')
  let isAsPromised = true
  for (const tutorial of tutorials) {
    const started = performance.now()
    const { missing, instructions } = await runTutorial(tutorial, firmware, host, () =>
      terminal.interrupted.throwIfAborted(),
    )
    const verdict = missing.length === 0 ? 'as promised' : 'NOT as promised'
    const count = grouped(instructions).padStart(12)
    terminal.print(`  ${tutorial.command.padEnd(width)}  ${count}  ${verdict}  ${since(started).padStart(8)}\n`)
    for (const line of missing) terminal.print(`    missing: ${line}\n`)
    isAsPromised &&= missing.length === 0
  }
  return isAsPromised
}

/** The enclaves under attack for so long. What `fuzz` would exit with. */
export async function showAttack(
  terminal: Terminal,
  { seconds, out }: { seconds: number; out: string },
): Promise<number> {
  const { runAttack } = await import('../fuzz/attack.ts')
  const { codeOf } = await import('../fuzz/results.ts')
  terminal.print(`\nThe enclaves under attack by their host and by each other, for ${seconds} seconds\n\n`)
  const summary = await runAttack(
    {
      setup: { monitor: ourMonitor(), core: 'default', faults: [] },
      promises: promisesNamed([]),
      seed: Date.now() | 0,
      ...{ seconds, out, workers: availableParallelism(), shard: { index: 1, count: 1 }, asJson: false },
    },
    terminal,
  )
  return codeOf(summary)
}

/** The programs of the project, or package, at `root` against their recorded logs. Whether all are the same. */
export async function showTraces(terminal: Terminal, root: string): Promise<boolean> {
  // Readers of logs take a while to load: other commands do without them.
  const { comparisonText } = await import('../../testbench/compare/report.ts')
  const { compareWithLog } = await import('../../testbench/compare/lockstep.ts')
  const traces = await recordedTraces(root)
  const width = Math.max(...traces.map(({ name }) => name.length), 'program'.length)
  const versions = new Set(traces.map(({ header }) => header.spikeVersion))
  terminal.print(
    `\nThe modelled core against Spike ${[...versions].join(', ')}, every instruction of the example programs\n\n`,
  )
  terminal.print(row(width, 'program', 'instructions', 'masked', 'verdict', 'time'))

  const start = performance.now()
  const results: Comparison[] = []
  for (const { name, elf, log, header } of traces) {
    const started = performance.now()
    const progress = () => terminal.interrupted.throwIfAborted()
    const result = await compareWithLog(elf, log, { ...recordedOptions(header), progress })
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
  return different.length === 0
}

function row(width: number, name: string, instructions: string, masked: string, verdict: string, time: string): string {
  const counts = `${instructions.padStart(12)}  ${masked.padStart(8)}`
  return `  ${name.padEnd(width)}  ${counts}  ${verdict.padEnd(9)}  ${time.padStart(8)}\n`
}

const since = (start: number): string => `${((performance.now() - start) / 1000).toFixed(2)} s`
