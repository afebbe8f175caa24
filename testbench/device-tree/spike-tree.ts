/** The device tree and the reset ROM that Spike makes for one hart. Written to give the same bytes. */

import { CLINT, FINISHER, PLIC, UART16550 } from '../../rtl-model/devices/memory-map.ts'
import { cells, type DeviceTreeNode, doubleCells, empty, path, text } from './dtb.ts'

const CPU_HZ = 1_000_000_000
const TIMEBASE_HZ = 10_000_000
const PLIC_SOURCES = 31
const PLIC_HIGHEST_PRIORITY = 15
const UART_SOURCE = 1

const ROM_BASE = 0x1000n
const ROM_ALIGNMENT = 4096

export interface SpikeParameters {
  /** As for `--isa`, for instance `rv64imac_zicsr`. */
  isa: string
  /** Physical address and bytes of RAM, as for `-m`. */
  memory: { base: bigint; size: bigint }
  /** As for `--pmpregions` and `--pmpgranularity` (bytes). */
  pmpRegions?: number
  pmpGranularity?: number
  /** Spike itself always says `sv57`; given a tree with another type, it implements no more than that. */
  mmuType?: 'sv39' | 'sv48' | 'sv57'
  /** As for `--bootargs`. */
  bootargs?: string
  /** Whether there is a test finisher; in Spike there is none. */
  showFinisher?: boolean
}

/** The tree that Spike makes (`--dump-dts` shows it), for `writeDeviceTree`. */
export function spikeDeviceTree({
  isa,
  memory,
  pmpRegions = 16,
  pmpGranularity = 4,
  mmuType = 'sv57',
  bootargs = 'console=ttyS0 earlycon',
  showFinisher = false,
}: SpikeParameters): DeviceTreeNode {
  const hart: DeviceTreeNode = {
    name: 'cpu@0',
    properties: {
      device_type: text('cpu'),
      reg: cells(0),
      status: text('okay'),
      compatible: text('riscv'),
      'riscv,isa': text(isa.toLowerCase().replace(/^(rv\d\d)g/, '$1imafd')),
      'mmu-type': text(`riscv,${mmuType}`),
      'riscv,pmpregions': cells(pmpRegions),
      'riscv,pmpgranularity': cells(pmpGranularity),
      'clock-frequency': cells(CPU_HZ),
    },
    children: [
      {
        name: 'interrupt-controller',
        label: 'hart',
        properties: {
          '#address-cells': cells(2),
          '#interrupt-cells': cells(1),
          'interrupt-controller': empty,
          compatible: text('riscv,cpu-intc'),
        },
      },
    ],
  }
  return {
    name: '',
    properties: {
      '#address-cells': cells(2),
      '#size-cells': cells(2),
      compatible: text('ucbbar,spike-bare-dev'),
      model: text('ucbbar,spike-bare'),
    },
    children: [
      { name: 'chosen', properties: { 'stdout-path': path('uart'), bootargs: text(bootargs) } },
      {
        name: 'cpus',
        properties: {
          '#address-cells': cells(1),
          '#size-cells': cells(0),
          'timebase-frequency': cells(TIMEBASE_HZ),
        },
        children: [hart],
      },
      {
        name: at('memory', memory),
        properties: { device_type: text('memory'), reg: doubleCells(memory.base, memory.size) },
      },
      {
        name: 'soc',
        properties: {
          '#address-cells': cells(2),
          '#size-cells': cells(2),
          compatible: text('ucbbar,spike-bare-soc', 'simple-bus'),
          ranges: empty,
        },
        children: [clint(), plic(), uart(), ...(showFinisher ? [finisher()] : [])],
      },
      { name: 'htif', properties: { compatible: text('ucb,htif0') } },
    ],
  }
}

function clint(): DeviceTreeNode {
  const hart = { phandleOf: 'hart' }
  return {
    name: at('clint', CLINT),
    properties: {
      compatible: text('riscv,clint0'),
      'interrupts-extended': cells(hart, 3, hart, 7),
      reg: doubleCells(CLINT.base, CLINT.size),
    },
  }
}

function plic(): DeviceTreeNode {
  const hart = { phandleOf: 'hart' }
  return {
    name: at('plic', PLIC),
    label: 'plic',
    properties: {
      compatible: text('riscv,plic0'),
      '#address-cells': cells(2),
      'interrupts-extended': cells(hart, 11, hart, 9),
      reg: doubleCells(PLIC.base, PLIC.size),
      'riscv,ndev': cells(PLIC_SOURCES),
      'riscv,max-priority': cells(PLIC_HIGHEST_PRIORITY),
      '#interrupt-cells': cells(1),
      'interrupt-controller': empty,
    },
  }
}

function uart(): DeviceTreeNode {
  return {
    name: at('ns16550', UART16550),
    label: 'uart',
    properties: {
      compatible: text('ns16550a'),
      'clock-frequency': cells(TIMEBASE_HZ),
      'interrupt-parent': cells({ phandleOf: 'plic' }),
      interrupts: cells(UART_SOURCE),
      reg: doubleCells(UART16550.base, UART16550.size),
      'reg-shift': cells(0),
      'reg-io-width': cells(1),
    },
  }
}

function finisher(): DeviceTreeNode {
  return {
    name: at('test', FINISHER),
    properties: { compatible: text('sifive,test0'), reg: doubleCells(FINISHER.base, FINISHER.size) },
  }
}

function at(name: string, { base }: { base: bigint }): string {
  return `${name}@${base.toString(16)}`
}

/**
 * The ROM at 0x1000 in which a hart starts: it jumps to `entry` with `mhartid` in a0 and the address of the device tree
 * in a1; the tree follows at 0x1020. Whole pages, zeros after the tree.
 */
export function bootRom(entry: bigint, deviceTree: Uint8Array): { base: bigint; bytes: Uint8Array } {
  const code = [
    0x0000_0297, // auipc t0, 0
    0x0202_8593, // addi  a1, t0, 32
    0xf140_2573, // csrr  a0, mhartid
    0x0182_b283, // ld    t0, 24(t0)
    0x0002_8067, // jr    t0
    0,
  ]
  const treeAt = code.length * 4 + 8
  const bytes = new Uint8Array(Math.ceil((treeAt + deviceTree.length) / ROM_ALIGNMENT) * ROM_ALIGNMENT)
  const view = new DataView(bytes.buffer)
  for (const [index, instruction] of code.entries()) view.setUint32(index * 4, instruction, true)
  view.setBigUint64(code.length * 4, entry, true)
  bytes.set(deviceTree, treeAt)
  return { base: ROM_BASE, bytes }
}
