/** Who runs when, as a drawing: a lane for each domain, a bar for each stretch, an arrow for each call and return. */

import { escapeHtml } from '../../view/html.ts'
import type { Arrow, Domain, Story, Stretch } from '../story.ts'
import { fillOf, inkOf } from './paint.ts'
import { counted, grouped } from './words.ts'

/** In pixels. */
const MARGIN = 86
const MOST_WIDE = 1080
const MOST_STRETCHED = 2
const HEAD = 30
const LANE = 54
const BAR = 26
const FOOT = 24
const CHARACTER = 6.6

/** Records of a step from `from` up to but not including `to`. */
interface StepSpan {
  number: number
  domain: Domain
  from: number
  to: number
}

/**
 * Where records are, in pixels. Stretches are of one record or of a hundred thousand, so that widths grow with the
 * logarithm, and leave room for what is written there.
 */
type Scale = (record: number) => number

/** The timeline of a story, in as many rows as it takes. Steps are links to `#step-N`. */
export function timelineSvg(story: Story): string {
  const edges = edgesOf(story)
  const widths = widthsOf(story, edges)
  const lanes = lanesOf(story)
  return rowsOf(spansOf(story), edges, widths)
    .map((spans) => rowSvg(story, spans, lanes, scaleOf(spans, edges, widths)))
    .join('\n')
}

function lanesOf({ timeline, arrows }: Story): Domain[] {
  const found = new Set([...timeline.map(({ lane }) => lane), ...arrows.flatMap(({ from, to }) => [from, to])])
  const enclaves = [...found].filter((lane) => lane !== 'host' && lane !== 'monitor')
  const inOrder = enclaves.sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
  return ['host', 'monitor', ...inOrder]
}

function spansOf({ steps }: Story): StepSpan[] {
  let from = 0
  return steps.map(({ domain, records }, index) => {
    const span = { number: index + 1, domain, from, to: from + records }
    from = span.to
    return span
  })
}

/** The record that the breach is drawn at; what shows only at the end is the last record's. */
const breachOf = ({ breach, timeline }: Story): number => Math.min(breach.at, (timeline.at(-1)?.to ?? 1) - 1)

/** Records at which something changes. */
function edgesOf(story: Story): number[] {
  const ends = [...story.timeline, ...spansOf(story)].flatMap(({ from, to }) => [from, to])
  const edges = new Set([...ends, ...story.arrows.map(({ at }) => at), breachOf(story), breachOf(story) + 1])
  return [...edges].sort((a, b) => a - b)
}

/** Of what lies between each edge and the next. */
function widthsOf(story: Story, edges: readonly number[]): number[] {
  return edges.slice(0, -1).map((edge, index) => {
    const records = edges[index + 1] - edge
    const labels = story.arrows.filter(({ at }) => at === edge).map(({ label }) => label.length * CHARACTER + 12)
    return Math.max(14 + 5 * Math.log2(records), edge === breachOf(story) ? 40 : 0, ...labels)
  })
}

const widthOf = ({ from, to }: StepSpan, edges: readonly number[], widths: readonly number[]): number =>
  widths.reduce((sum, width, index) => (edges[index] >= from && edges[index] < to ? sum + width : sum), 0)

/** Steps to a row, as many as fit. */
function rowsOf(spans: readonly StepSpan[], edges: readonly number[], widths: readonly number[]): StepSpan[][] {
  const rows: StepSpan[][] = []
  let room = 0
  for (const span of spans) {
    const width = widthOf(span, edges, widths)
    if (width > room || rows.length === 0) {
      rows.push([])
      room = MOST_WIDE - MARGIN
    }
    rows[rows.length - 1].push(span)
    room -= width
  }
  return rows
}

function scaleOf(spans: readonly StepSpan[], edges: readonly number[], widths: readonly number[]): Scale {
  const natural = spans.reduce((sum, span) => sum + widthOf(span, edges, widths), 0)
  const factor = Math.min(MOST_STRETCHED, (MOST_WIDE - MARGIN - 10) / Math.max(1, natural))
  const places = new Map<number, number>()
  let x = MARGIN
  for (const [index, edge] of edges.entries()) {
    if (edge < spans[0].from) continue
    places.set(edge, x)
    x += (widths[index] ?? 0) * factor
  }
  return (record) => places.get(record) ?? MARGIN
}

