/** Who owns which pages, as a drawing: a row for each piece of memory, a column for each moment between steps. */

import { escapeHtml } from '../../view/html.ts'
import type { OwnerRun, Story } from '../story.ts'
import { fillOf, inkOf } from './paint.ts'

/** Pages whose owners are the same all the way through: one owner for each moment. */
export interface Piece {
  /** The number of the first page. */
  readonly page: bigint
  readonly pages: bigint
  readonly owners: readonly string[]
}

interface Run {
  from: bigint
  to: bigint
  owner: string
}

/** Pages of the first moment as pieces; what a moment says nothing of is nobody's. The page of the breach stands alone. */
export function piecesOf({ before, steps, breach }: Story): Piece[] {
  const moments = [before, ...steps.map(({ after }) => after)].map(({ owners }) => owners.map(runOf))
  const alone = breach.page === undefined ? [] : [BigInt(breach.page), BigInt(breach.page) + 1n]
  const ends = moments.flatMap((runs) => runs.flatMap(({ from, to }) => [from, to]))
  const edges = [...new Set([...ends, ...alone])].sort((a, b) => (a < b ? -1 : 1))
  const pieces: { page: bigint; pages: bigint; owners: string[] }[] = []
  for (const [index, page] of edges.slice(0, -1).entries()) {
    const pages = edges[index + 1] - page
    const owners = moments.map((runs) => runs.find(({ from, to }) => from <= page && page < to)?.owner ?? '')
    const last = pieces.at(-1)
    const isSame = last?.owners.every((owner, moment) => owner === owners[moment]) && !alone.includes(page)
    if (last !== undefined && isSame) last.pages += pages
    else pieces.push({ page, pages, owners })
  }
  return pieces
}

const runOf = ([firstPage, pages, owner]: OwnerRun): Run => {
  const from = BigInt(firstPage)
  return { from, to: from + BigInt(pages), owner }
}

/** Pages as a size in bytes. */
export function sizeText(pages: bigint): string {
  if (pages % 0x100n === 0n) return `${pages / 0x100n} MiB`
  return `${pages * 4n} KiB`
}

/** In pixels. */
const MARGIN = 156
const HEAD = 40
const CHARACTER = 6.6
const ROW = { still: 17, changing: 30 }

/** The map. Columns are links to `#step-N`, and have `data-step`. */
export function memoryMapSvg(story: Story): string {
  const pieces = piecesOf(story)
  const moments = story.steps.length + 1
  const column = Math.max(34, Math.min(92, 460 / moments))
  const tops = [HEAD]
  for (const piece of pieces) tops.push(tops[tops.length - 1] + (isStill(piece) ? ROW.still : ROW.changing))
  const bottom = tops[tops.length - 1]
  const width = MARGIN + column * moments + 2
  const rows = pieces.map((piece, index) => pieceRow(piece, story, column, tops[index], tops[index + 1]))
  const heads = Array.from({ length: moments }, (_, moment) => columnHead(story, moment, column, bottom))
  return `<svg class="map" viewBox="0 0 ${width} ${bottom + 4}" width="${width}" role="img" aria-label="who owns which memory after each step">
${rows.join('\n')}
${heads.join('\n')}</svg>`
}

const isStill = ({ owners }: Piece): boolean => owners.every((owner) => owner === owners[0])

function pieceRow(piece: Piece, { breach }: Story, column: number, top: number, bottom: number): string {
  const { page, pages, owners } = piece
  const y = (top + bottom) / 2 + 4
  const isBreach = breach.page !== undefined && page === BigInt(breach.page)
  const cells: string[] = []
  for (let from = 0; from < owners.length; ) {
    let to = from + 1
    while (to < owners.length && owners[to] === owners[from]) to++
    cells.push(cell(owners[from], MARGIN + from * column, top, column, to - from, bottom - top))
    from = to
  }
  const place = `0x${(page * 0x1000n).toString(16)}`
  const label = `<text class="place" x="0" y="${y}">${isBreach ? '✖ ' : ''}${place}</text><text class="size" x="${MARGIN - 8}" y="${y}">${sizeText(pages)}</text>`
  const frame = `<rect class="page" x="${MARGIN}" y="${top}" width="${owners.length * column}" height="${bottom - top}"/>`
  return `<g class="piece${isBreach ? ' broken' : ''}">${label}${cells.join('')}${isBreach ? frame : ''}</g>`
}

/** The moments with the same owner as one; its name stands in the first, so that no frame crosses it. */
function cell(owner: string, x: number, y: number, column: number, moments: number, height: number): string {
  const width = column * moments
  const short = owner.replace(/^(\w)\w* (\d+)$/, '$1$2')
  const text = [owner, short].find((one) => one.length * CHARACTER + 4 < width) ?? ''
  const middle = x + (text.length * CHARACTER + 4 < column ? column : width) / 2
  const label = `<text class="on ${inkOf(owner)}" x="${middle}" y="${y + height / 2 + 4}">${escapeHtml(text)}</text>`
  return `<rect x="${x}" y="${y}" width="${width}" height="${height}" fill="${fillOf(owner)}"><title>${escapeHtml(owner)}</title></rect>${label}`
}

/** The heading of a moment. Chosen, it and the one before are framed: how memory was before the step, and is after. */
function columnHead({ steps, breach }: Story, moment: number, column: number, bottom: number): string {
  const x = MARGIN + moment * column
  if (moment === 0) return `<text class="head" x="${x + column / 2}" y="${HEAD - 8}">start</text>`
  const isBreach = breach.step === moment - 1
  const chosen = isBreach ? ' on' : ''
  const height = bottom - HEAD
  const marks = `<g class="chosen${chosen}" data-step="${moment}"><rect x="${x - column}" y="${HEAD}" width="${column}" height="${height}"/><rect x="${x}" y="${HEAD}" width="${column}" height="${height}"/>
<text x="${x - column / 2}" y="12">before</text><text x="${x + column / 2}" y="12">after</text></g>`
  const title = escapeHtml(`after step ${moment}: ${steps[moment - 1].text}`)
  return `<a href="#step-${moment}" data-step="${moment}" aria-label="${title}"><title>${title}</title><rect class="hit" x="${x}" y="0" width="${column}" height="${HEAD}"/>
<text class="head" x="${x + column / 2}" y="${HEAD - 8}">${moment}${isBreach ? ' ✖' : ''}</text></a>${marks}`
}
