import type { InterruptLines } from './device.ts'

/** Interrupt lines that only remember their level: for the tests of the devices. */
export class RecordedLines implements InterruptLines {
  readonly #up = new Set<number>()

  set(bit: number, level: boolean): void {
    if (level) this.#up.add(bit)
    else this.#up.delete(bit)
  }

  level(bit: number): boolean {
    return this.#up.has(bit)
  }
}
