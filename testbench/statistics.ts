import { type CoreUnits, honestUnits } from '../rtl-model/core/core.ts'
import { exceptionName } from '../traces/spike/trap-names.ts'

/** How often each of the rarer things happened. */
export interface Statistics {
  /** Traps taken, by the name that a Spike log has for them. */
  traps: Record<string, number>
  /** Translations brought into the instruction and data TLB. */
  itlbFills: number
  dtlbFills: number
  /** Page-table walks, failed ones too. */
  walks: number
  icacheFills: number
}

/** Units that do what the honest ones do and count it. Only slow paths pass through them, so that counting is free. */
export function countingUnits(): { units: Partial<CoreUnits>; statistics: Statistics } {
  const statistics: Statistics = { traps: {}, itlbFills: 0, dtlbFills: 0, walks: 0, icacheFills: 0 }
  const tlbCounters = [() => statistics.itlbFills++, () => statistics.dtlbFills++]
  return {
    statistics,
    units: {
      createTraps: (hart, csr) =>
        counted(honestUnits.createTraps(hart, csr), 'enter', (cause, interrupt) => {
          const name = exceptionName(cause, interrupt)
          statistics.traps[name] = (statistics.traps[name] ?? 0) + 1
        }),
      // The core makes its instruction TLB first.
      createTlb: (allocator, size, organization) =>
        counted(honestUnits.createTlb(allocator, size, organization), 'insert', tlbCounters.shift()!),
      createWalker: (parts) => counted(honestUnits.createWalker(parts), 'walk', () => statistics.walks++),
      createInstructionCache: (allocator, config, bus) =>
        counted(honestUnits.createInstructionCache(allocator, config, bus), 'fill', () => statistics.icacheFills++),
    },
  }
}

type Methods<Unit> = {
  [Name in keyof Unit]: Unit[Name] extends (...parameters: never[]) => unknown ? Name : never
}[keyof Unit]

/** The unit, with `count` called before each call of one of its methods. */
function counted<Unit extends object, Name extends Methods<Unit>>(
  unit: Unit,
  name: Name,
  count: (...parameters: Parameters<Extract<Unit[Name], (...parameters: never[]) => unknown>>) => void,
): Unit {
  type Method = (...parameters: Parameters<Extract<Unit[Name], (...parameters: never[]) => unknown>>) => unknown
  const method = (unit[name] as Method).bind(unit)
  const counting: Method = (...parameters) => {
    count(...parameters)
    return method(...parameters)
  }
  return Object.assign(unit, { [name]: counting })
}
