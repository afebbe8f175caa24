import type { Breach, Reached, Summary } from '../summary.ts'
import { clock, counted, deepWalks, grouped } from './words.ts'

/** A breach as a person reads it on a terminal. */
export function breachText({ promise, sentence, cases, steps, stepsFound, why, ...rest }: Breach): string {
  const width = String(steps.length).length
  return [
    `${promise}: ${sentence}`,
    `found after ${counted(cases, 'case')}, ${counted(steps.length, 'step')} left of ${stepsFound}`,
    ...steps.map((text, index) => hanging(`  ${String(index + 1).padStart(width)}  `, text.split('\n'))),
    ...(why.length === 0 ? [] : [hanging('why: ', why)]),
    placesText(rest),
  ].join('\n')
}

/** What brings a breach back, and where more of it is. */
function placesText({ replay, page, elf }: Pick<Breach, 'replay' | 'page' | 'elf'>): string {
  const places = [`replay: ${replay}`]
  if (page !== undefined) places.push(`page: ${page}`)
  if (elf !== undefined) places.push(`program: ${elf}`)
  return places.join('    ')
}

/** Lines after a heading, and under one another. */
const hanging = (heading: string, lines: readonly string[]): string =>
  heading + lines.join(`\n${' '.repeat(heading.length)}`)

/** A campaign as a person reads it on a terminal: what was promised, what broke, each breach in two lines. */
export function summaryText(summary: Summary): string {
  const { promises, breaches, interrupted } = summary
  return [
    headText(summary),
    '',
    table([
      ['promise', 'cases', 'breaches', ''],
      ...promises.map(({ name, cases, breaches: count }) => [
        name,
        grouped(cases),
        grouped(count),
        verdictOf({ cases, breaches: count }),
      ]),
    ]),
    '',
    `reached: ${reachedTexts(summary.reached).join(', ')}`,
    ...breaches.flatMap((breach, index) => [
      '',
      hanging(`${index + 1}  `, [
        `${breach.promise}: ${breach.sentence} (${counted(breach.steps.length, 'step')} of ${breach.stepsFound})`,
        placesText(breach),
      ]),
    ]),
    ...(interrupted ? ['', 'interrupted: this is what was found until then'] : []),
  ].join('\n')
}

function headText({ cases, seconds, casesPerSecond, ...how }: Summary): string {
  const { seed, workers, shard, monitor, core, faults } = how
  const parts = shard === null ? '' : `, shard ${shard}`
  const planted = faults.length === 0 ? '' : `, planted ${faults.join(', ')}`
  return [
    `${counted(cases, 'case')} in ${clock(seconds)}, ${grouped(Math.round(casesPerSecond))}/s`,
    `seed ${seed}, ${counted(workers, 'worker')}${parts}`,
    `monitor ${monitor}, core ${core}${planted}`,
  ].join('\n')
}

/** What a number of cases says about a promise. */
export function verdictOf({ cases, breaches }: { cases: number; breaches: number }): 'BROKEN' | 'held' | 'not tried' {
  return breaches > 0 ? 'BROKEN' : cases > 0 ? 'held' : 'not tried'
}

export function reachedTexts({ calls, errors, walks, traps, pmpEntries, tlbEvents, states }: Reached): string[] {
  return [
    `${calls.made} of ${calls.of} calls`,
    counted(errors, 'error of a call', 'errors of calls'),
    counted(traps, 'trap cause'),
    `${counted(walks[0] + walks[1] + walks[2], 'page walk')}, ${deepWalks(walks)} % of them 3 deep`,
    ...(pmpEntries === 0 ? [] : [counted(pmpEntries, 'PMP entry', 'PMP entries')]),
    ...(tlbEvents === 0 ? [] : [counted(tlbEvents, 'sort of TLB events', 'sorts of TLB events')]),
    counted(states, 'state'),
  ]
}

/** Columns side by side; numbers to the right. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)))
  const cell = (text: string, column: number): string =>
    column === 1 || column === 2 ? text.padStart(widths[column]) : text.padEnd(widths[column])
  return rows.map((row) => row.map(cell).join('   ').trimEnd()).join('\n')
}
