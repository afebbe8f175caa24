/** What a round in a worker, and whoever waits for it, tell each other while it runs. */
export interface Control {
  /** Whether the round is to end at once. */
  isStopped(): boolean
  /** A case has been played. */
  played(): void
  /** A case has broken a promise: those that follow make it shorter. */
  met?(): void
}

const STOP = 0
const PLAYED = 1

/** A control in memory that all workers share. */
export function sharedControl(words: Int32Array): Control & { stop(): void; readonly count: number } {
  return {
    isStopped: () => Atomics.load(words, STOP) !== 0,
    played: () => {
      Atomics.add(words, PLAYED, 1)
    },
    stop: () => {
      Atomics.store(words, STOP, 1)
    },
    get count() {
      return Atomics.load(words, PLAYED)
    },
  }
}

export const CONTROL_BYTES = 8

/** For a round that nobody waits for. */
export const noControl: Control = { isStopped: () => false, played() {} }
