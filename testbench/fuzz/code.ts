/** Random code as a step: what attackers run beside the calls. */

import { instructionLength } from '../../rtl-model/isa/decode.ts'
import { registerNames } from '../../rtl-model/isa/registers.ts'
import { ENCLAVE_CODE } from '../calls/agents.ts'
import { HOST_CODE } from '../calls/places.ts'
import type { Position } from '../calls/play.ts'
import { createDisassembler, type Disassembler } from '../disassembly.ts'
import { decode } from '../random/rows.ts'
import { CodeWriter } from './code-writer.ts'
import type { CodeStep } from './finding.ts'
import { type Attacker, type Item, writeItems } from './items.ts'

/** Code, and what is in registers when it begins. */
export interface Code {
  /** One number an instruction, of 16 or 32 bits. */
  readonly code: readonly number[]
  readonly registers: readonly (readonly [number: number, value: bigint])[]
}

/** Bytes left for the jump back to where the agent waits. */
const JUMP_BACK = 4n

/** Virtual addresses at which an attacker's code may lie. */
export const codePlace = (by: Attacker) => (by === 'host' ? HOST_CODE : ENCLAVE_CODE)

/** What items come to where things stand. Position-independent; what follows it runs next. */
export function resolveCode(items: readonly Item[], position: Position, by: Attacker): Code {
  const { va, size } = codePlace(by)
  const writer = new CodeWriter({ va, size: size - JUMP_BACK })
  writeItems(writer, items, position, by)
  return { code: writer.instructions(), registers: writer.registers }
}

let disassembler: Disassembler | undefined

/** A line for each instruction: its address, its assembly, and what the registers that it reads held at the start. */
export function describeCode({ by, code, registers }: CodeStep): string[] {
  disassembler ??= createDisassembler()
  const held = new Map(registers)
  let { va } = codePlace(by)
  return code.map((bits) => {
    const text = `${va.toString(16)}  ${disassembler!(bits, va)}`
    va += BigInt(instructionLength(bits))
    const { rs1 = 0, rs2 = 0, row } = decode(bits) ?? {}
    // An immediate takes the place of rs1 in some CSR instructions.
    const sources = row?.format.assembly.includes('rs1-immediate') ? [] : [...new Set([rs1, rs2])]
    const values = sources.flatMap((number) => {
      const value = held.get(number)
      return value === undefined ? [] : [`${registerNames[number]} 0x${value.toString(16)}`]
    })
    return values.length === 0 ? text : `${text.padEnd(40)}  # ${values.join(', ')}`
  })
}
