import { QUEUE } from './pipeline-state.ts'
import type { Predictor } from './predictor.ts'
import { indirect, type SeenJumps } from './seen-jumps.ts'
import { cfiType } from './target-buffer.ts'

/** Where fetch goes on after a wrong prediction, and what is known of it. */
export interface WrongPath {
  low: number
  high: number
  /** Cycle in which the first packet comes, and that in which the pipeline asks for another. */
  first: number
  end: number
  /** The first packet is that of the instruction before, of which the rest is meant. */
  inPacket: boolean
  /** Fetch knows that it is lost: behind an indirect jump, it teaches the predictor nothing. */
  lost: boolean
  /** How long the instruction before has waited in the queue. */
  waited: number
}

/**
 * Whether the packet at an address can come in a cycle.
 * @param asks whether its line is to be asked for where it is not there
 */
export type Comes = (low: number, high: number, cycle: number, asks: boolean) => boolean

/**
 * What fetch does on a wrong path: it looks packets up, goes where they are predicted to go, moves the return-address stack
 * and the history, and learns jumps. Of lines it asks for those straight ahead only: where the stack has not seen what the
 * core's has, because jumps were not known, it would ask for the wrong ones.
 */
export function followWrongPath(predictor: Predictor, seen: SeenJumps, path: WrongPath, comes: Comes): void {
  const { buffer } = predictor
  let { low, high, first: cycle, lost } = path
  let isStraight = true
  for (let count = 1; count <= QUEUE && cycle <= path.end; count++) {
    const isRest = count === 1 && path.inPacket
    if (!isRest && !comes(low, high, cycle, isStraight)) return
    const packet = low & ~3
    predictor.lookup(packet, high, !isRest && (low & 2) !== 0, cycle - 1)
    const { jumps: isPredicted, counter } = predictor
    const target = { low: predictor.targetLow, high: predictor.targetHigh }
    const learns = buffer.entry < 0 && Math.min(count, path.waited) < 2
    if (isPredicted) buffer.used()
    let next = isPredicted ? target : { low: (packet + 4) | 0, high }
    let after = 1
    for (let half = (low >> 1) & 1; half < 2; half++) {
      const type = seen.find(packet | (half << 1), high)
      if (type < 0) continue
      const isBranch = type === cfiType.branch
      const isCall = type === cfiType.call || type === indirect.call
      const isReturn = type === cfiType.return
      const goesOn = isBranch && counter === 0
      const found = goesOn ? undefined : foundTarget(predictor, seen, type)
      if (!lost) {
        if (isBranch) predictor.branchSeen(cycle, counter)
        else if (isCall) predictor.callSeen(cycle, (packet + 2 * half + 2) | 0, high)
        else if (isReturn) predictor.returnSeen(cycle)
        if (found && learns) {
          buffer.write(buffer.entries, packet | (half << 1), high, type, found.low, found.high, cycle)
        }
      }
      if (goesOn) continue
      if (!isPredicted) {
        // Where the target cannot be known, two packets are skipped.
        next = found ?? { low: (packet + 8) | 0, high }
        after = 2
        if (!found) lost = true
      }
      break
    }
    isStraight &&= !isPredicted && after === 1
    low = next.low
    high = next.high
    cycle += after
  }
}

/** Where fetch sends a jump without the target buffer: by its bits, or by the return-address stack if that holds something. */
function foundTarget(predictor: Predictor, seen: SeenJumps, type: number): { low: number; high: number } | undefined {
  if (type === indirect.jump || type === indirect.call) return undefined
  if (type !== cfiType.return) return { low: seen.targetLow, high: seen.targetHigh }
  return predictor.top() ? { low: predictor.targetLow, high: predictor.targetHigh } : undefined
}
