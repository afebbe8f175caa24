import { isAbsolute } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Breach, Summary } from '../summary.ts'
import { breachText } from './text.ts'

/** A campaign as a SARIF 2.1.0 log: a rule for each promise, a result for each breach. */
export function sarifLog(summary: Summary, toolVersion: string): string {
  const { promises, breaches, interrupted, seed, monitor, core, faults } = summary
  const rules = promises.map(({ name, statement }) => ({
    id: ruleId(name),
    name,
    shortDescription: { text: name },
    fullDescription: { text: statement },
    defaultConfiguration: { level: 'error' },
  }))
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'Yingzhou', version: toolVersion, rules } },
        invocations: [{ executionSuccessful: !interrupted }],
        results: breaches.map((breach) => resultOf(breach, promises.map(({ name }) => name).indexOf(breach.promise))),
        properties: { seed, monitor, core, faults },
      },
    ],
  }
  return `${JSON.stringify(log, null, 2)}\n`
}

function resultOf(breach: Breach, ruleIndex: number) {
  const { promise, sentence, file, hash, seed, path, replay, steps, page } = breach
  return {
    ruleId: ruleId(promise),
    ruleIndex,
    level: 'error',
    message: { text: `${sentence}\n\n${breachText(breach)}` },
    locations: [{ physicalLocation: { artifactLocation: { uri: uriOf(file) }, region: { startLine: 1 } } }],
    // The last is the one by which GitHub tells whether it has a result already: whatever seed led to it.
    partialFingerprints: {
      'seed/v1': String(seed),
      'counterexample/v1': hash,
      primaryLocationLineHash: `${hash.slice(0, 16)}:1`,
    },
    properties: { seed, path, steps, replay, ...(page !== undefined && { page }) },
  }
}

const ruleId = (promise: string): string => promise.replaceAll(/\s+/g, '-')

/** A path as an URI, or as a reference relative to where the log is looked at. */
function uriOf(path: string): string {
  if (isAbsolute(path)) return pathToFileURL(path).href
  return path.split('/').map(encodeURIComponent).join('/')
}
