import { evaluate, isProblem } from './expression.ts'
import type { Alignment, Branch, Fragment, Label, Section } from './section.ts'

/**
 * Gives each branch and alignment of a section its size, and each fragment its place. It begins with a guess from what
 * lies before, and corrects until nothing changes; a form may also become shorter. GNU as goes the same way, and where
 * several layouts are right the result depends on the way.
 */
export function relax(section: Section): void {
  const { fragments } = section
  let offset = 0
  for (const fragment of fragments) {
    fragment.offset = offset
    fragment.endSize = endSize(fragment, section)
    offset += fragment.size + fragment.endSize
  }
  for (let pass = 0; pass < 2 * fragments.length + 10; pass++) {
    const before = fragments.map(({ endSize }) => endSize)
    let position = 0
    for (const fragment of fragments) {
      fragment.offset = position
      fragment.endSize = endSize(fragment, section)
      position += fragment.size + fragment.endSize
    }
    section.size = position
    if (fragments.every(({ endSize }, index) => endSize === before[index])) return
  }
}

function endSize(fragment: Fragment, section: Section): number {
  const { end } = fragment
  if (end === undefined) return 0
  const position = fragment.offset + fragment.size
  return end.kind === 'branch' ? branchSize(end, position, section) : alignmentSize(end, position)
}

function alignmentSize({ bytes, most }: Alignment, position: number): number {
  const size = (bytes - (position % bytes)) % bytes
  return size > most ? 0 : size
}

/** 2 or 4 for one instruction; 6 or 8 for the inverse branch over a jump, which is also taken where the distance is not known. */
function branchSize({ row, short, operands }: Branch, position: number, section: Section): number {
  const jump = row.semantics.kind === 'jump'
  const target = evaluate(operands.immediate.expression, offsetOf)
  if (isProblem(target) || target.section !== section) return jump ? 4 : 8
  const distance = Number(target.number) - position
  const reaches = (bits: number): boolean => distance >= -(2 ** (bits - 1)) && distance < 2 ** (bits - 1)
  if (short !== undefined && reaches(short.format.immediate.width)) return 2
  if (jump || reaches(row.format.immediate.width)) return 4
  return short === undefined ? 8 : 6
}

/** From the beginning of the section. */
const offsetOf = ({ fragment, offset }: Label): bigint => BigInt((fragment?.offset ?? 0) + offset)
