import type { Owner } from './state.ts'

/** Pages that follow each other and have one owner, by number: from `first` up to, not including, `end`. */
export interface Run {
  readonly first: number
  readonly end: number
  readonly owner: Owner
}

/** The owner of each page. It never changes: `given` makes another. */
export class Owners {
  /** In order of the pages; those of the host are in none. */
  readonly runs: readonly Run[]

  constructor(runs: readonly Run[] = []) {
    this.runs = runs
  }

  of(page: number): Owner {
    const run = this.runs[this.#after(page)]
    return run !== undefined && run.first <= page ? run.owner : 'host'
  }

  /** Whether all pages from `first` up to `end` are `owner`'s. */
  areAll(owner: Owner, first: number, end: number): boolean {
    let page = first
    for (let index = this.#after(first); page < end; index++) {
      const run = this.runs[index]
      if (run === undefined || run.first >= end) return owner === 'host'
      if (run.owner !== owner || run.first > page) return false
      page = run.end
    }
    return true
  }

  /** With the pages from `first` up to `end` as `owner`'s. */
  given(first: number, end: number, owner: Owner): Owners {
    if (first >= end) return this
    const runs: Run[] = []
    for (const run of this.runs) if (run.first < first) runs.push(run.end <= first ? run : { ...run, end: first })
    if (owner !== 'host') runs.push({ first, end, owner })
    for (const run of this.runs) if (run.end > end) runs.push(run.first >= end ? run : { ...run, first: end })
    return new Owners(runs)
  }

  /** Position of the first run that ends after a page begins. */
  #after(page: number): number {
    let [low, high] = [0, this.runs.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.runs[middle].end <= page) low = middle + 1
      else high = middle
    }
    return low
  }
}
