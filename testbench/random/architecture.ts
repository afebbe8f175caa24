import fc from 'fast-check'
import { type CoreConfig, presets } from '../../rtl-model/core/config.ts'
import type { CoreUnits } from '../../rtl-model/core/core.ts'
import type { Batch } from './batch.ts'
import { bits32 } from './choice.ts'
import { CorePair, type Difference } from './cores.ts'
import { configs } from './engines.ts'
import { type Item, withEvents } from './items.ts'
import { type Opened, type PmpSpec, pmpSpec } from './pmp.ts'
import { type Program, program } from './program.ts'

/** Programs between two times that the campaign asks whether it is over. */
const STRETCH = 20

const timedConfig: CoreConfig = { ...presets.rocket, ramBytes: configs[0].ramBytes }

/** A program, and what it is run on. */
interface Case {
  readonly flavour: Batch['flavour']
  readonly locked: PmpSpec[]
  readonly open: Opened
  readonly program: Program
  /** Which of the shapes of cores, modulo their number. */
  readonly shape: number
}

const anyCase: fc.Arbitrary<Case> = fc.record({
  // What any two correct cores agree on, and what only two of the same kind do.
  flavour: fc.constantFrom('portable', 'wild'),
  locked: fc.array(pmpSpec, { maxLength: 3, size: 'max' }),
  open: fc.oneof(
    { weight: 6, arbitrary: fc.constant<Opened>('everything') },
    { weight: 3, arbitrary: fc.constant<Opened>('memory') },
    { weight: 1, arbitrary: fc.constant<Opened>('nothing') },
  ),
  program: fc.oneof(program, program.map(withMoreEvents)),
  shape: fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: bits32 }),
})

function withMoreEvents(plain: Program): Program {
  return { ...plain, segments: plain.segments.map((one) => ({ ...one, items: withEvents(one.items) })) }
}

/** A core that does not do what an honest one does, and a short program that shows it. */
export interface Deviation extends Difference {
  /** Programs until it was met. */
  readonly cases: number
  /** What is left of the program: its random instructions, changes by M-mode, PMP and page-table entries. */
  readonly steps: number
  readonly stepsFound: number
}

export interface ArchitectureCampaign {
  readonly seed: number
  /** Programs at most. */
  readonly programs: number
  /** The first program of the seed that is run, counted from 1. */
  readonly first?: number
  /** Is asked now and then whether to end. */
  isOver?(): boolean
  /** Whether the cores are such as model cycles, which are compared as well. */
  readonly timed?: boolean
  /** Units of the core that is right, where they are not those that a core has. */
  readonly honest?: Partial<CoreUnits>
  /** Whether what is found is made shorter; by default it is. */
  readonly shrink?: boolean
}

/**
 * Runs random programs, of all privilege modes, with paging and PMP, on a core and beside it on the honest core with the
 * same parameters, on cores of several shapes. Says where the core first does something that a program can see and the
 * honest core does not do.
 * @param units of the core that is judged
 * @param changes parameters of both
 */
export function findDeviation(
  units: (config: CoreConfig) => Partial<CoreUnits>,
  changes: Partial<CoreConfig>,
  { seed, programs, first = 1, isOver = () => false, shrink = true, timed = false, honest }: ArchitectureCampaign,
): { cases: number; found: Deviation | undefined } {
  const pairs = new Map<number, CorePair>()
  const compare = ({ flavour, locked, open, program, shape }: Case): Difference | undefined => {
    // Portable programs take all 16 entries of the plain core to be there.
    const at = flavour === 'portable' || timed ? 0 : shape % configs.length
    const config = { ...(timed ? timedConfig : configs[at]), ...changes }
    let pair = pairs.get(at)
    if (pair === undefined) {
      pair = new CorePair(config, units(config), honest)
      pairs.set(at, pair)
    }
    return pair.compare({ flavour, programs: [program], locked, open })
  }
  let cases = 0
  const property = fc.property(anyCase, (one) => {
    cases++
    return compare(one) === undefined
  })
  const run = () => {
    const numRuns = Math.min(STRETCH, programs - cases)
    return fc.check(property, { seed, numRuns, path: String(first - 1 + cases), endOnFailure: true })
  }
  let result = run()
  while (!result.failed && cases < programs && !isOver()) result = run()
  if (!result.failed) return { cases, found: undefined }
  if (result.counterexample === null) throw result.errorInstance ?? new Error('no program was made')
  const [met] = result.counterexample
  const sort = compare(met)?.sort
  const least = shrink ? shortest(met, (one) => compare(one)?.sort === sort) : met
  const difference = compare(least)!
  return {
    cases,
    found: { ...difference, cases: first - 1 + cases, steps: stepsOf(least), stepsFound: stepsOf(met) },
  }
}

const itemSteps = (items: readonly Item[]): number =>
  items.reduce((sum, item) => sum + ('body' in item ? item.body.length : 1), 0)

function stepsOf({ locked, program: { pmp, services, segments, tables } }: Case): number {
  const instructions = segments.reduce((sum, { items }) => sum + itemSteps(items), 0)
  return instructions + locked.length + pmp.length + services.length + tables.entries.length
}

/** The case without what it can do without and still shows the same. */
function shortest(found: Case, shows: (one: Case) => boolean): Case {
  let best = found
  const tries = (candidate: Case): boolean => {
    if (!shows(candidate)) return false
    best = candidate
    return true
  }
  const withProgram = (change: Partial<Program>): Case => ({ ...best, program: { ...best.program, ...change } })
  const lessOf = <Entry>(list: () => readonly Entry[], put: (shorter: Entry[]) => Case): void => {
    for (let size = list().length; size >= 1; size = Math.floor(size / 2)) {
      for (let at = 0; at < list().length; ) if (!tries(put(list().toSpliced(at, size)))) at += size
    }
  }
  const pass = (): void => {
    lessOf(
      () => best.program.segments,
      (segments) => withProgram({ segments }),
    )
    for (let index = 0; index < best.program.segments.length; index++) {
      const withItems = (items: Item[]): Case =>
        withProgram({ segments: best.program.segments.with(index, { ...best.program.segments[index], items }) })
      lessOf(() => best.program.segments[index].items, withItems)
      for (let at = 0; at < best.program.segments[index].items.length; at++) {
        const item = (): Item => best.program.segments[index].items[at]
        const withItem = (changed: Item): Case => withItems(best.program.segments[index].items.with(at, changed))
        lessOf(
          () => bodyOf(item()),
          (body) => withItem({ count: countOf(item()), body }),
        )
      }
    }
    lessOf(
      () => best.program.services,
      (services) => withProgram({ services }),
    )
    lessOf(
      () => best.program.pmp,
      (pmp) => withProgram({ pmp }),
    )
    lessOf(
      () => best.program.tables.entries,
      (entries) => withProgram({ tables: { ...best.program.tables, entries } }),
    )
    lessOf(
      () => best.locked,
      (locked) => ({ ...best, locked }),
    )
  }
  // What is gone makes more of the rest dispensable.
  for (let before = Number.POSITIVE_INFINITY; stepsOf(best) < before; ) {
    before = stepsOf(best)
    pass()
  }
  return best
}

const bodyOf = (item: Item) => ('body' in item ? item.body : [])
const countOf = (item: Item) => ('body' in item ? item.count : 1)
