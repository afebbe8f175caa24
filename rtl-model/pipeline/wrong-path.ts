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
  const { end, inPacket, waited } = path
  let { low, high, first: cycle, lost } = path
  let isStraight = true
  for (let count = 1; count <= QUEUE && cycle <= end; count++) {
    const isRest = inPacket && count === 1
    if (!isRest && !comes(low, high, cycle, isStraight)) return
    const packet = low & ~3
    if (!buffer.mayMatch(packet, cycle - 1) && !seen.mayHave(low)) {
      low = (packet + 4) | 0
      cycle++
      continue
    }
    predictor.lookup(packet, high, !isRest && (low & 2) !== 0, cycle - 1)
    const { counter } = predictor
    const learns = buffer.entry < 0 && (count < 2 || waited < 2)
    const isPredicted = predictor.jumps
    let nextLow = (packet + 4) | 0
    let nextHigh = high
    if (isPredicted) {
      buffer.used()
      nextLow = predictor.targetLow
      nextHigh = predictor.targetHigh
    }
    let after = 1
    for (let place = low & ~1; place !== ((packet + 4) | 0); place = (place + 2) | 0) {
      const type = seen.find(place, high)
      if (type < 0) continue
      const goesOn = type === cfiType.branch && counter === 0
      const isFound = !goesOn && findTarget(predictor, type)
      const { targetLow, targetHigh } = type === cfiType.return ? predictor : seen
      if (!lost) {
        if (type === cfiType.branch) predictor.branchSeen(cycle, counter)
        else if (type === cfiType.call || type === indirect.call) predictor.callSeen(cycle, (place + 2) | 0, high)
        else if (type === cfiType.return) predictor.returnSeen(cycle)
        if (isFound && learns) buffer.write(buffer.entries, place, high, type, targetLow, targetHigh, cycle)
      }
      if (goesOn) continue
      if (!isPredicted) {
        // Where the target cannot be known, two packets are skipped.
        nextLow = isFound ? targetLow : (packet + 8) | 0
        nextHigh = isFound ? targetHigh : high
        after = 2
        if (!isFound) lost = true
      }
      break
    }
    if (isPredicted || after > 1) isStraight = false
    low = nextLow
    high = nextHigh
    cycle += after
  }
}

/** Whether fetch knows where a jump goes without the target buffer: by its bits, or by the return-address stack. */
function findTarget(predictor: Predictor, type: number): boolean {
  return type === cfiType.return ? predictor.top() : type <= cfiType.call
}
