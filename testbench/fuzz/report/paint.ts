/** How owners and domains are drawn: a pattern for the kind, a colour for the number, so that neither is needed alone. */

/** Of each number, the ground and the lines. */
const colours = [
  ['#dbe9f8', '#4a86c5'],
  ['#fce6cb', '#cf7f1e'],
  ['#dcf1dd', '#459450'],
  ['#ece0f5', '#8857ad'],
  ['#fbf0bd', '#a89012'],
  ['#d6eff0', '#2f9197'],
] as const

/** Lines of a tile of 8 by 8, in the colour of the number. */
const lines = {
  enclave: '<path d="M-2 2l4-4M0 8l8-8M6 10l4-4" {stroke}/>',
  template: '<path d="M0 8l8-8M0 0l8 8" {stroke}/>',
  relay: '<path d="M2 0v8M6 0v8" {stroke}/>',
  share: '<path d="M0 2h8M0 6h8" {stroke}/>',
  tables: '<path d="M2 2h1M6 6h1" {stroke}/>',
  bitmap: '<path d="M0 2h2M4 2h2M2 6h2M6 6h2" {stroke}/>',
  pool: '<path d="M2 0v3M6 4v3" {stroke}/>',
} as const

const isKind = (text: string): text is keyof typeof lines => Object.hasOwn(lines, text)

/** What an owner or a domain is filled with, as an SVG paint. */
export function fillOf(owner: string): string {
  if (owner === 'monitor') return '#3b4149'
  return isKind(owner.split(' ')[0]) ? `url(#${patternId(owner)})` : '#fff'
}

/** What is written on it. */
export const inkOf = (owner: string): 'light' | 'dark' => (owner === 'monitor' ? 'light' : 'dark')

/** The patterns that these owners need, once for a page. */
export function patterns(owners: Iterable<string>): string {
  const found = [...new Set(owners)].filter((owner) => fillOf(owner).startsWith('url')).map(pattern)
  return `<svg width="0" height="0" style="position:absolute" aria-hidden="true"><defs>${found.join('')}</defs></svg>`
}

function pattern(owner: string): string {
  const [kind, number] = owner.split(' ')
  const [ground, line] = number === undefined ? ['#f1f1f1', '#999'] : colours[Number(BigInt(number) % 6n)]
  const drawn = isKind(kind) ? lines[kind].replace('{stroke}', `stroke="${line}" fill="none"`) : ''
  // Odd numbers lean the other way, which a print in black and white shows too.
  const turn = number !== undefined && BigInt(number) % 2n === 1n ? ' patternTransform="rotate(90)"' : ''
  const size = `width="8" height="8" patternUnits="userSpaceOnUse"${turn}`
  return `<pattern id="${patternId(owner)}" ${size}><path d="M0 0h8v8H0z" fill="${ground}"/>${drawn}</pattern>`
}

const patternId = (owner: string): string => `p-${owner.replaceAll(/\W+/g, '-')}`
