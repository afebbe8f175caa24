import { expect, test } from 'vitest'
import { junitXml } from './junit.ts'
import { sampleBreach, sampleSummary } from './sample-story.ts'

/** The elements of a document, each with its attributes, where it is well-formed. */
function elements(xml: string): { name: string; attributes: Map<string, string> }[] {
  const found: { name: string; attributes: Map<string, string> }[] = []
  const open: string[] = []
  const [declaration] = /^<\?xml version="1\.0" encoding="UTF-8"\?>\n/.exec(xml) ?? []
  const markup = /<(\/?)([a-z]+)((?: [a-z]+="[^"<]*")*)(\/?)>|[^<]+/g
  let at = declaration?.length ?? -1
  for (markup.lastIndex = at; at < xml.length; at = markup.lastIndex) {
    const match = markup.exec(xml)
    if (match?.index !== at) throw new Error(`not well-formed: ${xml.slice(at, at + 60)}`)
    const [text, end, name, attributes, empty] = match
    if (/&(?!#\d+;)/.test(text)) throw new Error(`a bare ampersand: ${text}`)
    if (name === undefined) continue
    if (end === '/') expect(open.pop()).toBe(name)
    else {
      const pairs = [...attributes.matchAll(/ ([a-z]+)="([^"]*)"/g)].map(([, key, value]) => [key, value] as const)
      found.push({ name, attributes: new Map(pairs) })
      if (empty === '') open.push(name)
    }
  }
  expect(open).toEqual([])
  return found
}

test('a campaign is a suite with a test case for each promise', () => {
  const found = elements(junitXml(sampleSummary()))
  expect(found.map(({ name }) => name).filter((name) => name !== 'property')).toEqual([
    'testsuites',
    'testsuite',
    'properties',
    'testcase',
    'failure',
    'testcase',
    'testcase',
    'skipped',
  ])
  const suite = found[1].attributes
  expect([...suite]).toEqual([
    ['name', 'promises'],
    ['tests', '3'],
    ['failures', '1'],
    ['errors', '0'],
    ['skipped', '1'],
    ['time', '252.400'],
  ])
})

test('a broken promise fails with the text of its breaches', () => {
  const other = { ...sampleBreach(), sentence: 'an enclave maps a page of the host', id: 'beef' }
  const xml = junitXml({ ...sampleSummary(), breaches: [sampleBreach(), other] })
  expect(elements(xml).filter(({ name }) => name === 'failure')).toHaveLength(1)
  expect(xml).toContain('found after 812 cases, 5 steps left of 41')
  expect(xml).toContain('isolation: an enclave maps a page of the host')
  expect(xml).toContain('replay: npx yingzhou replay out/isolation-7f3a91c2.json')
})

test('takes any text, also what XML cannot hold', () => {
  const evil = `<b a="1" b='2'>&amp; ]]> \u0000\u001b\ud800 \u{1f525}`
  const summary = { ...sampleSummary(), monitor: evil, breaches: [{ ...sampleBreach(), sentence: evil }] }
  const xml = junitXml({ ...summary, promises: [{ ...summary.promises[0], name: 'isolation', statement: evil }] })
  elements(xml)
  for (const left of ['<b ', '\u0000', '\u001b']) expect(xml).not.toContain(left)
  expect(xml).toContain('&#60;b a=&#34;1&#34; b=&#39;2&#39;&#62;&#38;amp; ]]&#62; \ufffd\ufffd\ufffd \u{1f525}')
})
