import { InputError } from '../../traces/input-error.ts'

/** A value in a JSON file, looked at as what it should be. Every complaint names the file and the place in it. */
export class JsonValue {
  readonly #file: string
  readonly #place: string
  readonly #value: unknown

  private constructor(file: string, place: string, value: unknown) {
    this.#file = file
    this.#place = place
    this.#value = value
  }

  /** @throws InputError where the text is not JSON */
  static parse(text: string, file: string): JsonValue {
    try {
      return new JsonValue(file, '', JSON.parse(text))
    } catch (error) {
      throw new InputError(`${file}: not JSON: ${(error as Error).message.replaceAll(/\s+/g, ' ')}`)
    }
  }

  /** A member of an object; what is missing can only be asked whether it `exists`. */
  member(name: string): JsonValue {
    if (!isObject(this.#value)) this.fail('expected an object')
    return new JsonValue(this.#file, this.#place === '' ? name : `${this.#place}.${name}`, this.#value[name])
  }

  get exists(): boolean {
    return this.#value !== undefined
  }

  list(): JsonValue[] {
    if (!Array.isArray(this.#value)) this.fail('expected a list')
    return this.#value.map((item: unknown, index) => new JsonValue(this.#file, `${this.#place}[${index}]`, item))
  }

  text(): string {
    if (typeof this.#value !== 'string') this.fail('expected a text')
    return this.#value
  }

  /** One of these texts. */
  oneOf<Text extends string>(texts: readonly Text[]): Text {
    const found = texts.find((text) => text === this.#value)
    return found ?? this.fail(`expected one of ${texts.join(', ')}`)
  }

  number(): number {
    if (typeof this.#value !== 'number') this.fail('expected a number')
    return this.#value
  }

  /** A whole number that a double holds, of either sign. */
  integer(): number {
    if (typeof this.#value !== 'number' || !Number.isSafeInteger(this.#value)) this.fail('expected a whole number')
    return this.#value
  }

  /** An unsigned number of at most so many bits, written `0x…`. */
  unsigned(bits: number): bigint {
    const isHex = typeof this.#value === 'string' && /^0x[\da-f]+$/i.test(this.#value)
    if (!isHex) this.fail('expected a number written as "0x…"')
    const number = BigInt(this.#value as string)
    if (number >> BigInt(bits) !== 0n) this.fail(`expected at most ${bits} bits`)
    return number
  }

  /** Bytes, two hex digits each. */
  bytes(): Uint8Array {
    if (typeof this.#value !== 'string' || !/^(?:[\da-f]{2})*$/i.test(this.#value)) this.fail('expected bytes in hex')
    return Uint8Array.from(Buffer.from(this.#value, 'hex'))
  }

  /** @throws InputError always: with the reason, and what is there */
  fail(reason: string): never {
    const place = this.#place === '' ? '' : `${this.#place}: `
    throw new InputError(`${this.#file}: ${place}${reason}, found ${shortened(this.#value)}`)
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const MOST_SHOWN = 40

function shortened(value: unknown): string {
  if (value === undefined) return 'nothing'
  const text = JSON.stringify(value)
  return text.length <= MOST_SHOWN ? text : `${text.slice(0, MOST_SHOWN)}…`
}
