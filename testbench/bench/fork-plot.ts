import type { ForkRow } from './fork.ts'

const [width, height] = [640, 400]
const frame = { left: 70, right: 620, top: 40, bottom: 350 }

const series = [
  { key: 'create', text: 'create', colour: '#b3402a' },
  { key: 'fork', text: 'fork, run, end', colour: '#2a62b3' },
] as const

/** Cycles over size as a plain SVG, both axes logarithmic: what creating costs, and what forking does. */
export function forkPlot(rows: readonly ForkRow[], core: string): string {
  const values = rows.flatMap((row) => series.map(({ key }) => row[key]))
  const [low, high] = [Math.floor(Math.log10(Math.min(...values))), Math.ceil(Math.log10(Math.max(...values)))]
  const [first, last] = [Math.log2(rows[0].kib), Math.log2(rows[rows.length - 1].kib)]
  const x = (kib: number) => place(Math.log2(kib), first, last, frame.left + 20, frame.right - 20)
  const y = (cycles: number) => place(Math.log10(cycles), low, high, frame.bottom, frame.top)
  const powers = Array.from({ length: high - low + 1 }, (_, index) => low + index)
  const title = `Cycles on the core "${core}", by size of the enclave`
  const lines = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">`,
    `<title>${title}</title>`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    `<text x="${frame.left}" y="22">${title}</text>`,
    ...powers.flatMap((power) => [
      `<path d="M${frame.left} ${y(10 ** power)}H${frame.right}" stroke="#ddd"/>`,
      `<text x="${frame.left - 8}" y="${y(10 ** power) + 4}" text-anchor="end">10<tspan dy="-5" font-size="9">${power}</tspan></text>`,
    ]),
    ...rows.map(
      ({ kib }) => `<text x="${x(kib)}" y="${frame.bottom + 18}" text-anchor="middle">${sizeText(kib)}</text>`,
    ),
    ...series.flatMap(({ key, text, colour }) => {
      const points = rows.map((row) => `${x(row.kib)},${y(row[key])}`)
      return [
        `<polyline points="${points.join(' ')}" fill="none" stroke="${colour}" stroke-width="2"/>`,
        ...rows.map((row) => `<circle cx="${x(row.kib)}" cy="${y(row[key])}" r="3" fill="${colour}"/>`),
        `<text x="${frame.left + 24}" y="${y(rows[0][key]) - 10}" fill="${colour}">${text}</text>`,
      ]
    }),
    '</svg>',
  ]
  return `${lines.join('\n')}\n`
}

/** Where a value of a range comes to lie in another, to a tenth. */
function place(value: number, from: number, to: number, start: number, end: number): number {
  const part = to === from ? 0.5 : (value - from) / (to - from)
  return Math.round((start + part * (end - start)) * 10) / 10
}

/** A size in KiB or MiB. */
export const sizeText = (kib: number): string => (kib < 1024 ? `${kib} KiB` : `${kib / 1024} MiB`)
