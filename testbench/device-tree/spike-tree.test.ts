import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { writeDeviceTree } from './dtb.ts'
import { bootRom, type SpikeParameters, spikeDeviceTree } from './spike-tree.ts'

/** A ROM as Spike had it; the recording leaves out the zeros at its end. */
function recorded(name: string): Uint8Array {
  const lines = readFileSync(new URL(`recorded/${name}.txt`, import.meta.url), 'utf8').split('\n')
  const base64 = lines.filter((line) => !line.startsWith('#')).join('')
  const rom = new Uint8Array(4096)
  rom.set(Buffer.from(base64, 'base64'))
  return rom
}

const cases: [string, bigint, SpikeParameters][] = [
  [
    'reset-rom-default',
    0x8000_0000n,
    { isa: 'rv64imac_zicsr_zifencei_zicntr', memory: { base: 0x8000_0000n, size: 0x8000_0000n } },
  ],
  [
    'reset-rom-high-memory',
    0x1_0000_0040n,
    {
      isa: 'RV64GC_Zicntr_Svadu',
      memory: { base: 0x1_0000_0000n, size: 0x1_8000_0000n },
      pmpRegions: 8,
      pmpGranularity: 4096,
      bootargs: 'root=/dev/vda ro',
    },
  ],
]

describe('the reset ROM and its device tree have the bytes that Spike gives them', () => {
  test.each(cases)('%s', (name, entry, parameters) => {
    const { base, bytes } = bootRom(entry, writeDeviceTree(spikeDeviceTree(parameters)))
    expect(base).toBe(0x1000n)
    expect(Buffer.from(bytes).toString('base64')).toBe(Buffer.from(recorded(name)).toString('base64'))
  })
})

test('the type of the MMU can be another than that of Spike', () => {
  const tree = spikeDeviceTree({ ...cases[0][2], mmuType: 'sv39' })
  expect(Buffer.from(writeDeviceTree(tree)).includes('riscv,sv39\0')).toBe(true)
})

test('a ROM is as many whole pages as its tree needs', () => {
  expect(bootRom(0n, new Uint8Array(4096 - 32)).bytes.length).toBe(4096)
  expect(bootRom(0n, new Uint8Array(4096 - 31)).bytes.length).toBe(8192)
})
