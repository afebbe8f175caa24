import { grouped } from '../fuzz/report/words.ts'
import { ARCHITECTURE, type Attempt, BOOT } from './attempt.ts'
import { type ControlRow, cellOf, columnsOf, type FaultRow, type Matrix } from './matrix.ts'

const seconds = (value: number): string => `${value.toFixed(1)} s`

const MOST_OF_A_SENTENCE = 120

/** Of a sentence that lists all that is wrong, such as each register, what fits on a line; the page has the rest. */
function brief(sentence: string | null): string {
  if (sentence === null) return ''
  return sentence.length <= MOST_OF_A_SENTENCE ? sentence : `${sentence.slice(0, MOST_OF_A_SENTENCE)} …`
}

/** One planted bug in a line. */
export function faultText({ id, caughtBy, cases, seconds: time, steps, sentence }: FaultRow): string {
  const figures = `${grouped(cases).padStart(9)}  ${seconds(time).padStart(8)}  ${String(steps ?? '').padStart(5)}`
  return `${id.padEnd(14)}  ${(caughtBy ?? 'SURVIVED').padEnd(18)}  ${figures}  ${brief(sentence)}`.trimEnd()
}

export function controlText({ id, flaggedBy, cases, seconds: time, sentence }: ControlRow): string {
  const verdict = flaggedBy === null ? 'not flagged' : `FLAGGED by ${flaggedBy}`
  return `${id.padEnd(14)}  ${verdict.padEnd(18)}  ${grouped(cases).padStart(9)}  ${seconds(time).padStart(8)}         ${brief(sentence)}`.trimEnd()
}

/** The matrix as a person reads it on a terminal. */
export function matrixText(matrix: Matrix): string {
  const { faults, controls, survivors, controlsFlagged, steps, seeds, budgetSeconds, controlSeconds } = matrix
  const head = `${'bug'.padEnd(14)}  ${'caught by'.padEnd(18)}  ${'cases'.padStart(9)}  ${'time'.padStart(8)}  steps`
  const caught = faults.length - survivors.length
  const percent = ` (${((100 * caught) / faults.length).toFixed(1)} %)`
  const columns = columnsOf(matrix).map((name) => {
    const count = faults.filter((row) => cellOf(row, name) !== '·').length
    return `${name} ${count}`
  })
  const ofSeeds = seeds.length === 1 ? `seed ${seeds[0]}` : `${seeds.length} seeds`
  const caughtText = `${caught} of ${faults.length} planted bugs caught${percent}, ${budgetSeconds} s each, ${ofSeeds}: ${columns.join(', ')}`
  const stepsText = `counterexamples: ${steps.median} steps in the median, 95 % have at most ${steps.percentile95}`
  const flagged = controlsFlagged.length === 0 ? 'none' : controlsFlagged.length
  const controlsText = `${flagged} of ${controls.length} legal variations flagged, ${controlSeconds} s each, ${ofSeeds}`
  return [
    head,
    ...faults.map(faultText),
    ...controls.map(controlText),
    '',
    ...(faults.length === 0 ? [] : [caughtText, stepsText]),
    ...promiseText(faults),
    ...survivors.map((id) => survivorText(faults.find((row) => row.id === id)!)),
    ...(controls.length === 0 ? [] : [controlsText]),
    ...controls.flatMap(alarmText),
  ].join('\n')
}

/** How a legal variation came to be flagged: either it is not legal, or what flags it expects too much. */
function alarmText({ id, seed, flaggedBy, lines }: ControlRow): string[] {
  return flaggedBy === null ? [] : [`FLAGGED: ${id} seed ${seed}`, ...lines.map((line) => `  ${line}`)]
}

/** How many of those that break a promise a promise has caught: by the label, which no check knows. */
function promiseText(faults: readonly FaultRow[]): string[] {
  const breaking = faults.filter(({ breaks }) => breaks.some((name) => name !== ARCHITECTURE))
  if (breaking.length === 0) return []
  const others = breaking.filter(({ caughtBy }) => caughtBy === null || caughtBy === ARCHITECTURE || caughtBy === BOOT)
  const names = others.map(({ id, certainty, caughtBy }) => `${id} (${certainty}, ${caughtBy ?? 'survived'})`)
  const count = `${breaking.length - others.length} of ${breaking.length} that break a promise caught by one`
  return [names.length === 0 ? count : `${count}; not ${names.join(', ')}`]
}

function survivorText({ id, title, runs }: FaultRow): string {
  const tried = runs
    .filter(({ caughtBy }) => caughtBy === null)
    .map(({ seed, tried }) => {
      const checks = tried.map(
        ({ check, cases, seconds: time }) => `${check} ${grouped(cases)} cases in ${seconds(time)}`,
      )
      return `seed ${seed}: ${checks.join(', ')}`
    })
  return `survived: ${id} (${title}) ${tried.join('; ')}`
}

/** What one seed came to, in a line. */
export function attemptText({ id, seed, seconds: time, caught }: Attempt): string {
  const verdict = caught === undefined ? 'nothing found' : `${caught.by}: ${brief(caught.sentence)}`
  return `${id.padEnd(14)}  seed ${seed}  ${seconds(time).padStart(8)}  ${verdict}`
}
