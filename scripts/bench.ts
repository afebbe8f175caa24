import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Command } from 'commander'
import { promises } from '../properties/index.ts'
import { casesPerSecond } from '../testbench/bench/cases.ts'
import { mips } from '../testbench/bench/engines.ts'
import { logRates } from '../testbench/bench/logs.ts'
import { programsPerSecond } from '../testbench/bench/short-programs.ts'
import { spikeSeconds } from '../testbench/bench/spike.ts'
import { loadElf } from '../testbench/elf/load.ts'
import { parseElf } from '../testbench/elf/read.ts'
import { ourMonitor } from './terminal/fuzz-options.ts'

// npm run bench: how fast the engines are, against the reference engine in the same run.

const { json } = new Command('bench').option('--json', 'print the figures as JSON').parse().opts<{ json?: true }>()

const path = fileURLToPath(new URL('../testbench/programs/mix.elf', import.meta.url))
const elf = parseElf(readFileSync(path), path)

const { linesPerSecond, comparedPerSecond } = await logRates(elf, 1_000_000)
const figures = {
  mips: {
    reference: mips(elf, 'reference', { record: false, steps: 2_000_000, warmUp: 500_000 }),
    wasm: mips(elf, 'wasm', { record: false, steps: 60_000_000, warmUp: 10_000_000 }),
    wasmTrace: mips(elf, 'wasm', { record: true, steps: 60_000_000, warmUp: 10_000_000 }),
    wasmTimingTrace: mips(elf, 'wasm', { record: true, timing: true, steps: 30_000_000, warmUp: 5_000_000 }),
  },
  logLinesPerSecond: linesPerSecond,
  comparedPerSecond,
  programsPerSecond: { 200: programsPerSecond(200, 3), 2000: programsPerSecond(2000, 3) },
  casesPerSecond: casesPerSecond(await loadElf(ourMonitor()), promises, 3),
  wholeProgramSeconds: { wasm: wasmSeconds(), spike: spikeSeconds(path) },
}

function wasmSeconds(): number {
  const begin = performance.now()
  mips(elf, 'wasm', { record: false, steps: Number.MAX_SAFE_INTEGER, warmUp: 0 })
  return (performance.now() - begin) / 1000
}

function print(name: string, value: number, unit: string, ratio?: number): void {
  const text = value.toLocaleString('en-US', { maximumFractionDigits: value < 1000 ? 2 : 0 })
  console.log(
    `${name.padEnd(40)} ${text.padStart(12)} ${unit.padEnd(16)} ${ratio === undefined ? '' : ratio.toFixed(2)}`,
  )
}

if (json) {
  console.log(JSON.stringify(figures, null, 2))
} else {
  const { reference, wasm, wasmTrace, wasmTimingTrace } = figures.mips
  const instructions = reference * 1e6
  console.log(`${' '.repeat(71)}against the reference engine`)
  print('reference engine', reference, 'MIPS', 1)
  print('WebAssembly engine', wasm, 'MIPS', wasm / reference)
  print('WebAssembly engine with trace', wasmTrace, 'MIPS', wasmTrace / reference)
  print('WebAssembly engine with timing and trace', wasmTimingTrace, 'MIPS', wasmTimingTrace / reference)
  print('  of its speed without timing', wasmTimingTrace / wasmTrace, '')
  print('log lines read', linesPerSecond, 'lines/s', linesPerSecond / instructions)
  print('instructions compared with a log', comparedPerSecond, 'instructions/s', comparedPerSecond / instructions)
  for (const length of [200, 2000] as const) {
    const rate = figures.programsPerSecond[length]
    print(`programs of ${length} instructions, 64 MiB`, rate, 'programs/s', (rate * length) / instructions)
  }
  const { casesPerSecond: cases } = figures
  print('isolation test cases, one thread', cases, 'cases/s', cases / reference)
  const { wasm: ours, spike } = figures.wholeProgramSeconds
  print('a whole program on the WebAssembly engine', ours, 's')
  if (spike !== undefined) print('the same program on Spike', spike, 's')
}
