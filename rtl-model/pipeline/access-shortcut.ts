import {
  block,
  br,
  brIf,
  type Code,
  i32,
  i64,
  type Label,
  type Local,
  label,
  loop,
  when,
} from '../engine/wasm/encoder.ts'
import { lineMark, type TagsLayout } from '../memory/line-tags.ts'
import { COUNT, DRAIN, FIRST, MASK, PLACES, READY, WORD } from '../memory/store-buffer.ts'
import { FENCED, IDLE, REFUSED_AT } from './memory-stage.ts'
import { DATA_WALK, LOADS, PA, SIZE_SHIFT, STORES, VA } from './pipeline-state.ts'
import { FIRST_REGISTER, LATEST } from './scoreboard.ts'
import { KIND_LOAD, KIND_STORE, RD_SHIFT, SLOW } from './timing-decode.ts'
import { max, type Words, words } from './words.ts'

/** Cycles from issue until the data cache takes an address, and until it answers. */
const TO_ARRAY = 1
const TO_ANSWER = 3

/** A place, as an index, of the line with this number; goes to `missing` where the cache does not hold it. */
export function findLine({ sets, ways, tags }: TagsLayout, line: Local, place: Local, missing: Label): Code {
  const found = label('line found')
  const tag = words(tags)
  const steps = Array.from({ length: ways }, (_, way) => [
    way > 0 ? place.set(i32.add(place.get, i32.const(1))) : [],
    brIf(found, i32.eq(tag.at(0, place.get), line.get)),
  ])
  return block(found, [place.set(i32.mul(i32.and(line.get, i32.const(sets - 1)), i32.const(ways))), steps, br(missing)])
}

/** The number of the line at a physical address: its two words are read with `record`. */
export function lineOf(record: (word: number) => Code, word: number): Code {
  return i32.or(i32.shrU(record(word), i32.const(6)), i32.shl(record(word + 1), i32.const(26)))
}

export interface AccessLocals {
  index: Local
  flags: Local
  packed: Local
  issue: Local
  record(word: number): Code
}

/**
 * Loads and stores that nothing holds up, as code: what `MemoryStage.access` does with them. Everything else (a miss, a walk,
 * a load while a store waits, a device, what follows a fence) goes to `asks`, with nothing changed that counts.
 */
export class AccessShortcut {
  readonly #record: AccessLocals
  readonly #pipeline: Words
  readonly #scoreboard: Words
  readonly #memory: Words
  readonly #stores: Words
  readonly #dcache: TagsLayout
  readonly #line: Local
  /** Of the line in the cache, and of the store in the buffer. */
  readonly #place: Local
  readonly #ready: Local

  constructor(
    addresses: { pipeline: number; scoreboard: number; memory: number; stores: number; dcache: TagsLayout },
    record: AccessLocals,
    variable: (type: 'i32') => Local,
  ) {
    this.#record = record
    this.#pipeline = words(addresses.pipeline)
    this.#scoreboard = words(addresses.scoreboard)
    this.#memory = words(addresses.memory)
    this.#stores = words(addresses.stores)
    this.#dcache = addresses.dcache
    this.#line = variable('i32')
    this.#place = variable('i32')
    this.#ready = variable('i32')
  }

  /** @param done where to go on when it is done */
  code(kind: Code, asks: Label, done: Label): Code {
    const { record, index } = this.#record
    const isDevice = i32.and(i32.eqz(record(PA + 1)), i32.geS(record(PA), i32.const(0)))
    return [
      brIf(asks, i32.and(i32.ne(kind, i32.const(KIND_LOAD)), i32.ne(kind, i32.const(KIND_STORE)))),
      brIf(asks, i32.or(this.#memory.get(FENCED), i32.eq(index.get, this.#pipeline.get(DATA_WALK)))),
      brIf(asks, isDevice),
      this.#line.set(lineOf(record, PA)),
      findLine(this.#dcache, this.#line, this.#place, asks),
      this.#drain(),
      when(i32.eq(kind, i32.const(KIND_LOAD)), [this.#load(asks), br(done)]),
      this.#store(asks),
      br(done),
    ]
  }

  /** Lets the stores go that do so before the cache takes the address. */
  #drain(): Code {
    const drained = label('drained')
    const next = label('next store')
    const s = this.#stores
    return block(
      drained,
      loop(next, [
        brIf(drained, i32.eqz(s.get(COUNT))),
        brIf(drained, i32.geS(s.get(DRAIN), i32.add(this.#record.issue.get, i32.const(TO_ARRAY)))),
        s.set(FIRST, i32.and(i32.add(s.get(FIRST), i32.const(1)), i32.const(PLACES - 1))),
        s.set(COUNT, i32.sub(s.get(COUNT), i32.const(1))),
        s.set(DRAIN, max(i32.add(s.get(DRAIN), i32.const(1)), s.at(READY, s.get(FIRST)))),
        br(next),
      ]),
    )
  }

  #load(asks: Label): Code {
    const { packed, issue } = this.#record
    const rd = i32.and(i32.shrU(packed.get, i32.const(RD_SHIFT)), i32.const(31))
    const latency = i32.add(i32.const(2), i32.ne(i32.and(packed.get, i32.const(SLOW)), i32.const(0)))
    const { get, set } = this.#scoreboard
    return [
      brIf(asks, i32.or(this.#stores.get(COUNT), i32.geS(this.#memory.get(REFUSED_AT), i32.const(0)))),
      this.#count(LOADS),
      when(rd, [
        this.#ready.set(i32.add(issue.get, latency)),
        this.#scoreboard.setAt(FIRST_REGISTER, rd, this.#ready.get),
        set(LATEST, max(this.#ready.get, get(LATEST))),
      ]),
    ]
  }

  #store(asks: Label): Code {
    const { record, flags, issue } = this.#record
    const s = this.#stores
    const marks = i32.wrap(i64.load8U(this.#place.get, this.#dcache.marks))
    const address = record(VA)
    const size = i32.shl(i32.const(1), i32.and(i32.shrU(flags.get, i32.const(SIZE_SHIFT)), i32.const(3)))
    const bytes = i32.sub(i32.shl(i32.const(1), size), i32.const(1))
    const place = this.#place
    return [
      brIf(asks, i32.eqz(i32.and(marks, i32.const(lineMark.dirty)))),
      brIf(asks, i32.geS(s.get(COUNT), i32.const(3))),
      this.#count(STORES),
      this.#ready.set(i32.add(issue.get, i32.const(TO_ANSWER))),
      place.set(i32.and(i32.add(s.get(FIRST), s.get(COUNT)), i32.const(PLACES - 1))),
      s.setAt(READY, place.get, this.#ready.get),
      s.setAt(WORD, place.get, i32.and(i32.shrU(address, i32.const(3)), i32.const(0x1ff))),
      s.setAt(MASK, place.get, i32.shl(bytes, i32.and(address, i32.const(7)))),
      when(i32.eqz(s.get(COUNT)), s.set(DRAIN, this.#ready.get)),
      s.set(COUNT, i32.add(s.get(COUNT), i32.const(1))),
    ]
  }

  #count(word: number): Code {
    return [
      this.#memory.set(IDLE, i32.add(this.#record.issue.get, i32.const(4))),
      this.#pipeline.set(word, i32.add(this.#pipeline.get(word), i32.const(1))),
    ]
  }
}
