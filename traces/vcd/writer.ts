import { counterIndex } from '../../rtl-model/pipeline/counters.ts'
import { type StallCause, stallCauses } from '../../rtl-model/pipeline/stages.ts'
import type { PipelineStep } from '../pipeline-step.ts'

/** Cycles without any change after which the clock stands still, as it does while a core waits for an interrupt. */
const GATED = 4096

const stages = ['fetch', 'decode', 'execute', 'memory', 'writeback'] as const
type Stage = (typeof stages)[number]

/** What pulses for one cycle, by the count that says so, in the stage where it is found. */
const pulses = {
  icacheMisses: 'fetch',
  itlbMisses: 'fetch',
  dcacheMisses: 'memory',
  dcacheWritebacks: 'memory',
  dtlbMisses: 'memory',
  pteCacheHits: 'memory',
  l2Hits: 'memory',
  l2Misses: 'memory',
  storeConflicts: 'memory',
  branchMispredictions: 'memory',
  targetMispredictions: 'memory',
  flushes: 'writeback',
} as const satisfies Partial<Record<keyof typeof counterIndex, Stage>>
type Pulse = keyof typeof pulses

const snake = (name: string): string => name.replaceAll('-', '_').replaceAll(/[A-Z]/g, (c) => `_${c.toLowerCase()}`)
const pulseName = (pulse: Pulse): string => snake(pulse.replace(/s$/, '').replace(/Misse$/, 'Miss'))
const stallName = (cause: StallCause): string => `stall_${snake(cause)}`

/** Names and widths in bits of the signals, by scope. */
const scopes: Readonly<Record<string, readonly (readonly [name: string, width: number])[]>> = {
  core: [
    ['clk', 1],
    ['cycle', 64],
    ['mcycle', 64],
    ['privilege', 2],
    ['trap', 1],
    ['trap_cause', 64],
  ],
  pipeline: [
    ...stages.flatMap((stage) => [[`${stage}_valid`, 1] as const, [`${stage}_pc`, 64] as const]),
    ['retired_pc', 64],
    ['retired_instruction', 32],
  ],
  stalls: [['stall', 1], ...stallCauses.map((cause) => [stallName(cause), 1] as const)],
  memory: [
    ...(Object.keys(pulses) as Pulse[]).map((pulse) => [pulseName(pulse), 1] as const),
    ['walk', 1],
    ['walk_level', 2],
  ],
}

interface Change {
  cycle: number
  signal: string
  value: bigint
  /** Of the end of a stretch, the value that it ends: another that has begun since stays. */
  ends?: object | undefined
  begins?: object | undefined
}

/**
 * Writes a pipeline as a value change dump (IEEE 1364-2005, clause 18). A cycle is 2 ns: the clock rises at its start, where
 * all else changes. A stage shows the youngest instruction in it. Where nothing happens for thousands of cycles the clock
 * stands still.
 */
export class VcdWriter {
  readonly #codes = new Map<string, { code: string; width: number }>()
  readonly #values = new Map<string, bigint>()
  readonly #owners = new Map<string, object | undefined>()
  #changes: Change[] = []
  #cycle: number | undefined

