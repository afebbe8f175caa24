import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { RegionAllocator } from '../core/state.ts'
import { Uart16550 } from './uart16550.ts'

const DATA = 0
const IER = 1
const IIR = 2
const FCR = 2
const LCR = 3
const MCR = 4
const LSR = 5
const MSR = 6
const SCR = 7

function build() {
  const allocator = new RegionAllocator(new ArrayBuffer(4096))
  const sent: number[] = []
  const wire = { source: 0, level: false }
  const interrupts = {
    setSource(source: number, level: boolean) {
      wire.source = source
      wire.level = level
    },
  }
  const uart = new Uart16550(allocator, interrupts, (byte) => sent.push(byte), 10)
  const read = (register: number) => Number(uart.load(register, 1))
  const write = (register: number, value: number) => uart.store(register, 1, BigInt(value))
  return { uart, sent, wire, read, write, allocator }
}

function buildWithFifo() {
  const built = build()
  built.write(FCR, 1)
  return built
}

test('registers have the reset values of Spike', () => {
  const { read, write } = build()
  expect([IER, IIR, LCR, MCR, LSR, MSR, SCR].map(read)).toEqual([0, 0xc1, 0, 0x08, 0x60, 0xb0, 0])
  write(LCR, 0x80)
  expect([read(DATA), read(IER)]).toEqual([0x0c, 0])
})

test('only byte accesses are answered', () => {
  const { uart } = build()
  for (const size of [2, 4, 8]) {
    expect(uart.load(0, size)).toBeUndefined()
    expect(uart.store(0, size, 0n)).toBe(false)
  }
})

test('the eight registers repeat over the range', () => {
  const { read, write } = build()
  write(0xff, 0x5a)
  expect(read(SCR)).toBe(0x5a)
})

test('DLAB turns the first two registers into the divisor latch and back', () => {
  const { read, write, sent } = build()
  write(LCR, 0x83)
  write(DATA, 0x34)
  write(IER, 0x12)
  expect([read(DATA), read(IER)]).toEqual([0x34, 0x12])
  write(LCR, 0x03)
  expect([read(DATA), read(IER)]).toEqual([0, 0])
  expect(sent).toEqual([])
})

describe('transmitter', () => {
  test('bytes go to the output in order, and the line status stays empty', () => {
    const { write, read, sent } = build()
    for (const byte of [0x68, 0x69]) write(DATA, byte)
    expect(sent).toEqual([0x68, 0x69])
    expect(read(LSR)).toBe(0x60)
  })

  test('enabling its interrupt raises it at once; reading IIR takes it away; the next byte brings it back', () => {
    const { write, read, wire } = build()
    write(IER, 0x02)
    expect(wire).toEqual({ source: 10, level: true })
    expect(read(IIR)).toBe(0xc2)
    expect(wire.level).toBe(false)
    expect(read(IIR)).toBe(0xc1)
    write(DATA, 0x41)
    expect(wire.level).toBe(true)
  })

  test('disabling its interrupt lowers the line', () => {
    const { write, wire } = build()
    write(IER, 0x02)
    write(IER, 0)
    expect(wire.level).toBe(false)
  })
})

describe('receiver', () => {
  test('takes no bytes before software switches the FIFO on', () => {
    const { uart, read } = build()
    expect(uart.receive(Uint8Array.of(1))).toBe(0)
    expect(read(LSR)).toBe(0x60)
  })

  test('holds 64 bytes and leaves the rest to the sender', () => {
    const { uart } = buildWithFifo()
    expect(uart.receive(new Uint8Array(70))).toBe(64)
    expect(uart.receive(new Uint8Array(1))).toBe(0)
  })

  test('bytes come out in the order of arrival, with data ready exactly while there are some', () => {
    const step = fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.nat(40))
    fc.assert(
      fc.property(fc.array(step, { size: 'medium' }), (steps) => {
        const { uart, read } = buildWithFifo()
        const expected: number[] = []
        for (const s of steps) {
          if (typeof s === 'number') for (let i = 0; i < s; i++) expect(read(DATA)).toBe(expected.shift() ?? 0)
          else expected.push(...s.subarray(0, uart.receive(s)))
          expect(expected.length).toBeLessThanOrEqual(64)
          expect(read(LSR) & 1).toBe(expected.length > 0 ? 1 : 0)
        }
      }),
    )
  })

  test('the received-data interrupt is up while there is data, and goes before transmitter empty', () => {
    const { uart, write, read, wire } = buildWithFifo()
    write(IER, 0x03)
    uart.receive(Uint8Array.of(7))
    expect(read(IIR)).toBe(0xc4)
    expect(read(IIR)).toBe(0xc4)
    expect(read(DATA)).toBe(7)
    expect(read(IIR)).toBe(0xc2)
    expect(wire.level).toBe(false)
  })

  test('FCR bit 1 empties it and lowers its interrupt, and the FIFO stays on', () => {
    const { uart, write, read, wire } = buildWithFifo()
    write(IER, 0x01)
    uart.receive(Uint8Array.of(1, 2))
    expect(wire.level).toBe(true)
    write(FCR, 0x03)
    expect(wire.level).toBe(false)
    expect([read(LSR), read(DATA)]).toEqual([0x60, 0])
    expect(uart.receive(Uint8Array.of(3))).toBe(1)
    expect(read(DATA)).toBe(3)
  })
})

test('in loop-back a byte sent is received and does not leave, and the line is cut off', () => {
  const { uart, write, read, sent } = buildWithFifo()
  write(MCR, 0x10)
  write(DATA, 0x55)
  expect(sent).toEqual([])
  expect(uart.receive(Uint8Array.of(9))).toBe(0)
  expect([read(LSR), read(DATA), read(LSR)]).toEqual([0x61, 0x55, 0x60])
})

test('in loop-back the 65th byte is lost', () => {
  const { write, read } = build()
  write(MCR, 0x10)
  for (let byte = 1; byte <= 65; byte++) write(DATA, byte)
  for (let byte = 1; byte <= 64; byte++) expect(read(DATA)).toBe(byte)
  expect(read(LSR)).toBe(0x60)
})

test('IER keeps its four bits', () => {
  const { write, read } = build()
  write(IER, 0xfc)
  expect(read(IER)).toBe(0x0c)
})

test('all state is in the region: restoring its bytes restores the device', () => {
  const { uart, write, read, allocator } = buildWithFifo()
  write(SCR, 3)
  uart.receive(Uint8Array.of(1, 2, 3))
  const saved = allocator.buffer.slice(0)
  write(SCR, 4)
  write(FCR, 0x02)
  new Uint8Array(allocator.buffer).set(new Uint8Array(saved))
  expect([read(SCR), read(DATA), read(DATA), read(DATA), read(LSR)]).toEqual([3, 1, 2, 3, 0x60])
})
