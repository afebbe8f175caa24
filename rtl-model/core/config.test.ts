import { describe, expect, test } from 'vitest'
import { type CoreConfig, type ParameterName, parameters, presets, withParameter } from './config.ts'
import { Core } from './core.ts'

const names = parameters.map(({ name }) => name)

/** The least and the greatest value of each parameter that is a number, and values that it refuses. */
const bounds: Partial<Record<ParameterName, { good: string[]; bad: string[] }>> = {
  ramBase: { good: ['0x20000000', '0xffffff80000000'], bad: ['0x1000', '0x20000001', '0xffffff80001000'] },
  ramBytes: { good: ['65536', '0x80000000'], bad: ['0', '65535', '2147549184'] },
  resetPc: { good: ['0', '0xfffffffffffffffe'], bad: ['1', '0x10000000000000000'] },
  pmpEntries: { good: ['0', '8', '16', '64'], bad: ['1', '32'] },
  pmpGranularity: { good: ['4', '1073741824'], bad: ['2', '12', '2147483648'] },
  itlbEntries: { good: ['1', '32'], bad: ['0', '3', '64'] },
  dtlbEntries: { good: ['1', '32'], bad: ['0', '3', '64'] },
  tlbSectors: { good: ['1', '4'], bad: ['0', '3', '8'] },
  tlbSuperpages: { good: ['2', '4'], bad: ['0', '8'] },
  memoryLatency: { good: ['1', '1000'], bad: ['0', '1001'] },
  asidBits: { good: ['0', '16'], bad: ['17', '-1', '1.5'] },
  icacheSets: { good: ['1', '128'], bad: ['0', '256'] },
  icacheWays: { good: ['1', '16'], bad: ['3', '32'] },
  reservationBytes: { good: ['8', '4096'], bad: ['4', '8192'] },
  cyclesPerTick: { good: ['1', '1000000'], bad: ['0', ''] },
  pmpOpenAtReset: { good: ['true', 'false'], bad: ['yes', '1', ''] },
}

describe('the parameters of a core', () => {
  test('are all known by name', () => {
    expect(names).toEqual(Object.keys(presets.default))
  })

  test.each(Object.entries(bounds))('%s: bounds', (name, { good, bad }) => {
    const parameter = name as ParameterName
    for (const text of good) {
      const config = withParameter(presets.default, parameter, text)
      expect(String(config[parameter])).toBe(text.startsWith('0x') ? String(BigInt(text)) : text)
    }
    for (const text of bad) expect(() => withParameter(presets.default, parameter, text)).toThrow(RangeError)
  })

  test('change one field and leave the record alone', () => {
    const before = { ...presets.default }
    expect(withParameter(presets.default, 'asidBits', '0x8')).toEqual({ ...before, asidBits: 8 })
    expect(presets.default).toEqual(before)
  })

  test('name what is allowed when they refuse', () => {
    expect(() => withParameter(presets.default, 'itlbEntries', '5')).toThrow(
      'itlbEntries is a power of two, 1 to 32, not "5"',
    )
  })

  test('build a core with all of them at their greatest', () => {
    const config = Object.entries(bounds).reduce(
      (record, [name, { good }]) => withParameter(record, name as ParameterName, good.at(-1)!),
      presets.default as CoreConfig,
    )
    expect(new Core(config, { output() {} }).icache.lines).toBe(128 * 16)
  })

  test('keep the presets in their own ranges', () => {
    for (const preset of Object.values(presets)) {
      for (const name of names) expect(withParameter(preset, name, String(preset[name]))).toEqual(preset)
    }
  })
})