  /** What comes before the first change. */
  header(): string {
    let text = '$version Yingzhou $end\n$timescale 1 ns $end\n$scope module yingzhou $end\n'
    for (const [scope, signals] of Object.entries(scopes)) {
      text += `$scope module ${scope} $end\n`
      for (const [name, width] of signals) {
        const code = identifier(this.#codes.size)
        this.#codes.set(name, { code, width })
        this.#values.set(name, 0n)
        text += `$var wire ${width} ${code} ${name}${width > 1 ? ` [${width - 1}:0]` : ''} $end\n`
      }
      text += '$upscope $end\n'
    }
    return `${text}$upscope $end\n$enddefinitions $end\n`
  }

  /** The text of all changes that no later step comes before. */
  add(step: PipelineStep): string {
    const { retirement, times } = step
    const { issue, fetch, decode } = times
    const between = (signal: string, from: number, to: number, value = 1n): void => {
      if (from >= to) return
      const token = {}
      this.#changes.push({ cycle: from, signal, value, begins: token }, { cycle: to, signal, value: 0n, ends: token })
    }
    const inStage = (stage: Stage, from: number, to: number): void => {
      between(`${stage}_valid`, from, to)
      if (from < to) this.#changes.push({ cycle: from, signal: `${stage}_pc`, value: retirement.pc })
    }
    const set = (signal: string, value: bigint): void => {
      this.#changes.push({ cycle: issue + 3, signal, value })
    }
    inStage('fetch', fetch, decode)
    const first = times.firstIssue
    if (first !== undefined) {
      inStage('decode', decode, first + 1)
      inStage('execute', first + 1, first + 2)
      inStage('memory', first + 2, first + 3)
    }
    inStage('decode', first === undefined ? decode : Math.min(first + 5, issue), issue + 1)
    inStage('execute', issue + 1, issue + 2)
    inStage('memory', issue + 2, issue + 3)
    inStage('writeback', issue + 3, issue + 4)
    for (const { cause, from, to } of times.stalls) {
      between('stall', Math.max(from, fetch), to)
      between(stallName(cause), Math.max(from, fetch), to)
    }
    const seen: Record<Stage, number> = {
      fetch,
      decode,
      execute: issue + 1,
      memory: (first ?? issue) + 2,
      writeback: issue + 3,
    }
    for (const [pulse, stage] of Object.entries(pulses) as [Pulse, Stage][]) {
      if (times.counts[counterIndex[pulse]] > 0) between(pulseName(pulse), seen[stage], seen[stage] + 1)
    }
    this.#walks(step, between)
    set('mcycle', step.mcycle)
    set('privilege', BigInt(retirement.privilege))
    if (retirement.trap) {
      between('trap', issue + 3, issue + 4)
      set('trap_cause', BigInt(retirement.trap.cause) | (retirement.trap.interrupt ? 1n << 63n : 0n))
    } else {
      set('retired_pc', retirement.pc)
      set('retired_instruction', BigInt(retirement.instruction))
    }
    return this.#before(fetch)
  }

  /** The rest. */
  end(): string {
    return this.#before(Number.POSITIVE_INFINITY)
  }

  #walks(
    { retirement, times }: PipelineStep,
    between: (signal: string, from: number, to: number, value?: bigint) => void,
  ): void {
    const stall = times.stalls.find(({ cause }) => cause === 'itlb-miss' || cause === 'dtlb-miss')
    let from = Math.max(stall?.from ?? 0, times.fetch)
    for (const [index, known] of times.walkReads.entries()) {
      between('walk', from, known)
      between('walk_level', from, known, BigInt(retirement.walk[index]?.level ?? 0))
      from = Math.max(from, known)
    }
  }

  #before(end: number): string {
    const ready = this.#changes.filter(({ cycle }) => cycle < end)
    this.#changes = this.#changes.filter(({ cycle }) => cycle >= end)
    ready.sort((a, b) => a.cycle - b.cycle || Number(b.ends !== undefined) - Number(a.ends !== undefined))
    let text = ''
    for (let index = 0; index < ready.length; ) {
      const { cycle } = ready[index]
      text += this.#clockTo(cycle)
      const touched = new Map<string, bigint>()
      for (; index < ready.length && ready[index].cycle === cycle; index++) {
        const { signal, value, ends, begins } = ready[index]
        if (ends !== undefined && this.#owners.get(signal) !== ends) continue
        this.#owners.set(signal, begins)
        touched.set(signal, value)
      }
      for (const [signal, value] of touched) text += this.#change(signal, value)
    }
    return text
  }

  /** Lets the clock run up to the start of `cycle`. */
  #clockTo(cycle: number): string {
    if (this.#cycle === undefined) {
      this.#cycle = cycle
      const initial = [...this.#codes.keys()].filter((name) => name !== 'clk' && name !== 'cycle')
      const all = initial.map((name) => this.#text(name, 0n)).join('')
      return `#${2 * cycle}\n$dumpvars\n${all}${this.#text('clk', 1n)}${this.#text('cycle', BigInt(cycle))}$end\n`
    }
    let text = ''
    const gated = cycle - this.#cycle > GATED
    for (let now = gated ? cycle : this.#cycle + 1; now <= cycle; now++) {
      text += `#${2 * (gated ? this.#cycle : now - 1) + 1}\n${this.#text('clk', 0n)}`
      text += `#${2 * now}\n${this.#text('clk', 1n)}${this.#text('cycle', BigInt(now))}`
    }
    this.#cycle = cycle
    return text
  }

  #change(signal: string, value: bigint): string {
    if (this.#values.get(signal) === value) return ''
    this.#values.set(signal, value)
    return this.#text(signal, value)
  }

  #text(signal: string, value: bigint): string {
    const { code, width } = this.#codes.get(signal)!
    return width === 1 ? `${value}${code}\n` : `b${value.toString(2)} ${code}\n`
  }
}

/** Short codes of printable characters. */
function identifier(number: number): string {
  const first = String.fromCharCode(33 + (number % 94))
  return number < 94 ? first : first + identifier(Math.floor(number / 94) - 1)
}
