import type { KernelFigures } from './baseline.ts'

/** A kernel whose cycles are not those of the baseline. */
export interface Move {
  readonly core: string
  readonly elf: string
  readonly name: string
  readonly before: number
  readonly after: number
  /** As a fraction of the cycles before. */
  readonly change: number
}

/** What is smaller is not shown. */
const SHOWN = 0.01

export const keyOf = ({ core, elf, name }: Pick<Move, 'core' | 'elf' | 'name'>): string => `${core} ${elf} ${name}`

/** Kernels that wait for something: how many instructions they retire meanwhile is a matter of timing, as the cores show. */
function waiting(baseline: readonly KernelFigures[]): Set<string> {
  const counts = new Map<string, number>()
  const found = new Set<string>()
  for (const { elf, name, instret } of baseline) {
    const kernel = `${elf} ${name}`
    if ((counts.get(kernel) ?? instret) !== instret) found.add(kernel)
    counts.set(kernel, instret)
  }
  return found
}

/** The kernels that moved by more than 1 %, and what no change of timing can do: other instructions, kernels that are gone. */
export function movesOf(
  baseline: readonly KernelFigures[],
  kernels: readonly KernelFigures[],
): { moves: Move[]; problems: string[] } {
  const now = new Map(kernels.map((kernel) => [keyOf(kernel), kernel]))
  const waits = waiting(baseline)
  const moves: Move[] = []
  const problems: string[] = []
  for (const old of baseline) {
    const { core, elf, name, cycles, instret } = old
    const kernel = now.get(keyOf(old))
    if (kernel === undefined) problems.push(`${keyOf(old)}: no longer measured`)
    else if (kernel.instret !== instret && !waits.has(`${elf} ${name}`))
      problems.push(`${keyOf(old)}: ${instret} instructions, now ${kernel.instret}`)
    if (kernel === undefined) continue
    const change = cycles === 0 ? kernel.cycles : kernel.cycles / cycles - 1
    if (Math.abs(change) > SHOWN) moves.push({ core, elf, name, before: cycles, after: kernel.cycles, change })
  }
  return { moves, problems }
}
