import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  callArg,
  createParam,
  type EnclaveCall,
  enclaveCall,
  enclaveCalls,
  enclaveRegisters,
  type HostCall,
  hostCall,
  hostCalls,
  hostRegisters,
  hostResult,
  littleEndian,
  nameBytes,
  nameText,
  report,
  runParam,
  shadowRunParam,
} from '../abi.ts'

const u64 = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n })

test('every host call survives its registers', () => {
  for (const [call, { args }] of Object.entries(hostCalls)) {
    fc.assert(
      fc.property(fc.array(u64, { minLength: args.length, maxLength: args.length }), (values) => {
        const made = { call, ...Object.fromEntries(args.map((arg, index) => [arg, values[index]])) } as HostCall
        expect(hostCall(hostRegisters(made))).toEqual(made)
      }),
      { numRuns: 20 },
    )
  }
})

test('every enclave call survives its registers, with extension and number the other way round', () => {
  for (const [call, { args, number }] of Object.entries(enclaveCalls)) {
    const made = { call, ...Object.fromEntries(args.map((arg, index) => [arg, BigInt(index)])) } as EnclaveCall
    const registers = enclaveRegisters(made)
    expect(enclaveCall(registers)).toEqual(made)
    expect(registers.slice(6)).toEqual([0x100101n, number])
  }
})

test('a number that no table knows decodes as unknown, and comes back', () => {
  const strange = { call: 'unknown', number: 0x1234n, extension: 0x100100n } as const
  expect(hostCall(hostRegisters(strange))).toEqual(strange)
  expect(enclaveCall(enclaveRegisters(strange))).toEqual(strange)
})

test('results up to 100 come in a1 beside a 0, all others in a0 alone', () => {
  expect(hostResult(0n)).toEqual({ a0: 0n, a1: 0n })
  expect(hostResult(100n)).toEqual({ a0: 0n, a1: 100n })
  expect(hostResult(101n)).toEqual({ a0: 101n, a1: undefined })
  expect(hostResult(-1n)).toEqual({ a0: 0xffff_ffff_ffff_ffffn, a1: undefined })
})

test('a struct survives its bytes, each field at its offset', () => {
  fc.assert(
    fc.property(u64, u64, fc.uint8Array({ minLength: 16, maxLength: 16 }), (paddr, retval, name) => {
      const bytes = createParam.write({ paddr, retval, name })
      expect(bytes).toHaveLength(136)
      expect(createParam.read(bytes)).toMatchObject({ paddr, retval, name, size: 0n })
      expect(littleEndian(bytes.subarray(32, 40))).toBe(paddr)
      expect(littleEndian(bytes.subarray(128))).toBe(retval)
    }),
  )
})

test('fields neither overlap nor leave their struct', () => {
  for (const struct of [createParam, runParam, shadowRunParam, callArg, report]) {
    const fields = Object.values<{ offset: number; bytes: number }>(struct.fields).sort((a, b) => a.offset - b.offset)
    let end = 0
    for (const { offset, bytes } of fields) {
      expect(offset).toBeGreaterThanOrEqual(end)
      end = offset + bytes
    }
    expect(end).toBeLessThanOrEqual(struct.bytes)
  }
})

test('a name ends at its first zero or after 16 bytes', () => {
  expect(nameText(nameBytes('server'))).toBe('server')
  expect(nameText(nameBytes('a-name-longer-than-16'))).toBe('a-name-longer-th')
})
