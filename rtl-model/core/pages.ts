const GROUP_PAGES = 64

type Page = Uint8Array | undefined
type Group = readonly Page[]

const NONE: Group = Array.from({ length: GROUP_PAGES }, () => undefined)

/** Pages by number. It never changes: `with` makes another, which shares what is the same, so that both are soon compared. */
export class Pages {
  readonly #groups: readonly Group[]

  constructor(groups: readonly Group[] = []) {
    this.#groups = groups
  }

  get(page: number): Page {
    return this.#groups[Math.floor(page / GROUP_PAGES)]?.[page % GROUP_PAGES]
  }

  with(changed: Iterable<readonly [page: number, bytes: Uint8Array]>): Pages {
    const groups: Group[] = [...this.#groups]
    const own = new Map<number, Page[]>()
    for (const [page, bytes] of changed) {
      const number = Math.floor(page / GROUP_PAGES)
      while (groups.length <= number) groups.push(NONE)
      const group = own.get(number) ?? [...groups[number]]
      group[page % GROUP_PAGES] = bytes
      own.set(number, group)
      groups[number] = group
    }
    return new Pages(groups)
  }

  /** Numbers of the pages that are not the same ones in both, in order. */
  differing(other: Pages): number[] {
    const pages: number[] = []
    const count = Math.max(this.#groups.length, other.#groups.length)
    for (let number = 0; number < count; number++) {
      const [one, two] = [this.#groups[number] ?? NONE, other.#groups[number] ?? NONE]
      if (one === two) continue
      for (let at = 0; at < GROUP_PAGES; at++) if (one[at] !== two[at]) pages.push(number * GROUP_PAGES + at)
    }
    return pages
  }
}
