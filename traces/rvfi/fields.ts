import { InputError } from '../input-error.ts'

/** The fields of one RVFI record, checked as they are asked for. Every complaint names the place and the field. */
export class Fields {
  readonly place: string
  readonly #fields: Record<string, unknown>

  /** @throws InputError when the text is not a JSON object. */
  constructor(text: string, place: string) {
    this.place = place
    let value: unknown
    try {
      value = JSON.parse(text)
    } catch (error) {
      throw new InputError(`${place}: not JSON: ${(error as Error).message}`)
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new InputError(`${place}: expected a JSON object, one for each retirement`)
    }
    this.#fields = value as Record<string, unknown>
  }

  names(): string[] {
    return Object.keys(this.#fields)
  }

  has(name: string): boolean {
    return this.#fields[name] !== undefined
  }

  /** An unsigned number of so many bits, written as a JSON number or as a string in hex or decimal. */
  wide(name: string, bits = 64): bigint {
    return this.#unsigned(this.#fields[name], name, bits)
  }

  number(name: string, bits: number): number {
    return Number(this.wide(name, bits))
  }

  flag(name: string): boolean {
    return this.wide(name, 1) === 1n
  }

  /** A list of objects with the named unsigned fields. */
  list<Name extends string>(name: string, members: readonly Name[]): Record<Name, bigint>[] {
    const list = this.#fields[name]
    if (!Array.isArray(list)) this.fail(name, 'expected a list')
    return list.map((item: unknown, index) => {
      const place = `${name}[${index}]`
      if (typeof item !== 'object' || item === null) this.fail(place, 'expected an object')
      const entries = Object.entries(item)
      const read = (member: Name) => {
        const value: unknown = entries.find(([key]) => key === member)?.[1]
        return this.#unsigned(value, `${place}.${member}`, 64)
      }
      return Object.fromEntries(members.map((member) => [member, read(member)])) as Record<Name, bigint>
    })
  }

  fail(name: string, reason: string): never {
    throw new InputError(`${this.place}: field "${name}": ${reason}`)
  }

  #unsigned(value: unknown, name: string, bits: number): bigint {
    if (value === undefined) this.fail(name, 'missing')
    const isNumber = Number.isSafeInteger(value) && Number(value) >= 0
    const isText = typeof value === 'string' && /^(?:0x[0-9a-f]+|\d+)$/i.test(value)
    if (!isNumber && !isText) this.fail(name, `expected an unsigned number, found ${JSON.stringify(value)}`)
    const number = BigInt(value as number | string)
    if (number >> BigInt(bits) !== 0n) this.fail(name, `expected at most ${bits} bits, found ${JSON.stringify(value)}`)
    return number
  }
}
