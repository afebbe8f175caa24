import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { Story } from '../story.ts'
import { piecesOf, sizeText } from './memory-map.ts'
import { storyPage } from './page.ts'
import { fillOf, patterns } from './paint.ts'
import { sampleBreach, sampleStory, sampleSummary } from './sample-story.ts'
import { summaryPage } from './summary-page.ts'
import { timelineSvg } from './timeline.ts'

const CHROMIUM = '/usr/bin/chromium'
const EVIL = '<img src=x onerror="alert(1)">\'&'

const story = sampleStory()
const page = storyPage(story)
const summary = summaryPage(sampleSummary(), 'out')

describe('the map of memory', () => {
  test('has a piece for each stretch of pages that never differ, and the page of the breach alone', () => {
    const pieces = piecesOf(story).map(({ page: first, pages, owners }) => [first.toString(16), pages, owners.join()])
    expect(pieces.slice(8)).toEqual([
      ['81000', 32n, Array(6).fill('enclave 0').join()],
      ['81020', 32n, Array(6).fill('host').join()],
      ['81040', 2n, 'host,host,enclave 1,enclave 1,enclave 1,enclave 1'],
      ['81042', 1n, 'host,host,enclave 1,enclave 1,enclave 1,enclave 1'],
      ['81043', 29n, 'host,host,enclave 1,enclave 1,enclave 1,enclave 1'],
      ['81060', 0x2fa0n, Array(6).fill('host').join()],
    ])
    expect([1n, 16n, 256n].map(sizeText)).toEqual(['4 KiB', '64 KiB', '1 MiB'])
  })

  test('tells owners apart without colours: by pattern and by name', () => {
    const owners = ['enclave 1', 'template 1', 'relay 1', 'share 1', 'pool', 'tables', 'bitmap', 'host', 'monitor']
    expect(new Set(owners.map(fillOf)).size).toBe(owners.length)
    const drawn = [...patterns(owners).matchAll(/<path d="M(?!0 0h8v8)([^"]+)"/g)].map(([, lines]) => lines)
    expect(new Set(drawn).size).toBe(7)
  })
})

