import type { LeftOut } from './left-out.ts'
import { suiteOf, type TestResult } from './suite.ts'

/** What became of the tests of one suite on one engine. */
export interface SuiteRow {
  suite: string
  engine: string
  tests: number
  /** Ended with exit code 0. */
  passed: number
  /** Had a log, and did the same at every instruction of it. */
  logs: { same: number; of: number; instructions: number }
  signatures: { same: number; of: number }
  /** Had a problem, and are left out for a reason. */
  leftOut: number
  /** Had a problem, and are not left out. */
  failed: number
}

export interface Summary {
  rows: SuiteRow[]
  /** Uses of each mask, over all logs. */
  masks: Record<string, number>
  leftOut: { name: string; engine: string; reason: string; problem: string }[]
  failures: TestResult[]
}

/** Adds up results by suite and engine, in the order in which they come. */
export function summarise(results: readonly TestResult[], reasons: LeftOut): Summary {
  const rows = new Map<string, SuiteRow>()
  const summary: Summary = { rows: [], masks: {}, leftOut: [], failures: [] }
  for (const result of results) {
    const { name, engine, exitCode, comparison, signature, problems } = result
    const suite = suiteOf(name)
    const row = rows.get(`${suite} ${engine}`) ?? emptyRow(suite, engine)
    rows.set(`${suite} ${engine}`, row)
    row.tests++
    if (exitCode === 0) row.passed++
    if (signature) count(row.signatures, signature.same)
    if (comparison) {
      count(row.logs, comparison.same)
      row.logs.instructions += comparison.instructions
      for (const [id, hits] of Object.entries(comparison.masks)) summary.masks[id] = (summary.masks[id] ?? 0) + hits
    }
    if (problems.length === 0) continue
    const reason = reasons.get(name)
    if (reason === undefined) {
      row.failed++
      summary.failures.push(result)
    } else {
      row.leftOut++
      summary.leftOut.push({ name, engine, reason, problem: problems[0].split('\n')[0] })
    }
  }
  summary.rows = [...rows.values()]
  return summary
}

/** A summary as a person reads it. */
export function summaryText({ rows, masks, leftOut, failures }: Summary): string {
  const total = (pick: (row: SuiteRow) => number): number => rows.reduce((sum, row) => sum + pick(row), 0)
  const lines = [
    line(['suite', 'engine', 'tests', 'passed', 'logs same', 'instructions', 'signatures', 'left out', 'failed']),
    ...rows.map(rowLine),
    rowLine({
      suite: 'all',
      engine: '',
      tests: total((row) => row.tests),
      passed: total((row) => row.passed),
      logs: {
        same: total((row) => row.logs.same),
        of: total((row) => row.logs.of),
        instructions: total((row) => row.logs.instructions),
      },
      signatures: { same: total((row) => row.signatures.same), of: total((row) => row.signatures.of) },
      leftOut: total((row) => row.leftOut),
      failed: total((row) => row.failed),
    }),
  ]
  const used = Object.entries(masks).map(([id, hits]) => `${id} ${hits}`)
  if (used.length > 0) lines.push('', `masks used: ${used.join(', ')}`)
  if (leftOut.length > 0) lines.push('', 'left out:')
  for (const { name, engine, reason, problem } of leftOut) lines.push(`  ${name} (${engine}): ${reason}; ${problem}`)
  if (failures.length > 0) lines.push('', 'failed:')
  for (const { name, engine, problems } of failures) {
    lines.push(
      `  ${name} (${engine})`,
      ...problems.flatMap((problem) => problem.split('\n')).map((text) => `    ${text}`),
    )
  }
  return lines.join('\n')
}

const emptyRow = (suite: string, engine: string): SuiteRow => ({
  suite,
  engine,
  tests: 0,
  passed: 0,
  logs: { same: 0, of: 0, instructions: 0 },
  signatures: { same: 0, of: 0 },
  leftOut: 0,
  failed: 0,
})

function count(tally: { same: number; of: number }, same: boolean): void {
  tally.of++
  if (same) tally.same++
}

function rowLine({ suite, engine, tests, passed, logs, signatures, leftOut, failed }: SuiteRow): string {
  const share = ({ same, of }: { same: number; of: number }): string => (of === 0 ? '-' : `${same}/${of}`)
  const instructions = logs.of === 0 ? '-' : logs.instructions.toLocaleString('en')
  return line([
    suite,
    engine,
    String(tests),
    String(passed),
    share(logs),
    instructions,
    share(signatures),
    String(leftOut),
    String(failed),
  ])
}

const WIDTHS = [12, 10, 6, 7, 10, 13, 11, 9, 7]

function line(columns: readonly string[]): string {
  const padded = columns.map((text, index) => (index < 2 ? text.padEnd(WIDTHS[index]) : text.padStart(WIDTHS[index])))
  return padded.join(' ').trimEnd()
}
