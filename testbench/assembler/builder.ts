import { type Bound, evaluate, isProblem, Symbols } from './expression.ts'
import type { Scope } from './operands.ts'
import {
  type Alignment,
  type Branch,
  type Fragment,
  type Item,
  type Label,
  newFragment,
  type Section,
} from './section.ts'
import { type Expression, fail, type Place } from './syntax.ts'

/** What a section is besides its name. */
export interface SectionKind {
  readonly executable: boolean
  readonly writable: boolean
  readonly zero: boolean
}

/** Takes instructions and data in the order of the text, and puts them into sections. */
export class Builder implements Scope {
  readonly symbols = new Symbols()
  readonly sections: Section[] = []
  readonly csrNumber: (name: string) => number | undefined
  /** 16-bit forms are allowed. */
  rvc = true
  section: Section
  readonly #options: boolean[] = []

  constructor(csrNumber: (name: string) => number | undefined) {
    this.csrNumber = csrNumber
    this.section = this.enter('.text', { executable: true, writable: false, zero: false })
    this.section.alignment = 2
    for (const [name, zero] of [['.data', false] as const, ['.bss', true] as const]) {
      this.enter(name, { executable: false, writable: true, zero })
    }
    this.enter('.text')
  }

  /** Goes on in a section; a new one is of the kind that is given. */
  enter(name: string, kind?: SectionKind): Section {
    let section = this.sections.find((candidate) => candidate.name === name)
    if (section === undefined) {
      if (kind === undefined) throw new RangeError(`no section ${name}`)
      section = { name, ...kind, alignment: 1, fragments: [newFragment()], address: 0n, size: 0 }
      this.sections.push(section)
    }
    this.section = section
    return section
  }

  get #fragment(): Fragment {
    return this.section.fragments[this.section.fragments.length - 1]
  }

  here(): Label {
    return { section: this.section, fragment: this.#fragment, offset: this.#fragment.size }
  }

  /** Puts `size` bytes at the end of the section. */
  add(size: number, item: DistributiveOmit<Item, 'offset'>, place: Place): void {
    this.#refuseBytes(place)
    this.#fragment.items.push({ offset: this.#fragment.size, ...item })
    this.#fragment.size += size
  }

  /** Leaves room of zeroes at the end of the section. */
  addZeroes(size: number): void {
    this.#fragment.size += size
  }

  /** Puts something whose size is not known yet at the end of the section. */
  end(end: Branch | Alignment, place: Place): void {
    if (end.kind === 'branch' || (end.fill !== 0 && end.fill !== 'nop')) this.#refuseBytes(place)
    this.#fragment.end = end
    this.section.fragments.push(newFragment())
  }

  /** Fills sections of instructions up to their alignment, as GNU as does. */
  finish(): void {
    for (const { executable, alignment: bytes, fragments } of this.sections) {
      if (executable) fragments[fragments.length - 1].end = { kind: 'alignment', bytes, fill: 'nop', most: bytes }
    }
  }

  #refuseBytes(place: Place): void {
    if (this.section.zero)
      fail(place, `section ${this.section.name} has no bytes; only .zero, .space and .align go there`)
  }

  pushOptions(): void {
    this.#options.push(this.rvc)
  }

  popOptions(place: Place): void {
    const rvc = this.#options.pop()
    if (rvc === undefined) fail(place, '.option pop without .option push')
    this.rvc = rvc
  }

  bind(expression: Expression): Bound {
    return this.symbols.bind(expression, this.here())
  }

  known(expression: Expression): bigint | undefined {
    if (expression.kind === 'relocation') return undefined
    const result = evaluate(this.bind(expression), () => undefined)
    return isProblem(result) ? undefined : result.number
  }

  constant(expression: Expression): bigint {
    const result = evaluate(this.bind(expression), () => undefined)
    if (isProblem(result)) fail(result.place, `a number that is known at this line is needed: ${result.problem}`)
    return result.number
  }
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never
