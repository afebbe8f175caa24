import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { RegionAllocator } from '../core/state.ts'
import { Htif } from './htif.ts'

const BASE = 0x8000_0000n
const TOHOST = BASE + 0x40n
const FROMHOST = BASE + 0x80n
const MAGIC = BASE + 0x100n
const TEXT = BASE + 0x200n

/** An HTIF before a kilobyte of memory at 0x80000000. */
function build() {
  const allocator = new RegionAllocator(new ArrayBuffer(4096))
  const bytes = new DataView(new ArrayBuffer(1024))
  const sent: number[] = []
  const exits: number[] = []
  const inside = (pa: bigint, size: number) => pa >= BASE && pa + BigInt(size) <= BASE + 1024n
  const memory = {
    read(pa: bigint, size: number) {
      if (!inside(pa, size)) return undefined
      const at = Number(pa - BASE)
      return size === 1 ? BigInt(bytes.getUint8(at)) : bytes.getBigUint64(at, true)
    },
    write(pa: bigint, size: number, value: bigint) {
      if (!inside(pa, size)) return false
      const at = Number(pa - BASE)
      if (size === 1) bytes.setUint8(at, Number(value))
      else bytes.setBigUint64(at, value, true)
      return true
    },
  }
  const htif = new Htif(
    allocator,
    { tohost: TOHOST, fromhost: FROMHOST },
    memory,
    (byte) => sent.push(byte),
    (code) => exits.push(code),
  )
  const command = (value: bigint) => {
    memory.write(TOHOST, 8, value)
    htif.tohostWritten(value)
  }
  const systemCall = (...magic: bigint[]) => {
    magic.forEach((word, index) => {
      memory.write(MAGIC + BigInt(index * 8), 8, BigInt.asUintN(64, word))
    })
    command(MAGIC)
    return BigInt.asIntN(64, memory.read(MAGIC, 8)!)
  }
  /** What the target finds in fromhost; it clears it, as programs do. */
  const answer = () => {
    const value = memory.read(FROMHOST, 8)!
    memory.write(FROMHOST, 8, 0n)
    htif.deliver()
    return value
  }
  return { htif, sent, exits, memory, command, systemCall, answer, allocator }
}

describe('exit', () => {
  test('an odd payload exits with the code above bit 0, and clears tohost', () => {
    const { htif, exits, memory, command } = build()
    expect(htif.exitCode).toBeUndefined()
    command(1n)
    expect(exits).toEqual([0])
    expect(htif.exitCode).toBe(0)
    command((1337n << 1n) | 1n)
    expect(exits).toEqual([0, 1337])
    expect(htif.exitCode).toBe(1337)
    expect(memory.read(TOHOST, 8)).toBe(0n)
    expect(memory.read(FROMHOST, 8)).toBe(0n)
  })

  test('system call 93 exits with its argument', () => {
    const { htif, exits, systemCall } = build()
    systemCall(93n, 7n)
    systemCall(93n, -1n)
    expect(exits).toEqual([7, -1])
    expect(htif.exitCode).toBe(-1)
  })

  test('a system call whose arguments are outside memory gives up with 255', () => {
    const { exits, command } = build()
    command(0x1000n)
    command(BASE + 1024n - 16n)
    expect(exits).toEqual([255, 255])
  })
})

describe('system-call proxy', () => {
  test('write to descriptors 1 and 2 sends the bytes, returns their number and answers 1', () => {
    const { memory, sent, systemCall, answer } = build()
    const text = [...'hello'].map((letter) => letter.charCodeAt(0))
    text.forEach((byte, index) => {
      memory.write(TEXT + BigInt(index), 1, BigInt(byte))
    })
    for (const descriptor of [1n, 2n]) {
      sent.length = 0
      expect(systemCall(64n, descriptor, TEXT, 5n)).toBe(5n)
      expect(sent).toEqual(text)
      expect(answer()).toBe(1n)
    }
  })

  test('write elsewhere is a bad descriptor, and from outside memory a bad address', () => {
    const { systemCall } = build()
    expect(systemCall(64n, 3n, TEXT, 1n)).toBe(-9n)
    expect(systemCall(64n, 1n, 0n, 1n)).toBe(-14n)
    expect(systemCall(64n, 1n, BASE + 1020n, 1n << 63n)).toBe(4n)
  })

  test('every other system call is answered with -ENOSYS', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }).filter((number) => number !== 64n && number !== 93n),
        (number) => {
          const { systemCall, answer, exits } = build()
          expect(systemCall(number)).toBe(-38n)
          expect(answer()).toBe(1n)
          expect(exits).toEqual([])
        },
      ),
    )
  })
})

describe('console', () => {
  test('command 1 sends the low byte and gives no answer', () => {
    const { sent, command, answer } = build()
    command(0x0101_0000_0000_0141n)
    expect(sent).toEqual([0x41])
    expect(answer()).toBe(0n)
  })

  test('command 0 is answered when a byte arrives, and bytes nobody asked for stay with the sender', () => {
    const { htif, command, answer } = build()
    expect(htif.receive(Uint8Array.of(1))).toBe(0)
    command(0x0100_0000_0000_0000n)
    expect(answer()).toBe(0n)
    expect(htif.receive(Uint8Array.of(0x61, 0x62))).toBe(1)
    expect(answer()).toBe(0x0100_0000_0000_0161n)
    expect(htif.receive(Uint8Array.of(0x62))).toBe(0)
  })

  test('answers wait until fromhost is free, in order, and no byte is taken that has no place to wait', () => {
    const { htif, command, answer } = build()
    for (let i = 0; i < 20; i++) command(0x0100_0000_0000_0000n)
    const taken = htif.receive(Uint8Array.from({ length: 30 }, (_, index) => index))
    expect(taken).toBe(16)
    htif.deliver()
    for (let i = 0; i < taken; i++) expect(answer()).toBe(0x0100_0000_0000_0100n | BigInt(i))
    expect(answer()).toBe(0n)
  })
})

test('an unknown device or command does nothing but clear tohost', () => {
  const { exits, sent, memory, command } = build()
  for (const value of [0x0001_0000_0000_0001n, 0x0102_0000_0000_0041n, 0x0201_0000_0000_0041n]) {
    command(value)
    expect(memory.read(TOHOST, 8)).toBe(0n)
  }
  expect([exits, sent]).toEqual([[], []])
})

test('all state is in the region: restoring its bytes restores the device', () => {
  const { htif, command, allocator } = build()
  command(0x0100_0000_0000_0000n)
  const saved = allocator.buffer.slice(0)
  command(1n)
  htif.receive(Uint8Array.of(1))
  new Uint8Array(allocator.buffer).set(new Uint8Array(saved))
  expect(htif.exitCode).toBeUndefined()
  expect(htif.receive(Uint8Array.of(1, 2))).toBe(1)
})
