import type { Instruction } from '../../rtl-model/isa/instruction.ts'
import { instructions } from '../../rtl-model/isa/table.ts'
import type { Builder } from './builder.ts'
import { compress } from './compress.ts'
import { nearest } from './nearest.ts'
import { readOperands } from './operands.ts'
import { expand, pseudoNames } from './pseudo.ts'
import type { Operands, Relocated } from './section.ts'
import { type Command, fail } from './syntax.ts'

const rows = new Map(instructions.map((row) => [row.name, row]))

/** Puts an instruction or what a pseudo-instruction stands for at the end of the section. */
export function addInstruction(command: Command, builder: Builder): void {
  const { place } = command
  const expansions = expand(command, builder)
  if (expansions === undefined) {
    addRow(command, undefined, builder)
    return
  }
  for (const expansion of expansions) {
    if ('bits' in expansion) {
      const { bits, length } = expansion
      const bytes = [0, 8, 16, 24].slice(0, length).map((at) => (bits >>> at) & 0xff)
      builder.add(length, { kind: 'bytes', bytes }, place)
    } else {
      addRow({ ...command, name: expansion.name, operands: expansion.operands }, expansion.short, builder)
    }
  }
}

/** The row of a name, without an AMO's suffix, and the bits that the suffix stands for. */
function rowOf({ name, place, operands }: Command): { row: Instruction; ordering: number } {
  const plain = rows.get(name)
  if (plain !== undefined) return { row: plain, ordering: 0 }
  const [, stem = '', suffix = ''] = /^(.*)\.(aq|rl|aqrl)$/.exec(name) ?? []
  const row = rows.get(stem)
  if (row?.extension === 'A') return { row, ordering: ({ rl: 1, aq: 2, aqrl: 3 }[suffix] ?? 0) << 25 }
  const names = pseudoNames()
  if (names.includes(name))
    fail(place, `${name} does not take ${operands.length === 1 ? 'this operand' : 'these operands'}`)
  const near = nearest(name, [...rows.keys(), ...names])
  return fail(place, `unknown instruction ${name}${near === undefined ? '' : `; did you mean ${near}?`}`)
}

function addRow(command: Command, short: readonly string[] | undefined, builder: Builder): void {
  const { place } = command
  const { row, ordering } = rowOf(command)
  if (row.extension === 'C' && !builder.rvc) fail(place, `${row.name} needs .option rvc`)
  const operands = readOperands(row, command, builder)
  const isBranch = row.semantics.kind === 'branch' || row.name === 'c.j' || short?.includes('c.j') === true
  if (isBranch && hasTarget(operands)) {
    const full = instructions.find(({ semantics, extension }) => semantics === row.semantics && extension !== 'C')
    const allowed = builder.rvc ? compress(full ?? row, { ...operands, immediate: 0 }, short) : undefined
    builder.end({ kind: 'branch', row: full ?? row, short: allowed?.row, operands }, place)
    return
  }
  // GNU as leaves jal and jalr as they are written; the pseudo-instructions say which short form they take.
  const allowed = row.semantics.kind === 'jump' ? (short ?? []) : short
  const shortened =
    builder.rvc && row.extension !== 'C' && isKnown(operands) ? compress(row, operands, allowed) : undefined
  const chosen = shortened ?? { row, operands }
  builder.add(chosen.row.format.length, { kind: 'code', ...chosen, ordering, place }, place)
}

const hasTarget = (operands: Operands): operands is Operands & { immediate: Relocated } =>
  typeof operands.immediate === 'object'

const isKnown = (operands: Operands): operands is Operands & { immediate: number } =>
  typeof operands.immediate !== 'object'
