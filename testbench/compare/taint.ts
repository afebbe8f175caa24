import { createDecoder } from '../../rtl-model/isa/decode.ts'
import { instructions } from '../../rtl-model/isa/table.ts'
import type { CommitEvent } from '../../traces/trace-event.ts'
import type { FieldDifference } from './fields.ts'
import type { MaskId } from './masks.ts'

const decode = createDecoder(instructions)

/**
 * What holds another value in one of two executions, because a mask permitted it: registers, CSRs, and doublewords of memory.
 * An instruction may differ in what it computes from those, and only in that.
 */
export class Taint {
  readonly #registers = new Set<number>()
  readonly #csrs = new Set<number>()
  readonly #memory = new Set<bigint>()

  get any(): boolean {
    return this.#registers.size + this.#csrs.size + this.#memory.size > 0
  }

  /** The mask for a difference that follows from an earlier one. */
  maskFor({ field }: FieldDifference, event: CommitEvent): MaskId | undefined {
    const decoded = decode(event.instruction)
    if (decoded === undefined) return undefined
    const { rs1, rs2, row, immediate } = decoded
    const load = event.memory.find(({ kind }) => kind === 'load')
    const isCsr = row.extension === 'Zicsr'
    const address = this.#registers.has(rs1)
    const sources = [
      address && !row.format.assembly.includes('rs1-immediate'),
      this.#registers.has(rs2),
      isCsr && this.#csrs.has(immediate),
      load !== undefined && this.#memory.has(load.va / 8n),
    ]
    if (field === 'load va' || field === 'store va') return address ? 'follows' : undefined
    const isResult = field.startsWith('x') || field === 'store value' || field.startsWith('csr ')
    return isResult && sources.includes(true) ? 'follows' : undefined
  }

  /** Takes over what an instruction wrote, of which these fields differed. */
  follow(event: CommitEvent, found: readonly FieldDifference[]): void {
    const differs = (field: string): boolean => found.some((difference) => difference.field === field)
    for (const { file, number } of event.registers) {
      if (file === 'x') mark(this.#registers, number, differs(`x${number}`))
    }
    for (const { csr } of event.csrs) mark(this.#csrs, csr, differs(`csr ${csr}`))
    const store = event.memory.find(({ kind }) => kind === 'store')
    if (store !== undefined) mark(this.#memory, store.va / 8n, differs('store value'))
  }
}

function mark<T>(set: Set<T>, item: T, isMember: boolean): void {
  if (isMember) set.add(item)
  else set.delete(item)
}
