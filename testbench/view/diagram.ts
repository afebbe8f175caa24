import type { StageTimes, StallCause } from '../../rtl-model/pipeline/stages.ts'

/** Cycles in which nothing changes are shown one by one up to this many, and else as one column. */
const LONGEST_WRITTEN_OUT = 3

/** A column: cycles from `from` up to but not including `to`, in which no instruction of the diagram moves. */
export interface Column {
  from: number
  to: number
}

/** Neighbouring columns in which an instruction is in the same stage, waiting for the same thing or not at all. */
export interface Cell {
  first: number
  columns: number
  cycles: number
  stage: 'F' | 'D' | 'X' | 'M' | 'W'
  cause: StallCause | undefined
}

/** The columns of a diagram of these instructions. */
export function columnsOf(rows: readonly StageTimes[]): Column[] {
  const edges = [...new Set(rows.flatMap((times) => [...edgesOf(times)]))].sort((a, b) => a - b)
  return edges.slice(0, -1).flatMap((from, index) => {
    const to = edges[index + 1]
    if (to - from > LONGEST_WRITTEN_OUT) return [{ from, to }]
    return Array.from({ length: to - from }, (_, offset) => ({ from: from + offset, to: from + offset + 1 }))
  })
}

/** Cycles in which something changes for the instruction. */
function edgesOf({ fetch, decode, issue, firstIssue, stalls }: StageTimes): Set<number> {
  const edges = new Set([fetch, decode, issue + 1, issue + 2, issue + 3, issue + 4])
  if (firstIssue !== undefined) for (const later of [1, 2, 3, 5]) edges.add(Math.min(firstIssue + later, issue + 1))
  for (const { from, to } of stalls) for (const edge of [from, to]) if (edge >= fetch) edges.add(edge)
  return edges
}

/** The cells of one instruction, in order, without those before its fetch and after its end. */
export function cellsOf(times: StageTimes, columns: readonly Column[]): Cell[] {
  const cells: Cell[] = []
  for (const [first, { from, to }] of columns.entries()) {
    if (from < times.fetch || from >= times.issue + 4) continue
    const stage = stageAt(times, from)
    const cause = stage === 'F' || stage === 'D' ? causeAt(times, from) : undefined
    const last = cells.at(-1)
    if (last !== undefined && last.stage === stage && last.cause === cause) {
      last.columns++
      last.cycles += to - from
    } else cells.push({ first, columns: 1, cycles: to - from, stage, cause })
  }
  return cells
}

/** In the cycle in which it leaves decode for the first time, an instruction does not know yet that it will wait. */
const causeAt = ({ stalls, firstIssue }: StageTimes, cycle: number): StallCause | undefined =>
  cycle === firstIssue ? undefined : stalls.find(({ from, to }) => cycle >= from && cycle < to)?.cause

function stageAt({ decode, issue, firstIssue }: StageTimes, cycle: number): Cell['stage'] {
  if (cycle > issue) return cycle === issue + 1 ? 'X' : cycle === issue + 2 ? 'M' : 'W'
  if (cycle < decode) return 'F'
  if (firstIssue === undefined || cycle <= firstIssue) return 'D'
  // Refused in the memory stage, and fetched again.
  return (['X', 'M', 'F', 'F'] as const)[cycle - firstIssue - 1] ?? 'D'
}
