import { readBytes } from '../byte-stream.ts'
import { InputError } from '../input-error.ts'
import type { ExceptionEvent, TraceEvent } from '../trace-event.ts'
import { CommitBatch } from './commit-batch.ts'
import { type Generation, generationOf } from './generation.ts'
import { LineError, parseLine } from './grammar.ts'
import { scanCommit } from './scanner.ts'

const batchRows = 8192
const longestLine = 1 << 20
const lineFeed = 0x0a
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** A Spike commit log of any generation, plain or gzip. Memory use does not depend on its length. */
export class SpikeLog {
  readonly path: string
  #evidence = 0
  #commits = 0

  constructor(path: string) {
    this.path = path
  }

  /** What the lines read so far show of the Spike that printed them. */
  get generation(): Generation {
    return generationOf(this.#evidence)
  }

  /** Commit lines read so far. */
  get commits(): number {
    return this.#commits
  }

  /**
   * Every line in the order of the file; the tval line belongs to its exception.
   * @throws InputError as `batches` does.
   */
  async *events(): AsyncGenerator<TraceEvent> {
    for await (const batch of this.batches()) yield* batch.inOrder()
  }

  /**
   * The lines in batches, for consumers that need speed. Each batch is overwritten by the next.
   * @throws InputError when the file cannot be read, has a line that no generation printed, ends within a line, or has
   * no commit lines.
   */
  async *batches(): AsyncGenerator<CommitBatch> {
    this.#evidence = 0
    this.#commits = 0
    const lines = new LineReader(this.path)
    let rest: Uint8Array = new Uint8Array(0)
    for await (const chunk of readBytes(this.path)) {
      const bytes = rest.length > 0 ? join(rest, chunk) : chunk
      const end = bytes.lastIndexOf(lineFeed) + 1
      let at = 0
      while (at < end) {
        at = lines.read(bytes, at, end)
        if (lines.isComplete) yield this.#count(lines)
      }
      rest = bytes.slice(end)
      if (rest.length > longestLine)
        throw lines.error(`a line that no generation of Spike printed: over ${longestLine} bytes`)
    }
    if (rest.length > 0) lines.readLast(rest)
    if (!lines.isComplete) yield this.#count(lines)
    if (this.#commits === 0) throw new InputError(`${this.path}: no commit lines; ${this.#advice()}`)
  }

  #count({ batch }: LineReader): CommitBatch {
    this.#commits += batch.rows
    for (const { kind } of batch.events) if (kind === 'commit') this.#commits++
    this.#evidence |= batch.evidence
    return batch
  }

  #advice(): string {
    const { disassembly, exceptions } = this.generation
    return disassembly || exceptions
      ? 'this log is of "spike -l" alone: run Spike with --log-commits (and --log=FILE)'
      : 'run Spike with --log-commits and --log=FILE'
  }
}

/** Reads complete lines into a batch, the common ones with the scanner and the others with the grammar. */
class LineReader {
  readonly batch = new CommitBatch(batchRows)
  /** Whether the batch can be handed on. */
  isComplete = false
  readonly #path: string
  #line = 0
  /** The exception whose tval line may come next. */
  #exception: ExceptionEvent | undefined

  constructor(path: string) {
    this.#path = path
  }

  /** Reads lines from `start` until `end`, where a line ends, or until the batch is full; the result is where it stopped. */
  read(bytes: Uint8Array, start: number, end: number): number {
    const { batch } = this
    if (this.isComplete) batch.clear()
    let at = start
    while (at < end && batch.rows < batchRows) {
      const next = scanCommit(bytes, at, this.#line + 1, batch)
      if (next > 0) {
        this.#line++
        this.#exception = undefined
        at = next
      } else {
        const lineEnd = bytes.indexOf(lineFeed, at)
        this.#parse(bytes.subarray(at, lineEnd))
        at = lineEnd + 1
      }
    }
    // An exception is not handed on before its tval line.
    this.isComplete = this.#exception === undefined
    return at
  }

  /** Reads a line that the file ends without a line feed. */
  readLast(bytes: Uint8Array): void {
    if (this.isComplete) this.batch.clear()
    this.isComplete = false
    try {
      this.#parse(bytes)
    } catch (error) {
      if (!(error instanceof InputError)) throw error
      throw new InputError(`${error.message}; the file ends within this line`)
    }
  }

  error(reason: string): InputError {
    return new InputError(`${this.#path}:${this.#line + 1}: ${reason}`)
  }

  #parse(bytes: Uint8Array): void {
    const { event, evidence } = this.#grammar(decoder.decode(bytes))
    this.batch.evidence |= evidence
    if (event.kind === 'tval') {
      if (this.#exception?.hart !== event.hart) throw this.error('a tval line without its exception line before it')
      this.#exception.tval = event.value
      this.#exception = undefined
    } else {
      this.batch.addEvent(event)
      this.#exception = event.kind === 'exception' ? event : undefined
    }
    this.#line++
  }

  #grammar(text: string) {
    try {
      return parseLine(text, this.#line + 1)
    } catch (error) {
      if (!(error instanceof LineError)) throw error
      throw this.error(`a line that no generation of Spike printed: ${error.message}`)
    }
  }
}

function join(first: Uint8Array, second: Uint8Array): Uint8Array {
  const joined = new Uint8Array(first.length + second.length)
  joined.set(first)
  joined.set(second, first.length)
  return joined
}
