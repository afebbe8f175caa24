import { PAGE_SIZE } from '../abi.ts'
import type { World, Write } from './outcome.ts'

/** `size` bytes of the running enclave at `va`; undefined unless it may read every one. */
export function readVirtual(world: World, va: bigint, size: number): Uint8Array | undefined {
  const bytes = new Uint8Array(size)
  for (const { va: here, at, length } of parts(va, size)) {
    const place = world.translate(here)
    const part = place && world.read(place.pa, length)
    if (part === undefined) return undefined
    bytes.set(part, at)
  }
  return bytes
}

/** A name of up to 16 bytes at `va`: those up to its zero must be readable. */
export function readName(world: World, va: bigint, length: number): string | undefined {
  let name = ''
  for (let at = 0n; at < BigInt(length); at++) {
    const byte = readVirtual(world, va + at, 1)?.[0]
    if (byte === undefined) return undefined
    if (byte === 0) break
    name += String.fromCharCode(byte)
  }
  return name
}

/** What writes `size` bytes at `va`; undefined unless the enclave may write every one. */
export function writeVirtual(world: World, va: bigint, size: number, bytes?: Uint8Array): Write[] | undefined {
  const writes: Write[] = []
  for (const { va: here, at, length } of parts(va, size)) {
    const place = world.translate(here)
    if (!place?.writable) return undefined
    writes.push({ pa: place.pa, size: BigInt(length), bytes: bytes?.subarray(at, at + length) })
  }
  return writes
}

/** The stretches of a virtual range that do not leave their page; addresses wrap at the end. */
function* parts(va: bigint, size: number): Generator<{ va: bigint; at: number; length: number }> {
  for (let at = 0; at < size; ) {
    const here = BigInt.asUintN(64, va + BigInt(at))
    const length = Math.min(size - at, Number(PAGE_SIZE - (here % PAGE_SIZE)))
    yield { va: here, at, length }
    at += length
  }
}
