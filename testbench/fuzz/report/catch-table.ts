import { variationById } from '../../faults/index.ts'
import type { Hunted } from '../hunt.ts'

/** The hunts for one planted bug, from several seeds. */
export interface Hunts {
  readonly promise: string
  readonly id: string
  readonly hunted: readonly Hunted[]
}

/** A table of what was caught, after how much, and how short it became. */
export function catchTable(hunts: readonly Hunts[], { command, budget }: { command: string; budget: number }): string {
  const rows = hunts.map(({ promise, id, hunted }) => row([promise, id], hunted, variationById(id).title))
  const all = row(
    ['all', ''],
    hunts.flatMap(({ hunted }) => hunted),
    '',
  )
  const head = [
    'promise',
    'bug',
    'caught',
    'cases',
    'p95',
    'CPU s',
    'p95',
    'most',
    'steps',
    'p95',
    'most',
    'what it changes',
  ]
  const missed = hunts.flatMap(({ promise, id, hunted }) => {
    const count = hunted.filter(({ found }) => found === undefined).length
    return count === 0
      ? []
      : [`not caught within ${budget} s of CPU time: ${promise} ${id}, ${count} of ${hunted.length} times`]
  })
  return [
    `Made by: ${command}`,
    `Each bug, hunted from ${hunts[0]?.hunted.length ?? 0} seeds: cases and CPU seconds, boot included, until its promise broke, and`,
    'steps (calls and instructions) of the shortest form: median, 95th percentile, most. A bug that was not caught counts as all',
    'cases and seconds that were spent on it.',
    '',
    ...aligned([head, ...rows, all]),
    '',
    ...(missed.length > 0 ? missed : [`All were caught within ${budget} s of CPU time.`]),
    '',
  ].join('\n')
}

function row(names: readonly string[], hunted: readonly Hunted[], title: string): string[] {
  const caught = hunted.filter(({ found }) => found !== undefined)
  const steps = caught.flatMap((one) => one.steps ?? [])
  const cases = hunted.map((one) => one.cases)
  const seconds = hunted.map((one) => one.seconds)
  const whole = (value: number): string => (Number.isNaN(value) ? '-' : String(Math.round(value)))
  const tenths = (value: number): string => value.toFixed(1)
  return [
    ...names,
    `${caught.length}/${hunted.length}`,
    ...[whole(quantile(cases, 0.5)), whole(quantile(cases, 0.95))],
    ...[0.5, 0.95, 1].map((part) => tenths(quantile(seconds, part))),
    ...[0.5, 0.95, 1].map((part) => whole(quantile(steps, part))),
    title,
  ]
}

/** The value that so large a part of them does not exceed (nearest rank); NaN of none. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? Number.NaN
}

/** Columns as wide as they need: names to the left, figures to the right. */
function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((cells) => cells[column].length)))
  const last = widths.length - 1
  const cell = (text: string, column: number): string =>
    column < 2 ? text.padEnd(widths[column]) : column === last ? text : text.padStart(widths[column])
  return rows.map((cells) => cells.map(cell).join('  ').trimEnd())
}
