import type { Point } from '../calls/play.ts'
import type { CorpusEntry } from './corpus.ts'

/** Where a case ended. */
export interface End {
  readonly point: Point
  /** Steps that were made, and instructions that they took. */
  readonly turns: number
  readonly instructions: number
}

/** Each holds the pages that its case wrote. */
const MOST = 1000

/** Where cases of the corpus ended, so that those that go on from them need not play them again. */
export class Ends {
  readonly #ends = new Map<string, End | undefined>()

  /** The end of a case; `play` says where it is if that is not known. Undefined where it has none to go on from. */
  of(entry: CorpusEntry, play: () => End | undefined): End | undefined {
    const key = keyOf(entry)
    if (!this.#ends.has(key)) this.#set(key, play())
    return this.#ends.get(key)
  }

  keep(entry: CorpusEntry, end: End): void {
    this.#set(keyOf(entry), end)
  }

  #set(key: string, end: End | undefined): void {
    this.#ends.set(key, end)
    const [oldest] = this.#ends.keys()
    if (this.#ends.size > MOST) this.#ends.delete(oldest)
  }
}

const keyOf = ({ start, actions }: CorpusEntry): string => JSON.stringify([start, actions])
