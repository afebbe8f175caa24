import type { RegionAllocator } from '../core/state.ts'

/** Words of the state: result of the iterative unit, and its register (0 where none is pending). */
export const UNIT_RESULT = 0
export const UNIT_REGISTER = 1
/** No register is waited for after this cycle. */
export const LATEST = 2
/** Of each register, the first cycle in which what uses it can be issued. */
export const FIRST_REGISTER = 3
const WORDS = FIRST_REGISTER + 32

/** A cycle that nothing waits for. */
const LONG_AGO = -0x4000_0000

/**
 * Who waits for whose result: when each register can be read, and when the iterative unit for products and quotients is
 * free. Times are the cycles in which an instruction leaves the decode stage.
 */
export class Scoreboard {
  /** The state, by the words above. */
  readonly state: Int32Array

  constructor(allocator: RegionAllocator) {
    const { u8 } = allocator.allocate(WORDS * 4)
    this.state = new Int32Array(u8.buffer, u8.byteOffset, WORDS)
  }

  /** The first cycle from `earliest` on in which an instruction can be issued that reads two registers and writes `rd`. */
  operands(earliest: number, rs1: number, rs2: number, rd: number): number {
    const s = this.state
    let issue = earliest
    if (s[FIRST_REGISTER + rs1] > issue) issue = s[FIRST_REGISTER + rs1]
    if (s[FIRST_REGISTER + rs2] > issue) issue = s[FIRST_REGISTER + rs2]
    if (s[FIRST_REGISTER + rd] > issue) issue = s[FIRST_REGISTER + rd]
    return issue
  }

  /** The result for `rd` can be used by instructions issued in `cycle`. For x0 there is none. */
  result(rd: number, cycle: number): void {
    if (rd === 0) return
    const s = this.state
    s[FIRST_REGISTER + rd] = cycle
    if (cycle > s[LATEST]) s[LATEST] = cycle
  }

  /** When the iterative unit can take the operands of another instruction. */
  get unitFree(): number {
    return this.state[UNIT_RESULT]
  }

  /** The iterative unit has its result for `rd` in `cycle`. */
  unitResult(rd: number, cycle: number): void {
    const s = this.state
    s[UNIT_RESULT] = cycle
    s[UNIT_REGISTER] = rd
    this.result(rd, cycle)
  }

  /**
   * An instruction writes its register in `cycle`: a result that the iterative unit has for that cycle is a cycle late,
   * because there is one port.
   */
  writes(cycle: number): void {
    const s = this.state
    if (cycle === s[UNIT_RESULT]) this.unitResult(s[UNIT_REGISTER], cycle + 1)
    else if (cycle > s[UNIT_RESULT]) s[UNIT_REGISTER] = 0
  }

  /** Moves all times by `-cycles`. */
  rebase(cycles: number): void {
    const s = this.state
    const moved = (word: number): number => Math.max(LONG_AGO, s[word] - cycles)
    s[UNIT_RESULT] = moved(UNIT_RESULT)
    s[LATEST] = moved(LATEST)
    for (let register = 0; register < 32; register++) s[FIRST_REGISTER + register] = moved(FIRST_REGISTER + register)
  }
}
