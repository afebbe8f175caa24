import { expect, test } from 'vitest'
import { RegionAllocator } from '../core/state.ts'
import { Finisher } from './finisher.ts'

function build() {
  const allocator = new RegionAllocator(new ArrayBuffer(4096))
  const events: (number | 'reset')[] = []
  const finisher = new Finisher(
    allocator,
    (code) => events.push(code),
    () => events.push('reset'),
  )
  return { finisher, events, allocator }
}

test('0x5555 exits with code 0', () => {
  const { finisher, events } = build()
  expect(finisher.exitCode).toBeUndefined()
  expect(finisher.store(0, 4, 0x5555n)).toBe(true)
  expect(events).toEqual([0])
  expect(finisher.exitCode).toBe(0)
})

test('0x3333 exits with the code in the high half, and never with 0', () => {
  const { finisher, events } = build()
  finisher.store(0, 4, 0x002a_3333n)
  finisher.store(0, 4, 0xffff_3333n)
  finisher.store(0, 4, 0x3333n)
  expect(events).toEqual([42, 0xffff, 1])
  expect(finisher.exitCode).toBe(1)
})

test('0x7777 resets and is no exit', () => {
  const { finisher, events } = build()
  finisher.store(0, 4, 0x7777n)
  expect(events).toEqual(['reset'])
  expect(finisher.exitCode).toBeUndefined()
})

test('other values, other registers and single bytes are ignored, and loads give 0', () => {
  const { finisher, events } = build()
  finisher.store(0, 4, 0x1234n)
  finisher.store(4, 4, 0x5555n)
  finisher.store(0, 1, 0x55n)
  expect(events).toEqual([])
  expect(finisher.load()).toBe(0n)
})

test('all state is in the region: restoring its bytes restores the device', () => {
  const { finisher, allocator } = build()
  const saved = allocator.buffer.slice(0)
  finisher.store(0, 4, 0x5555n)
  new Uint8Array(allocator.buffer).set(new Uint8Array(saved))
  expect(finisher.exitCode).toBeUndefined()
})
