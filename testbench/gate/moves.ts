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

const key = ({ core, elf, name }: Pick<Move, 'core' | 'elf' | 'name'>): string => `${core} ${elf} ${name}`

/** The kernels that moved by more than 1 %, and what no change of timing can do: other instructions, kernels that are gone. */
export function movesOf(
  baseline: readonly KernelFigures[],
  kernels: readonly KernelFigures[],
): { moves: Move[]; problems: string[] } {
  const now = new Map(kernels.map((kernel) => [key(kernel), kernel]))
  const moves: Move[] = []
  const problems: string[] = []
  for (const old of baseline) {
    const { core, elf, name, cycles, instret } = old
    const kernel = now.get(key(old))
    if (kernel === undefined) problems.push(`${key(old)}: no longer measured`)
    else if (kernel.instret !== instret) problems.push(`${key(old)}: ${instret} instructions, now ${kernel.instret}`)
    if (kernel === undefined) continue
    const change = cycles === 0 ? kernel.cycles : kernel.cycles / cycles - 1
    if (Math.abs(change) > SHOWN) moves.push({ core, elf, name, before: cycles, after: kernel.cycles, change })
  }
  return { moves, problems }
}
