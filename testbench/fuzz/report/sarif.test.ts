import { describe, expect, test } from 'vitest'
import { sampleBreach, sampleSummary } from './sample-story.ts'
import { sarifLog } from './sarif.ts'

const log = (breach = sampleBreach()) => JSON.parse(sarifLog({ ...sampleSummary(), breaches: [breach] }, '0.1.0'))

describe('a SARIF log', () => {
  test('has what SARIF 2.1.0 requires of a log, a run, a tool and a rule (3.13, 3.14, 3.18, 3.19, 3.49)', () => {
    const { version, $schema, runs } = log()
    expect({ version, $schema }).toEqual({
      version: '2.1.0',
      $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    })
    expect(runs).toHaveLength(1)
    const { name, rules } = runs[0].tool.driver
    expect(name).toBe('Yingzhou')
    expect(rules.map(({ id }: { id: string }) => id)).toEqual(['isolation', 'shadow-template', 'secrecy'])
    expect(rules[1].fullDescription.text).toBe('A template is the same from its creation to its destruction.')
  })

  test('has a result for each breach, that names its rule and the file of the finding (3.27)', () => {
    const { rules } = log().runs[0].tool.driver
    const [result] = log().runs[0].results
    expect(rules[result.ruleIndex].id).toBe(result.ruleId)
    expect(result.message.text).toContain('replay: npx yingzhou replay')
    expect(result.locations[0].physicalLocation.artifactLocation.uri).toBe('out/isolation-7f3a91c2.json')
    const strange = log({ ...sampleBreach(), file: 'a folder/c:1#2.json' })
    expect(strange.runs[0].results[0].locations[0].physicalLocation.artifactLocation.uri).toBe(
      'a%20folder/c%3A1%232.json',
    )
    const absolute = log({ ...sampleBreach(), file: '/tmp/a b.json' })
    expect(absolute.runs[0].results[0].locations[0].physicalLocation.artifactLocation.uri).toBe(
      'file:///tmp/a%20b.json',
    )
  })

  test('tells breaches apart by seed and counterexample (3.27.17)', () => {
    const { hash } = sampleBreach()
    expect(log().runs[0].results[0].partialFingerprints).toEqual({
      'seed/v1': '-1819918769',
      'counterexample/v1': hash,
      primaryLocationLineHash: `${hash.slice(0, 16)}:1`,
    })
  })

  test('says whether the campaign came to its end (3.20.14)', () => {
    expect(log().runs[0].invocations).toEqual([{ executionSuccessful: true }])
    const cut = JSON.parse(sarifLog({ ...sampleSummary(), interrupted: true }, '0.1.0'))
    expect(cut.runs[0].invocations).toEqual([{ executionSuccessful: false }])
  })
})
