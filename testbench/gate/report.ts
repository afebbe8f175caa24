/** What the gate says, in the forms that people and their tools read. */

import { escapeXml } from '../fuzz/report/junit.ts'
import { type GateReport, type PartReport, percent } from './gate.ts'
import type { Move } from './moves.ts'
import type { PartName } from './tasks.ts'

/** A part in a line, with its problems below. */
export function partText({ title, scope, verdict, problems, seconds }: PartReport): string {
  const line = `${title.padEnd(20)} ${scope.padEnd(52)} ${verdict.padEnd(24)} ${seconds.toFixed(1).padStart(6)} s`
  return [line, ...problems.slice(0, MOST_PROBLEMS).map(indented), ...moreThan(problems)].join('\n')
}

/** More would not be read. */
const MOST_PROBLEMS = 10
const MOST_MOVES = 200

const indented = (text: string): string => text.replaceAll(/^/gm, '  ')
const moreThan = (problems: readonly string[]): string[] =>
  problems.length > MOST_PROBLEMS ? [`  and ${problems.length - MOST_PROBLEMS} more`] : []

export const failed = ({ parts }: GateReport): PartReport[] => parts.filter(({ passed }) => !passed)

/** Parts that compare with figures of the baseline. The others compare with what is right. */
const comparing: readonly PartName[] = ['bugs', 'cycles', 'speed']

/** What failed and no new baseline makes right. */
export const unacceptable = (report: GateReport): PartReport[] =>
  failed(report).filter(({ part }) => !comparing.includes(part))

export function verdictText(report: GateReport): string {
  const names = failed(report).map(({ title }) => title)
  const time = `in ${report.seconds.toFixed(0)} s`
  if (names.length === 0) return `gate: passed ${time}`
  return `gate: ${names.length} ${names.length === 1 ? 'regression' : 'regressions'} (${names.join(', ')}) ${time}`
}

/** The kernels that moved, farthest first. */
export function movesText(moves: readonly Move[]): string {
  if (moves.length === 0) return ''
  const rows = sorted(moves).map(({ core, elf, name, before, after, change }) => {
    return `${core.padEnd(14)} ${`${elf} ${name}`.padEnd(34)} ${String(before).padStart(9)} ${String(after).padStart(9)} ${percent(change).padStart(9)}`
  })
  const head = `${'core'.padEnd(14)} ${'kernel'.padEnd(34)} ${'before'.padStart(9)} ${'now'.padStart(9)} ${'change'.padStart(9)}`
  return [head, ...rows].join('\n')
}

const sorted = (moves: readonly Move[]): Move[] =>
  [...moves].sort((a, b) => Math.abs(b.change) - Math.abs(a.change)).slice(0, MOST_MOVES)

/** For the page of a pull request. */
export function gateMarkdown(report: GateReport): string {
  const cell = (text: string): string => text.replaceAll('|', '\\|')
  const rows = report.parts.map(
    ({ title, scope, verdict, passed, seconds }) =>
      `| ${passed ? 'pass' : '**FAIL**'} | ${title} | ${cell(scope)} | ${cell(verdict)} | ${seconds.toFixed(1)} s |`,
  )
  const problems = failed(report).flatMap(({ title, problems: list }) => [
    `### ${title}`,
    ...list.slice(0, MOST_PROBLEMS).map((text) => `\n\`\`\`text\n${text}\n\`\`\``),
    ...moreThan(list),
    '',
  ])
  const moves = sorted(report.moves).map(
    ({ core, elf, name, before, after, change }) =>
      `| ${core} | ${cell(`${elf} ${name}`)} | ${before} | ${after} | ${percent(change)} |`,
  )
  const table = [
    '### Cycles',
    '',
    '| core | kernel | before | now | change |',
    '| --- | --- | ---: | ---: | ---: |',
    ...moves,
    '',
  ]
  return [
    `## ${verdictText(report)}`,
    '',
    '| | part | what | verdict | time |',
    '| --- | --- | --- | --- | ---: |',
    ...rows,
    '',
    ...problems,
    ...(moves.length === 0 ? [] : table),
  ].join('\n')
}

/** A test case for each part. */
export function gateJunit(report: GateReport): string {
  const { parts, seconds } = report
  const counts = `tests="${parts.length}" failures="${failed(report).length}" errors="0" skipped="0" time="${seconds.toFixed(3)}"`
  const cases = parts.map(({ title, problems, passed, verdict, seconds: time }) => {
    const head = `<testcase classname="yingzhou.gate" name="${escapeXml(title)}" time="${time.toFixed(3)}"`
    if (passed) return `${head}/>`
    return `${head}><failure type="regression" message="${escapeXml(verdict)}">${escapeXml(problems.join('\n\n'))}</failure></testcase>`
  })
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="yingzhou gate" ${counts}>
<testsuite name="gate" ${counts}>
${cases.join('\n')}
</testsuite>
</testsuites>
`
}

/** A rule for each part, a result for each problem. */
export function gateSarif(report: GateReport, toolVersion: string, baseline: string): string {
  const rules = report.parts.map(({ part, title }) => ({ id: part, name: title, shortDescription: { text: title } }))
  const results = report.parts.flatMap(({ part, problems }, ruleIndex) =>
    problems.map((text) => ({
      ruleId: part,
      ruleIndex,
      level: 'error',
      message: { text },
      locations: [{ physicalLocation: { artifactLocation: { uri: baseline }, region: { startLine: 1 } } }],
    })),
  )
  const driver = { name: 'Yingzhou', version: toolVersion, rules }
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [{ tool: { driver }, invocations: [{ executionSuccessful: true }], results }],
  }
  return `${JSON.stringify(log, null, 2)}\n`
}
