import type { MemoryAccess, Privilege, Retirement } from '../../rtl-model/core/retirement.ts'
import { InputError } from '../input-error.ts'
import { readLines } from '../line-stream.ts'
import { exceptionName } from '../spike/trap-names.ts'
import { type ExceptionEvent, instructionLength, type NamedCsrWrite, type TraceEvent } from '../trace-event.ts'
import { CsrFields } from './csr-fields.ts'
import { Fields } from './fields.ts'

/**
 * An RVFI file, one JSON object a line, plain or gzip: of `RvfiWriter`, or of any tool that writes the standard fields.
 * Lines with `valid` 0 are skipped, except for interrupts of `RvfiWriter`.
 */
export class RvfiLog {
  readonly path: string
  readonly #csrs: CsrFields

  /** `csrName` gives a CSR's name, as it stands in field names, by its number. */
  constructor(path: string, csrName: (csr: number) => string) {
    this.path = path
    this.#csrs = new CsrFields(csrName)
  }

  /**
   * What the standard fields say, with cause and tval where they are recorded.
   * @throws InputError when the file cannot be read, or naming the line and the field that does not fit.
   */
  async *events(): AsyncGenerator<TraceEvent> {
    for await (const { fields, line } of this.#records()) yield this.#event(fields, line)
  }

  /**
   * The complete records that `RvfiWriter` wrote.
   * @throws InputError as `events` does, also for a missing field of those that RVFI lacks.
   */
  async *retirements(): AsyncGenerator<Retirement> {
    let interrupts = 0n
    for await (const { fields } of this.#records()) {
      const retirement = this.#retirement(fields)
      retirement.order += interrupts
      if (retirement.trap?.interrupt) interrupts++
      yield retirement
    }
  }

  async *#records(): AsyncGenerator<{ fields: Fields; line: number }> {
    let line = 0
    let records = 0
    for await (const { text, isCut } of readLines(this.path)) {
      const place = `${this.path}:${++line}`
      const fields = isCut ? lastFields(text, place) : new Fields(text, place)
      if (fields.has('valid') && !fields.flag('valid') && !isInterrupt(fields)) continue
      records++
      yield { fields, line }
    }
    if (records === 0) throw new InputError(`${this.path}: no valid RVFI record`)
  }

  #event(fields: Fields, line: number): TraceEvent {
    const pc = fields.wide('pc_rdata')
    if (isInterrupt(fields) || fields.flag('trap')) return exceptionEvent(fields, line, pc)
    const instruction = fields.number('insn', 32)
    const rd = fields.number('rd_addr', 5)
    return {
      kind: 'commit',
      line,
      hart: 0,
      privilege: privilege(fields),
      pc,
      instruction,
      length: instructionLength(instruction),
      registers: rd === 0 ? [] : [{ file: 'x', number: rd, value: fields.wide('rd_wdata') }],
      csrs: this.#csrWrites(fields),
      memory: accesses(fields).map(({ kind, va, size, value }) => ({ kind, va, size, value })),
    }
  }

  #retirement(fields: Fields): Retirement {
    const retirement: Retirement = {
      order: fields.wide('order'),
      cycle: fields.wide('cycle'),
      pc: fields.wide('pc_rdata'),
      nextPc: fields.wide('pc_wdata'),
      instruction: fields.number('insn', 32),
      privilege: privilege(fields),
      rs1: fields.number('rs1_addr', 5),
      rs1Value: fields.wide('rs1_rdata'),
      rs2: fields.number('rs2_addr', 5),
      rs2Value: fields.wide('rs2_rdata'),
      rd: fields.number('rd_addr', 5),
      rdValue: fields.wide('rd_wdata'),
      csrWrites: this.#csrWrites(fields).map(({ csr, value }) => ({ csr, value })),
      memory: accesses(fields).map(({ offset, ...access }) => ({ ...access, pa: fields.wide('mem_paddr') + offset })),
      walk: fields
        .list('walk', ['pa', 'pte', 'level'])
        .map(({ pa, pte, level }) => ({ pa, pte, level: Number(level) })),
    }
    const interrupt = isInterrupt(fields)
    if (interrupt || fields.flag('trap')) {
      retirement.trap = { interrupt, cause: fields.number('cause', 32), tval: fields.wide('tval') }
    }
    return retirement
  }

  /** In order of CSR number. */
  #csrWrites(fields: Fields): NamedCsrWrite[] {
    const writes: NamedCsrWrite[] = []
    for (const field of fields.names()) {
      const name = /^csr_(.+)_wdata$/.exec(field)?.[1]
      if (name === undefined) continue
      const mask = `csr_${name}_wmask`
      if (fields.has(mask) && fields.wide(mask) === 0n) continue
      const csr = this.#csrs.number(name) ?? fields.fail(field, 'no CSR has this name')
      writes.push({ csr, name, value: fields.wide(field) })
    }
    return writes.sort((a, b) => a.csr - b.csr)
  }
}

function lastFields(text: string, place: string): Fields {
  try {
    return new Fields(text, place)
  } catch (error) {
    throw new InputError(`${(error as Error).message}; the file ends within this line`)
  }
}

function isInterrupt(fields: Fields): boolean {
  return fields.has('interrupt') && fields.flag('interrupt')
}

function privilege(fields: Fields): Privilege {
  const mode = fields.number('mode', 2)
  return mode === 2 ? fields.fail('mode', 'expected 0, 1 or 3') : (mode as Privilege)
}

function exceptionEvent(fields: Fields, line: number, epc: bigint): ExceptionEvent {
  const interrupt = isInterrupt(fields)
  const event: ExceptionEvent = { kind: 'exception', line, hart: 0, name: 'trap', interrupt, epc }
  if (fields.has('cause')) {
    event.cause = fields.number('cause', 32)
    event.name = exceptionName(event.cause, interrupt)
  }
  if (fields.has('tval')) event.tval = fields.wide('tval')
  return event
}

interface Access extends Omit<MemoryAccess, 'pa'> {
  /** Of the first byte accessed, from `mem_addr`. */
  offset: bigint
}

function accesses(fields: Fields): Access[] {
  return [access(fields, 'load'), access(fields, 'store')].filter((found) => found !== undefined)
}

function access(fields: Fields, kind: 'load' | 'store'): Access | undefined {
  const maskField = kind === 'load' ? 'mem_rmask' : 'mem_wmask'
  if (!fields.has(maskField)) return undefined
  const mask = fields.number(maskField, 8)
  if (mask === 0) return undefined
  // With RISCV_FORMAL_ALIGNED_MEM the address is aligned and the mask says where the access starts.
  const offset = 31 - Math.clz32(mask & -mask)
  const size = [1, 2, 4, 8].find((bytes) => mask >> offset === (1 << bytes) - 1)
  if (size === undefined) fields.fail(maskField, 'expected 1, 2, 4 or 8 neighbouring bytes')
  const data = fields.wide(kind === 'load' ? 'mem_rdata' : 'mem_wdata')
  return {
    kind,
    va: fields.wide('mem_addr') + BigInt(offset),
    size,
    value: BigInt.asUintN(size * 8, data >> BigInt(offset * 8)),
    offset: BigInt(offset),
  }
}
