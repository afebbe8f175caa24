import type { Core } from '../core/core.ts'
import { createEngine, type Engine } from './engine.ts'
import { executor, unsigned } from './execute.ts'

/**
 * The reference: one instruction after the other in plain arithmetic on bigints. Slow, and the oracle for the other engine.
 */
export function createReferenceEngine(core: Core): Engine {
  const { hart, recorder, timing } = core
  const executors = new Map(core.units.instructions.map((row) => [row, executor(row, core)]))

  const step = (): void => {
    const { pc, clock } = hart
    recorder?.begin(pc, 0, hart.privilege, timing ? 0n : clock)
    const bits = core.fetch()
    const decoded = bits === undefined ? undefined : core.decode(bits)
    if (bits !== undefined) {
      const rs1 = hart.x[decoded?.rs1 ?? 0]
      const rs2 = hart.x[decoded?.rs2 ?? 0]
      recorder?.fetched(bits, rs1, rs2)
      if (decoded === undefined) {
        core.undecoded(bits)
      } else {
        const next = unsigned(pc + BigInt(decoded.row.format.length))
        const immediate = unsigned(BigInt(decoded.immediate))
        const execute = executors.get(decoded.row)!
        const to = execute(core, decoded, bits, { rs1, rs2, immediate, pc, next, memory: 0n })
        if (to !== undefined) hart.pc = to
      }
    }
    recorder?.end()
    hart.steps++
    if (timing === undefined) hart.clock++
  }

  return createEngine(core, (budget) => {
    for (let left = budget; left > 0; left--) {
      step()
      if (core.attention) return
    }
  })
}
