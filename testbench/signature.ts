import type { Bus } from '../rtl-model/memory/bus.ts'
import { InputError } from '../traces/input-error.ts'
import { type ElfFile, symbolAddress } from './elf/image.ts'

/** Where a program leaves its results. */
export interface SignatureRange {
  begin: bigint
  end: bigint
}

/**
 * The bytes from `begin_signature` up to `end_signature`, which a test program compares with those of another machine.
 * @throws InputError where the program does not say where they are, or says that they lie outside RAM.
 */
export function signatureRange(elf: ElfFile, bus: Bus): SignatureRange {
  const address = (name: string): bigint => {
    const found = symbolAddress(elf, name)
    if (found === undefined) throw new InputError(`${elf.name}: no symbol ${name}, so there is no signature to write`)
    return found
  }
  const [begin, end] = [address('begin_signature'), address('end_signature')]
  if (end < begin || bus.memoryOffset(begin, Number(end - begin)) < bus.ramOffset) {
    const span = `0x${begin.toString(16)} to 0x${end.toString(16)}`
    throw new InputError(`${elf.name}: the signature from ${span} is not in RAM`)
  }
  return { begin, end }
}

/**
 * The signature as Spike writes it: lines of `granularity` bytes, the byte of the highest address first, in lower-case hex.
 * The last line is filled up with zeros.
 */
export function signatureText(bytes: Uint8Array, granularity: number): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += granularity) {
    const line = new Uint8Array(granularity)
    line.set(bytes.subarray(at, at + granularity))
    text += `${Buffer.from(line.reverse()).toString('hex')}\n`
  }
  return text
}
