import type { Privilege } from '../../rtl-model/core/retirement.ts'
import type { CommitEvent, RegisterWrite, TraceEvent } from '../trace-event.ts'

/** At most this many x registers, and as many CSRs, of a line are held in the columns. */
export const writesPerRow = 2

/**
 * Consecutive lines of a log, the common commit lines as columns of numbers (one row a line), everything else as events.
 * 64-bit values are held as two halves. A batch is overwritten when the next one is read.
 */
export class CommitBatch {
  /** Rows in use. */
  rows = 0
  /** Events that are not rows, in order: `events[i]` comes before row `eventRows[i]`. */
  events: TraceEvent[] = []
  eventRows: number[] = []
  /** Union of the `Evidence` bits of the rows. */
  evidence = 0

  /** Line of the file, counted from 1. */
  readonly line: Float64Array
  readonly hart: Uint16Array
  readonly privilege: Uint8Array
  readonly pcHigh: Uint32Array
  readonly pcLow: Uint32Array
  readonly instruction: Uint32Array
  /** In bytes, 2 or 4. */
  readonly length: Uint8Array
  /** Written x registers; those of row r start at `r * writesPerRow`. */
  readonly registerCount: Uint8Array
  readonly register: Uint8Array
  readonly registerHigh: Uint32Array
  readonly registerLow: Uint32Array
  /** Written CSRs; those of row r start at `r * writesPerRow`. */
  readonly csrCount: Uint8Array
  readonly csr: Uint16Array
  readonly csrHigh: Uint32Array
  readonly csrLow: Uint32Array
  /** 1 where the line has a load. */
  readonly loads: Uint8Array
  readonly loadHigh: Uint32Array
  readonly loadLow: Uint32Array
  /** Bytes stored; 0 where the line has no store. */
  readonly storeSize: Uint8Array
  readonly storeHigh: Uint32Array
  readonly storeLow: Uint32Array
  readonly storeValueHigh: Uint32Array
  readonly storeValueLow: Uint32Array
  /** Name of each CSR seen, as its bytes, by number. */
  readonly csrNames: (Uint8Array | undefined)[] = new Array(4096).fill(undefined)

  constructor(capacity: number) {
    const words = (count = 1) => new Uint32Array(capacity * count)
    const bytes = (count = 1) => new Uint8Array(capacity * count)
    this.line = new Float64Array(capacity)
    this.hart = new Uint16Array(capacity)
    this.privilege = bytes()
    this.pcHigh = words()
    this.pcLow = words()
    this.instruction = words()
    this.length = bytes()
    this.registerCount = bytes()
    this.register = bytes(writesPerRow)
    this.registerHigh = words(writesPerRow)
    this.registerLow = words(writesPerRow)
    this.csrCount = bytes()
    this.csr = new Uint16Array(capacity * writesPerRow)
    this.csrHigh = words(writesPerRow)
    this.csrLow = words(writesPerRow)
    this.loads = bytes()
    this.loadHigh = words()
    this.loadLow = words()
    this.storeSize = bytes()
    this.storeHigh = words()
    this.storeLow = words()
    this.storeValueHigh = words()
    this.storeValueLow = words()
  }

  clear(): void {
    this.rows = 0
    this.events = []
    this.eventRows = []
    this.evidence = 0
  }

  /** Adds an event after the rows added so far. */
  addEvent(event: TraceEvent): void {
    this.events.push(event)
    this.eventRows.push(this.rows)
  }

  /** A row as an event. */
  commit(row: number): CommitEvent {
    const event: CommitEvent = {
      kind: 'commit',
      line: this.line[row],
      hart: this.hart[row],
      privilege: this.privilege[row] as Privilege,
      pc: wide(this.pcHigh[row], this.pcLow[row]),
      instruction: this.instruction[row],
      length: this.length[row] as 2 | 4,
      registers: [],
      csrs: [],
      memory: [],
    }
    const first = row * writesPerRow
    for (let i = first; i < first + this.registerCount[row]; i++) {
      const value = wide(this.registerHigh[i], this.registerLow[i])
      event.registers.push({ file: 'x', number: this.register[i], value } satisfies RegisterWrite)
    }
    for (let i = first; i < first + this.csrCount[row]; i++) {
      const csr = this.csr[i]
      event.csrs.push({ csr, name: this.csrName(csr), value: wide(this.csrHigh[i], this.csrLow[i]) })
    }
    if (this.loads[row]) event.memory.push({ kind: 'load', va: wide(this.loadHigh[row], this.loadLow[row]) })
    if (this.storeSize[row]) {
      const value = wide(this.storeValueHigh[row], this.storeValueLow[row])
      const va = wide(this.storeHigh[row], this.storeLow[row])
      event.memory.push({ kind: 'store', va, size: this.storeSize[row], value })
    }
    return event
  }

  /** Name by which the log calls a CSR of one of its rows. */
  csrName(csr: number): string {
    return String.fromCharCode(...(this.csrNames[csr] ?? []))
  }

  /** Rows and events in the order of the file. */
  *inOrder(): Generator<TraceEvent> {
    let next = 0
    for (let row = 0; row <= this.rows; row++) {
      while (this.eventRows[next] === row) yield this.events[next++]
      if (row < this.rows) yield this.commit(row)
    }
  }
}

function wide(high: number, low: number): bigint {
  return (BigInt(high) << 32n) | BigInt(low)
}
