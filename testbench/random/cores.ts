import type { CoreConfig } from '../../rtl-model/core/config.ts'
import type { CoreUnits } from '../../rtl-model/core/core.ts'
import type { RetirementBatch } from '../../rtl-model/core/recorder.ts'
import type { Retirement } from '../../rtl-model/core/retirement.ts'
import { disassemble } from '../../rtl-model/isa/disassemble.ts'
import { spikeText } from '../../traces/spike/writer.ts'
import { type Batch, renderBatch } from './batch.ts'
import { firstDifference, sameFields } from './equality.ts'
import { RandomMachine } from './model.ts'
import type { Placed } from './program.ts'
import { same, VisibleRun } from './visible.ts'

/** Steps of a program that are compared, whether it has ended then or not. */
const STEPS = 3000
const CONTEXT_LINES = 8

/** What the UART has received when a program begins: so that one can see whether it was read. */
const TYPED = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)
/** More than it can hold. */
const FULL = new Uint8Array(64)
const FIFO_CONTROL = 2

/** Where two cores first do something else. */
export interface Difference {
  /** What, in one sentence without a full stop. */
  readonly sentence: string
  /** The same for differences of one kind, whatever the addresses. */
  readonly sort: string
  /** The instructions before it, and what either core did. */
  readonly lines: readonly string[]
}

/** A core that may be wrong beside an honest one of the same parameters: both run the same programs. */
export class CorePair {
  readonly #config: CoreConfig
  readonly #honest: RandomMachine
  readonly #other: RandomMachine
  #observe: { honest(batch: RetirementBatch): void; other(batch: RetirementBatch): void } = { honest() {}, other() {} }

  /** @param honest units of the core that is right, where they are not those that a core has */
  constructor(config: CoreConfig, units: Partial<CoreUnits>, honest: Partial<CoreUnits> = {}) {
    this.#config = config
    this.#honest = new RandomMachine({ config, units: honest, observers: [(batch) => this.#observe.honest(batch)] })
    this.#other = new RandomMachine({ config, units, observers: [(batch) => this.#observe.other(batch)] })
  }

