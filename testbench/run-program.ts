import { setImmediate } from 'node:timers/promises'
import type { CoreConfig } from '../rtl-model/core/config.ts'
import type { Observer } from '../rtl-model/core/recorder.ts'
import { OutputFile, writeWhole } from '../traces/output-file.ts'
import { type TraceFormat, traceText } from '../traces/trace-text.ts'
import type { ElfFile } from './elf/image.ts'
import { type EngineName, Machine } from './machine.ts'
import { signatureRange, signatureText } from './signature.ts'
import { countingUnits, type Statistics } from './statistics.ts'

/** Steps between two looks at the outside world, without and with a trace: some milliseconds, some megabytes. */
const STRIDE = 1_000_000
const TRACED_STRIDE = 10_000

export interface RunOptions {
  config?: CoreConfig
  engine?: EngineName
  /** Ends the run after this many instructions; traps count too. */
  maxInstructions?: number
  trace?: { path: string; format: TraceFormat }
  /** Written when the program has ended; `granularity` is bytes a line. */
  signature?: { path: string; granularity: number }
  output?(byte: number): void
  /** Told from time to time how many instructions were made. */
  progress?(instructions: number): void
  /** Ends the run early, without a trace. */
  signal?: AbortSignal
}

export interface RunResult {
  /** What the program gave; undefined where it had not ended after `maxInstructions`. */
  exitCode: number | undefined
  /** Address of the next instruction. */
  pc: bigint
  instructions: number
  cycles: number
  seconds: number
  statistics: Statistics
}

/**
 * Runs a program until it ends.
 * @throws InputError for a program that does not fit the machine and for files that cannot be written; none is left
 * half-written. Where `signal` ends the run, its reason.
 */
export async function runProgram(elf: ElfFile, options: RunOptions): Promise<RunResult> {
  const { trace } = options
  const file = trace === undefined ? undefined : await OutputFile.create(trace.path)
  try {
    const result = await run(elf, options, file)
    await file?.finish()
    return result
  } catch (error) {
    await file?.discard()
    throw error
  }
}

async function run(elf: ElfFile, options: RunOptions, file: OutputFile | undefined): Promise<RunResult> {
  const { trace, signature, maxInstructions = Number.POSITIVE_INFINITY, progress, signal, ...machineOptions } = options
  const { units, statistics } = countingUnits()
  const chunks: Buffer[] = []
  const record: Observer = (batch) => {
    // A buffer for each batch: thousands of lines kept as strings cost the collector more than making them does.
    let lines = ''
    for (let index = 0; index < batch.length; index++) lines += text(batch.at(index))
    chunks.push(Buffer.from(lines))
  }
  const machine = new Machine({ ...machineOptions, units, observers: trace === undefined ? [] : [record] })
  const { hart, csr, bus } = machine.core
  const text = traceText(trace?.format ?? 'spike', (number) => csr.name(number) ?? 'unknown')
  machine.load(elf)
  const range = signature && signatureRange(elf, bus)

  const start = performance.now()
  let left = maxInstructions
  while (machine.exitCode === undefined && left > 0) {
    left -= machine.run(Math.min(left, trace === undefined ? STRIDE : TRACED_STRIDE))
    progress?.(Number(hart.steps))
    await file?.write(Buffer.concat(chunks.splice(0)))
    await setImmediate()
    signal?.throwIfAborted()
  }
  const seconds = (performance.now() - start) / 1000

  const { exitCode } = machine
  if (signature && range && exitCode !== undefined) {
    const bytes = bus.read(range.begin, Number(range.end - range.begin))
    await writeWhole(signature.path, signatureText(bytes, signature.granularity))
  }
  return { exitCode, pc: hart.pc, instructions: Number(hart.retired), cycles: Number(hart.clock), seconds, statistics }
}
