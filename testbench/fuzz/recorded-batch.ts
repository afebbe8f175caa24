import type { Observer } from '../../rtl-model/core/recorder.ts'
import { Recorder, RING_RECORDS, recordLayout } from '../../rtl-model/core/recorder.ts'
import type { Retirement } from '../../rtl-model/core/retirement.ts'
import { RegionAllocator } from '../../rtl-model/core/state.ts'
import { createDecoder } from '../../rtl-model/isa/decode.ts'
import { instructions } from '../../rtl-model/isa/table.ts'

/** Makes records that were read into batches, as observers of a hart get them. */
export class Replayer {
  readonly #recorder: Recorder

  constructor(observer: Observer) {
    const allocator = new RegionAllocator(new ArrayBuffer((RING_RECORDS + 1) * recordLayout.bytes))
    this.#recorder = new Recorder(allocator, createDecoder(instructions))
    this.#recorder.observers.push(observer)
  }

  add(retirement: Retirement): void {
    const recorder = this.#recorder
    const { pc, instruction, privilege, cycle, order, trap, memory, fetchPa } = retirement
    if (recorder.index === 0) recorder.firstOrder = order
    recorder.begin(pc, instruction, privilege, cycle)
    recorder.fetched(instruction, retirement.rs1Value, retirement.rs2Value)
    if (fetchPa !== undefined) recorder.source(fetchPa)
    for (const access of retirement.walk) recorder.walk(access, false)
    for (const { kind, va, pa, size, value } of memory) recorder.access(kind, va, pa, size, value)
    if (retirement.rd !== 0) recorder.result(retirement.rd, retirement.rdValue)
    recorder.csr(retirement.csrWrites)
    if (trap !== undefined) recorder.trap(trap.cause, trap.interrupt, trap.tval)
    recorder.end()
    if (recorder.index === RING_RECORDS) recorder.flush(retirement.nextPc)
  }

  /** Hands over what is left. */
  end(): void {
    this.#recorder.flush(0n)
  }
}