  /** The first difference between the cores, of all that a program can see: cycles too where they are modelled. */
  compare(batch: Omit<Batch, 'pmpEntries'>): Difference | undefined {
    const { placed } = renderBatch({ ...batch, pmpEntries: this.#config.pmpEntries })
    return this.#isSame(placed) ? undefined : this.#firstDifference(placed)
  }

  #run(
    placed: readonly Placed[],
    observe: { honest(batch: RetirementBatch): void; other(batch: RetirementBatch): void },
  ) {
    this.#observe = observe
    for (const model of [this.#honest, this.#other]) {
      model.begin(placed)
      const { uart } = model.machine.core
      uart.store(FIFO_CONTROL, 1, 1n)
      uart.receive(TYPED)
      model.machine.run(STEPS)
    }
  }

  #isSame(placed: readonly Placed[]): boolean {
    const [honest, other] = [new VisibleRun(STEPS, this.#hasTiming), new VisibleRun(STEPS, this.#hasTiming)]
    this.#run(placed, { honest: (batch) => honest.add(batch), other: (batch) => other.add(batch) })
    return honest.equals(other) && this.#finalDifference() === undefined
  }

  #firstDifference(placed: readonly Placed[]): Difference | undefined {
    const [expected, actual]: [Retirement[], Retirement[]] = [[], []]
    const into = (list: Retirement[]) => (batch: RetirementBatch) => {
      for (let index = 0; index < batch.length; index++) list.push(batch.at(index))
    }
    this.#run(placed, { honest: into(expected), other: into(actual) })
    const length = Math.max(expected.length, actual.length)
    for (let index = 0; index < length; index++) {
      const [a, b] = [expected[index], actual[index]]
      if (a !== undefined && b !== undefined && same(a, b) && (!this.#hasTiming || a.cycle === b.cycle)) continue
      const { sentence, sort } = this.#told(a, b)
      return { sentence, sort, lines: this.#lines(expected, a, b, index) }
    }
    const final = this.#finalDifference()
    return final && { ...final, lines: this.#lines(expected, undefined, undefined, length) }
  }

  /** What differs once both have run: whether they have ended, CSRs, devices and memory. */
  #finalDifference(): Pick<Difference, 'sentence' | 'sort'> | undefined {
    const [honest, other] = [this.#honest.machine, this.#other.machine]
    if (honest.exitCode !== other.exitCode) return { sentence: 'only one of the cores ends the program', sort: 'end' }
    for (const row of honest.core.csr.all()) {
      const [a, b] = [row.read(), other.core.csr.rows.get(row.csr)?.read()]
      const { name } = row
      if (a !== b) return { sentence: `${name} is ${hex(a)} in the end, here ${hex(b)}`, sort: name }
    }
    const [left, right] = [honest.core, other.core].map(({ uart }) => uart.receive(FULL))
    if (left !== right) return { sentence: 'one of the cores has read more from the UART than the other', sort: 'UART' }
    const [a, b] = [honest.core, other.core].map(({ memory, bus }) => new Uint8Array(memory.buffer, bus.ramOffset))
    const at = firstDifference(a, b)
    if (at < 0) return undefined
    const pa = honest.core.config.ramBase + BigInt(at)
    return { sentence: `memory at ${hex(pa)} holds ${hex(a[at])} in the end, here ${hex(b[at])}`, sort: 'memory' }
  }

  get #hasTiming(): boolean {
    return this.#config.timing !== undefined
  }

  #told(a: Retirement | undefined, b: Retirement | undefined): Pick<Difference, 'sentence' | 'sort'> {
    const record = a ?? b
    if (record === undefined) return { sentence: 'neither core did anything', sort: 'nothing' }
    const place = `${this.#assembly(record)} in ${'US?M'[record.privilege]}-mode`
    if (a === undefined || b === undefined) {
      return { sentence: `${place} is done by ${a ? 'the honest core' : 'this core'} only`, sort: 'stands still' }
    }
    if (a.pc !== b.pc || a.privilege !== b.privilege) {
      return { sentence: `${place} comes next, here ${this.#assembly(b)} at ${hex(b.pc)}`, sort: 'next' }
    }
    if (same(a, b)) return { sentence: `${place} begins in cycle ${a.cycle}, here in ${b.cycle}`, sort: 'cycles' }
    if (!sameFields(a.trap, b.trap)) {
      const [one, two] = [trapText(a), trapText(b)]
      const [expected, found] = one === two ? [a, b].map(({ trap }) => `${one} of ${hex(trap?.tval)}`) : [one, two]
      return { sentence: `${place} ends in ${expected}, here in ${found}`, sort: `${one}, ${two}` }
    }
    if (a.instruction !== b.instruction) {
      return { sentence: `${place} is fetched at ${hex(a.pc)}, here ${this.#assembly(b)}`, sort: 'fetch' }
    }
    const what = a.rdValue !== b.rdValue ? 'result' : a.nextPc !== b.nextPc ? 'next' : 'effect'
    const [one, two] = what === 'next' ? [a.nextPc, b.nextPc] : [a.rdValue, b.rdValue]
    const values = what === 'effect' ? '' : `: ${hex(one)}, here ${hex(two)}`
    return { sentence: `${place} has another ${what}${values}`, sort: `${what} of ${this.#assembly(a).split(' ')[0]}` }
  }

  #assembly({ pc, instruction, trap }: Retirement): string {
    if (trap?.interrupt) return `interrupt ${trap.cause}`
    const { core } = this.#honest.machine
    if (instruction === 0) return 'a fetch'
    return disassemble(core.decode(instruction), instruction, pc, (csr) => core.csr.name(csr)).replaceAll(/\s+/g, ' ')
  }

  #lines(history: readonly Retirement[], a: Retirement | undefined, b: Retirement | undefined, at: number): string[] {
    const { core } = this.#honest.machine
    const outcome = (record: Retirement | undefined): string =>
      record === undefined
        ? 'nothing'
        : record.trap
          ? `${trapText(record)}, tval ${hex(record.trap.tval)}, at ${hex(record.pc)}`
          : spikeText(record, (csr) => core.csr.name(csr) ?? hex(csr)).trim()
    const before = history.slice(Math.max(0, at - CONTEXT_LINES), at + 1).map((record) => {
      const { pc, privilege, trap } = record
      const text = this.#assembly(record)
      return `${'US?M'[privilege]} ${pc.toString(16).padStart(16)}  ${text}${trap ? `    ${trapText(record)}` : ''}`
    })
    return a === undefined && b === undefined ? before : [...before, `honest  ${outcome(a)}`, `here    ${outcome(b)}`]
  }
}

const hex = (value: bigint | number | undefined): string =>
  value === undefined ? 'nothing' : `0x${value.toString(16)}`

const causes: Readonly<Record<number, string>> = {
  0: 'misaligned fetch',
  1: 'instruction access fault',
  2: 'illegal instruction',
  3: 'breakpoint',
  4: 'misaligned load',
  5: 'load access fault',
  6: 'misaligned store',
  7: 'store access fault',
  8: 'call from U',
  9: 'call from S',
  11: 'call from M',
  12: 'instruction page fault',
  13: 'load page fault',
  15: 'store page fault',
}

function trapText({ trap }: Retirement): string {
  if (trap === undefined) return 'no trap'
  return trap.interrupt ? `interrupt ${trap.cause}` : (causes[trap.cause] ?? `exception ${trap.cause}`)
}