function rowSvg(story: Story, spans: readonly StepSpan[], lanes: readonly Domain[], x: Scale): string {
  const [from, to] = [spans[0].from, spans[spans.length - 1].to]
  const isLast = spans[spans.length - 1].number === story.steps.length
  const isIn = (record: number): boolean => record >= from && (record < to || (isLast && record === to))
  const height = HEAD + lanes.length * LANE + FOOT
  const middle = (lane: Domain): number => HEAD + lanes.indexOf(lane) * LANE + LANE / 2
  const bars = story.timeline.filter((stretch) => stretch.from < to && stretch.to > from)
  const parts = [
    ...spans.map((span) => stepBand(span, story, height, x)),
    ...lanes.map((lane) => laneLine(lane, middle(lane), x(to))),
    ...bars.map((stretch) => bar(stretch, { from, to }, middle(stretch.lane), x)),
    ...story.arrows.filter(({ at }) => isIn(at)).map((one) => arrow(one, x(one.at), middle, one.at === to)),
    isIn(breachOf(story)) ? breachMark(story, middle, height, x) : '',
    `<text class="axis" x="${MARGIN}" y="${height - 6}">record ${grouped(from)}</text>`,
  ]
  return `<svg class="timeline" viewBox="0 0 ${MOST_WIDE} ${height}" role="img" aria-label="who runs when">${parts.join('\n')}</svg>`
}

function stepBand({ number, domain, from, to }: StepSpan, { steps, breach }: Story, height: number, x: Scale): string {
  const { text, records } = steps[number - 1]
  const [left, width] = [x(from), x(to) - x(from)]
  const isBreach = breach.step === number - 1
  const title = escapeHtml(`step ${number}, ${domain}: ${text} (${counted(records, 'record')})`)
  return `<a href="#step-${number}" class="band${isBreach ? ' broken' : ''}" data-step="${number}" aria-label="${title}"><title>${title}</title>
<rect x="${left}" y="1" width="${width}" height="${height - FOOT}"/>
<text x="${left + 6}" y="19">${number}${isBreach ? ' ✖' : ''}</text></a>`
}

function laneLine(lane: Domain, y: number, right: number): string {
  return `<text class="lane" x="${MARGIN - 8}" y="${y + 4}">${escapeHtml(lane)}</text><path class="lane" d="M${MARGIN} ${y}H${right}"/>`
}

function bar(
  { lane, label = '', ...stretch }: Stretch,
  row: { from: number; to: number },
  y: number,
  x: Scale,
): string {
  const [from, to] = [Math.max(stretch.from, row.from), Math.min(stretch.to, row.to)]
  const [left, width] = [x(from), x(to) - x(from)]
  const title = escapeHtml(
    `${lane}: ${label === '' ? '' : `${label}, `}${counted(stretch.to - stretch.from, 'record')} from ${grouped(stretch.from)}`,
  )
  const records = grouped(stretch.to - stretch.from)
  const fits = records.length * CHARACTER + 8 < width
  const text = fits ? `<text class="on ${inkOf(lane)}" x="${left + width / 2}" y="${y + 4}">${records}</text>` : ''
  return `<g class="bar"><title>${title}</title><rect x="${left}" y="${y - BAR / 2}" width="${width}" height="${BAR}" fill="${fillOf(lane)}"/>${text}</g>`
}

/** From the edge of one bar to that of the other; its label stands in the gap that it starts from. */
function arrow({ from, to, label }: Arrow, x: number, middle: (lane: Domain) => number, isAtEnd: boolean): string {
  const isDown = middle(to) > middle(from)
  const start = middle(from) + (isDown ? BAR / 2 : -BAR / 2)
  const end = middle(to) + (isDown ? -BAR / 2 : BAR / 2)
  const head = isDown ? -6 : 6
  const y = isDown ? start + 18 : start - 10
  return `<g class="arrow"><path d="M${x} ${start}V${end + head / 2}"/><path class="head" d="M${x} ${end}l-4 ${head}h8z"/><text x="${isAtEnd ? x - 6 : x + 6}" y="${y}"${isAtEnd ? ' text-anchor="end"' : ''}>${escapeHtml(label)}</text></g>`
}

function breachMark(story: Story, middle: (lane: Domain) => number, height: number, x: Scale): string {
  const at = breachOf(story)
  const [left, right] = [x(at), x(at + 1)]
  const y = middle(story.timeline.find(({ from, to }) => at >= from && at < to)?.lane ?? 'host')
  const [across, down] = [(left + right) / 2, height - FOOT]
  const cross = `M${across - 6} ${y - 6}l12 12m0 -12l-12 12`
  const anchor = across > MOST_WIDE / 2 ? 'end' : 'start'
  return `<g class="breach"><path class="line" d="M${across} 4V${down}"/>
<rect x="${left}" y="${y - BAR / 2}" width="${right - left}" height="${BAR}"/><path class="cross" d="${cross}"/>
<text x="${across}" y="${down + 16}" text-anchor="${anchor}">✖ breach, record ${grouped(at)}</text></g>`
}
