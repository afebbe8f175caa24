import type { Breach, PromiseSummary, Summary } from '../summary.ts'
import { breachText } from './text.ts'

/** A campaign as JUnit XML: a test case for each promise, failed with the text of its breaches. */
export function junitXml(summary: Summary): string {
  const { promises, breaches, seconds } = summary
  const broken = promises.filter((promise) => promise.breaches > 0).length
  const untried = promises.filter(isUntried).length
  const counts = `tests="${promises.length}" failures="${broken}" errors="0" skipped="${untried}" time="${seconds.toFixed(3)}"`
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="yingzhou fuzz" ${counts}>
<testsuite name="promises" ${counts}>
<properties>
${propertiesOf(summary)}
</properties>
${promises.map((promise) => testCase(promise, breachesOf(promise, breaches))).join('\n')}
</testsuite>
</testsuites>
`
}

const breachesOf = ({ name }: PromiseSummary, breaches: readonly Breach[]): Breach[] =>
  breaches.filter(({ promise }) => promise === name)

const isUntried = ({ cases, breaches }: PromiseSummary): boolean => cases === 0 && breaches === 0

function propertiesOf({ cases, seed, workers, shard, monitor, core, faults, interrupted }: Summary): string {
  const values = { cases, seed, workers, shard: shard ?? '1/1', monitor, core, faults: faults.join(' '), interrupted }
  return Object.entries(values)
    .map(([name, value]) => `<property name="${name}" value="${escapeXml(String(value))}"/>`)
    .join('\n')
}

function testCase(promise: PromiseSummary, breaches: readonly Breach[]): string {
  const head = `<testcase classname="yingzhou.fuzz" name="${escapeXml(promise.name)}"`
  if (isUntried(promise)) return `${head}><skipped message="no case was tried"/></testcase>`
  if (breaches.length === 0) return `${head}/>`
  const message = escapeXml(breaches.map(({ sentence }) => sentence).join('; '))
  const text = escapeXml(`${promise.statement}\n\n${breaches.map(breachText).join('\n\n')}\n`)
  return `${head}><failure type="breach" message="${message}">${text}</failure></testcase>`
}

/** What XML cannot hold, even escaped (XML 1.0, 2.2). */
const FORBIDDEN = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu

/** Text as XML: also where it stands in a quoted attribute. */
export function escapeXml(text: string): string {
  return text.replaceAll(FORBIDDEN, '\u{fffd}').replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