describe('the timeline', () => {
  const svg = timelineSvg(story)
  const places = (text: string, pattern: RegExp): number[] => [...text.matchAll(pattern)].map(([, x]) => Number(x))

  test('has a lane for each domain, a bar for each stretch, an arrow for each call and return', () => {
    expect([...svg.matchAll(/<text class="lane" [^>]*>([^<]+)</g)].map(([, name]) => name)).toEqual([
      'host',
      'monitor',
      'enclave 1',
    ])
    expect(svg.match(/class="bar"/g)).toHaveLength(7)
    expect(svg.match(/class="arrow"/g)).toHaveLength(6)
    expect(svg).toContain('✖ breach, record 44,024')
  })

  test('goes from left to right, each bar beginning where the one before ends', () => {
    const left = places(svg, /class="bar">.*?<rect x="([\d.]+)"/g)
    const width = places(svg, /class="bar">.*?<rect x=.*?width="([\d.]+)"/g)
    for (let index = 1; index < left.length; index++) {
      expect(left[index]).toBeCloseTo(left[index - 1] + width[index - 1])
    }
  })

  test('leaves room for what is called, up to the next arrow', () => {
    const arrows = [...svg.matchAll(/class="arrow"><path d="M([\d.]+) .*?<text [^>]*>([^<]*)</g)]
    for (const [index, [, x, label]] of arrows.slice(0, -1).entries()) {
      expect(Number(arrows[index + 1][1]) - Number(x)).toBeGreaterThan(6 * label.length)
    }
  })

  test('shows the return and the breach that only the very end shows', () => {
    const arrow = { at: 44_027, from: 'host', to: 'monitor', label: 'at the end' } as const
    const last = timelineSvg({ ...story, arrows: [...story.arrows, arrow], breach: { ...story.breach, at: 44_027 } })
    expect(last).toContain('at the end')
    expect(last).toContain('✖ breach, record 44,026')
  })

  test('takes as many rows as it needs, and draws a stretch across two of them in both', () => {
    const { steps, timeline, arrows } = story
    const shift = 44_027
    const twice: Story = {
      ...story,
      steps: [...steps, ...steps],
      timeline: [
        ...timeline.slice(0, -1),
        { lane: 'host', from: 44_023, to: shift + 4 },
        ...timeline.slice(1).map((one) => ({ ...one, from: one.from + shift, to: one.to + shift })),
      ],
      arrows: [...arrows, ...arrows.map((one) => ({ ...one, at: one.at + shift }))],
    }
    const rows = timelineSvg(twice).split('<svg').slice(1)
    expect(rows.length).toBeGreaterThan(1)
    expect(rows.join('').match(/class="band/g)).toHaveLength(10)
    expect(rows.filter((row) => row.includes('class="breach"'))).toHaveLength(1)
    for (const row of rows) for (const x of places(row, / x="([\d.]+)"/g)) expect(x).toBeLessThanOrEqual(1080)
  })
})

describe('the page of a breach', () => {
  test('says first which promise broke, how, and how to see it again', () => {
    const order = [
      '✖ BROKEN',
      'isolation',
      'the host reads a page of enclave 1',
      'No instruction outside',
      'npx yingzhou',
    ]
    const places = order.map((text) => page.indexOf(text, page.indexOf('<header')))
    expect(places).toEqual([...places].sort((a, b) => a - b))
    expect(places).not.toContain(-1)
  })

  test('has the steps, open where the breach is, with the translation of the access', () => {
    expect(page.match(/<details class="step/g)).toHaveLength(5)
    expect(page.match(/<details class="step[^>]* open>/g)).toHaveLength(1)
    const breach = page.slice(page.indexOf('id="step-5"'))
    for (const unit of ['DTLB entry 3', 'walk level 2', 'walk level 1', 'walk level 0', 'PMP entry 5'])
      expect(breach).toContain(`<dt>${unit}</dt>`)
    expect(page).toContain('host → <b>enclave 1</b>')
  })

  test('marks the breach in the trace, and shows the pipeline where there is one', () => {
    expect(page).toMatch(/<tr class="broken"><td class="n">✖ 44,024<\/td>/)
    expect(page).toContain('In the pipeline')
    const { pipeline: _, ...rest } = story
    expect(storyPage(rest)).not.toContain('In the pipeline')
  })

  test('needs nothing from elsewhere', () => {
    for (const text of [page, summary]) {
      expect(text).not.toMatch(/https?:|src=|@import|url\((?!#)/)
      expect(text).toContain(`content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"`)
    }
    expect([...page.matchAll(/href="([^"]*)"/g)].every(([, link]) => /^#step-\d$/.test(link))).toBe(true)
  })

  test('takes names for text, whatever is in them', () => {
    const evil = <Value>(value: Value): Value => {
      if (typeof value === 'string') return (/^0x|^(host|monitor|enclave \d)$/.test(value) ? value : EVIL) as Value
      if (Array.isArray(value)) return value.map(evil) as Value
      if (typeof value !== 'object' || value === null) return value
      return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, evil(member)])) as Value
    }
    const { pipeline: _, ...rest } = story
    expect(storyPage(evil(rest))).not.toContain('<img')
    expect(summaryPage(evil(sampleSummary()), 'out')).not.toContain('<img')
  })
})

describe('the page of a campaign', () => {
  test('has the promises with their verdicts, and links each breach to its page', () => {
    expect(summary).toContain('1 of 3 promises broken')
    for (const verdict of ['✖ BROKEN</b>', '✔ held', '– not tried']) expect(summary).toContain(verdict)
    expect(summary).toContain('<a href="isolation-7f3a91c2.html">the host reads a page of enclave 1')
    expect(summaryPage(sampleSummary(), '.')).toContain('<a href="out/isolation-7f3a91c2.html">')
    const strange = { ...sampleSummary(), breaches: [{ ...sampleBreach(), page: 'out/a:b c.html' }] }
    expect(summaryPage(strange, 'out')).toContain('<a href="a%3Ab%20c.html">')
  })

  test('says that all promises were held, or that the campaign was cut short', () => {
    const promises = sampleSummary().promises.map((promise) => ({ ...promise, breaches: 0 }))
    const held = summaryPage({ ...sampleSummary(), promises, breaches: [], interrupted: true }, 'out')
    expect(held).toContain('✔ HELD')
    expect(held).toContain('no promise was broken')
    expect(held).toContain('It was interrupted')
  })
})

describe.skipIf(!existsSync(CHROMIUM))('in a browser', () => {
  const folder = mkdtempSync(join(tmpdir(), 'yingzhou-report-'))
  afterAll(() => rmSync(folder, { recursive: true }))

  /** What a script, run when the page is there, leaves in its title. */
  function titleAfter(script: string): string {
    const file = join(folder, 'story.html')
    writeFileSync(file, page.replace('</body>', `<script>${script}</script></body>`))
    const flags = ['--headless', '--no-sandbox', '--disable-gpu', `--user-data-dir=${folder}/profile`, '--dump-dom']
    const dom = execFileSync(CHROMIUM, [...flags, '--virtual-time-budget=2000', `file://${file}`], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    return /<title>(.*?)<\/title>/.exec(dom)?.[1] ?? ''
  }

  const look = `const look = () => document.title = [
    [...document.querySelectorAll('details.step')].map((step) => Number(step.open)).join(''),
    [...document.querySelectorAll('.chosen')].map((mark) => Number(getComputedStyle(mark).display !== 'none')).join(''),
  ].join(' ')\n`

  test('the breach is open, and its columns are framed', { timeout: 60_000 }, () => {
    expect(titleAfter(`${look}look()`)).toBe('00001 00001')
  })

  test('a click on a step of the timeline opens it and frames its columns', { timeout: 60_000 }, () => {
    const click = `document.querySelector('.timeline a[href="#step-2"] rect').dispatchEvent(new MouseEvent('click', { bubbles: true }))`
    expect(titleAfter(`${look}${click}; setTimeout(look, 200)`)).toBe('01000 01000')
  })

  test('a step opened by itself is framed as well, and every link can have the focus', { timeout: 60_000 }, () => {
    const open = `document.querySelector('#step-3 summary').click()
      setTimeout(() => { look(); for (const link of document.querySelectorAll('a')) {
        link.focus(); if (document.activeElement !== link) document.title += ' lost' } }, 200)`
    expect(titleAfter(`${look}${open}`)).toBe('00100 00100')
  })

  test('a print has every step open, and then the page is as before', { timeout: 60_000 }, () => {
    const print = `dispatchEvent(new Event('beforeprint')); look(); const printed = document.title
      dispatchEvent(new Event('afterprint')); setTimeout(() => { look(); document.title = printed + ' ' + document.title }, 200)`
    expect(titleAfter(`${look}${print}`)).toBe('11111 00001 00001 00001')
  })
})
