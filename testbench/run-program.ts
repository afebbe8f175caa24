import { setImmediate } from 'node:timers/promises'
import type { CoreConfig } from '../rtl-model/core/config.ts'
import type { Core } from '../rtl-model/core/core.ts'
import type { Observer } from '../rtl-model/core/recorder.ts'
import { type CounterName, countsByName } from '../rtl-model/pipeline/counters.ts'
import { InputError } from '../traces/input-error.ts'
import { KanataWriter } from '../traces/kanata/writer.ts'
import { OutputFile, writeWhole } from '../traces/output-file.ts'
import { type TraceFormat, traceText } from '../traces/trace-text.ts'
import { VcdWriter } from '../traces/vcd/writer.ts'
import type { ElfFile } from './elf/image.ts'
import { type EngineName, Machine } from './machine.ts'
import { observePipeline } from './pipeline-steps.ts'
import { signatureRange, signatureText } from './signature.ts'
import { countingUnits, type Statistics } from './statistics.ts'

/** Steps between two looks at the outside world, without and with a trace: some milliseconds, some megabytes. */
const STRIDE = 1_000_000
const TRACED_STRIDE = 10_000

export interface RunOptions {
  config?: CoreConfig
  engine?: EngineName
  /** What the program, a firmware, goes on to; put into memory beside it. */
  payload?: ElfFile
  bootargs?: string
  showFinisher?: boolean
  /** Ends the run after this many instructions; traps count too. */
  maxInstructions?: number
  trace?: { path: string; format: TraceFormat }
  /** Files for the way of each instruction through the pipeline, of a core with timing: a Kanata log, a VCD. */
  pipeline?: string
  wave?: string
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
  /** What the timing counted, by name; undefined for a core without timing. */
  timing: Record<CounterName, number> | undefined
}

/**
 * Runs a program until it ends.
 * @throws InputError for a program that does not fit the machine and for files that cannot be written; none is left
 * half-written. Where `signal` ends the run, its reason.
 */
export async function runProgram(elf: ElfFile, options: RunOptions): Promise<RunResult> {
  const { trace, pipeline, wave } = options
  const outputs = new Outputs()
  try {
    const files = {
      trace: trace && (await outputs.create(trace.path)),
      pipeline: pipeline === undefined ? undefined : await outputs.create(pipeline),
      wave: wave === undefined ? undefined : await outputs.create(wave),
    }
    const result = await run(elf, options, outputs, files)
    await outputs.finish()
    return result
  } catch (error) {
    await outputs.discard()
    throw error
  }
}

/** Where text for a file is put until it is written. */
type Sink = (text: string) => void

/** Files that are written together: all of them, or none. */
class Outputs {
  readonly #files: { file: OutputFile; chunks: Buffer[] }[] = []

  async create(path: string): Promise<Sink> {
    const chunks: Buffer[] = []
    this.#files.push({ file: await OutputFile.create(path), chunks })
    // A buffer for each piece: thousands of lines kept as strings cost the collector more than making them does.
    return (text) => chunks.push(Buffer.from(text))
  }

  get isEmpty(): boolean {
    return this.#files.length === 0
  }

  async write(): Promise<void> {
    for (const { file, chunks } of this.#files) await file.write(Buffer.concat(chunks.splice(0)))
  }

  async finish(): Promise<void> {
    await this.write()
    for (const { file } of this.#files) await file.finish()
  }

  async discard(): Promise<void> {
    for (const { file } of this.#files) await file.discard()
  }
}

async function run(
  elf: ElfFile,
  options: RunOptions,
  outputs: Outputs,
  files: { trace: Sink | undefined; pipeline: Sink | undefined; wave: Sink | undefined },
): Promise<RunResult> {
  const {
    trace,
    signature,
    payload,
    maxInstructions = Number.POSITIVE_INFINITY,
    progress,
    signal,
    ...machineOptions
  } = options
  const { units, statistics } = countingUnits()
  const record: Observer = (batch) => {
    let lines = ''
    for (let index = 0; index < batch.length; index++) lines += text(batch.at(index))
    files.trace?.(lines)
  }
  const machine = new Machine({ ...machineOptions, units, observers: files.trace ? [record] : [] })
  const { hart, csr, bus, timing } = machine.core
  const text = traceText(trace?.format ?? 'spike', (number) => csr.name(number) ?? 'unknown')
  machine.load(elf, payload)
  const range = signature && signatureRange(elf, bus)
  const endPipeline = writePipeline(machine.core, elf, files)
  // What the memory stage saw is looked up after each step.
  const stride = endPipeline === undefined ? Number.POSITIVE_INFINITY : 1

  const start = performance.now()
  let left = maxInstructions
  while (machine.exitCode === undefined && left > 0) {
    let steps = Math.min(left, outputs.isEmpty ? STRIDE : TRACED_STRIDE)
    left -= steps
    while (machine.exitCode === undefined && steps > 0) steps -= machine.run(Math.min(steps, stride))
    progress?.(Number(hart.steps))
    await outputs.write()
    await setImmediate()
    signal?.throwIfAborted()
  }
  endPipeline?.()
  const seconds = (performance.now() - start) / 1000

  const { exitCode } = machine
  if (signature && range && exitCode !== undefined) {
    const bytes = bus.read(range.begin, Number(range.end - range.begin))
    await writeWhole(signature.path, signatureText(bytes, signature.granularity))
  }
  return {
    exitCode,
    pc: hart.pc,
    instructions: Number(hart.retired),
    cycles: Number(hart.clock),
    seconds,
    statistics,
    timing: timing && countsByName(timing.counts),
  }
}

/** Has the way of each instruction through the pipeline written; gives what writes the rest at the end. */
function writePipeline(
  core: Core,
  elf: ElfFile,
  { pipeline, wave }: { pipeline: Sink | undefined; wave: Sink | undefined },
): (() => void) | undefined {
  if (pipeline === undefined && wave === undefined) return undefined
  if (core.timing === undefined) {
    throw new InputError(`${elf.name}: a core without timing has no pipeline to write; choose another`)
  }
  const kanata = new KanataWriter()
  const vcd = new VcdWriter()
  wave?.(vcd.header())
  observePipeline(core, elf, (step) => {
    pipeline?.(kanata.add(step))
    wave?.(vcd.add(step))
  })
  return () => {
    pipeline?.(kanata.end())
    wave?.(vcd.end())
  }
}
