/**
 * Writes flattened device trees, format version 17 (Devicetree Specification 0.4, chapter 5), with the bytes that `dtc`
 * gives for the same tree.
 */

export interface DeviceTreeNode {
  /** With its unit address, as `cpu@0`; the root's name is empty. */
  name: string
  /** What other nodes call it in `phandle` and `path`. */
  label?: string
  /** In the order in which they are written. */
  properties: Record<string, PropertyValue>
  children?: DeviceTreeNode[]
}

export type PropertyValue =
  | { kind: 'empty' }
  | { kind: 'strings'; strings: readonly string[] }
  | { kind: 'cells'; cells: readonly (number | { phandleOf: string })[] }
  | { kind: 'path'; label: string }

export const empty: PropertyValue = { kind: 'empty' }

export function text(...strings: string[]): PropertyValue {
  return { kind: 'strings', strings }
}

/** 32-bit numbers; `{ phandleOf }` stands for the phandle of a labelled node. */
export function cells(...values: (number | { phandleOf: string })[]): PropertyValue {
  return { kind: 'cells', cells: values }
}

/** 64-bit numbers, two cells each, the high one first. */
export function doubleCells(...values: bigint[]): PropertyValue {
  return cells(...values.flatMap((value) => [Number(value >> 32n), Number(value & 0xffff_ffffn)]))
}

/** The full path of a labelled node, as a string. */
export function path(label: string): PropertyValue {
  return { kind: 'path', label }
}

const MAGIC = 0xd00dfeed
const VERSION = 17
const OLDEST_COMPATIBLE_VERSION = 16
const HEADER_BYTES = 40
/** One entry of zeros ends the list of reserved memory. */
const RESERVED_BYTES = 16

const BEGIN_NODE = 1
const END_NODE = 2
const PROPERTY = 3
const END = 9

/** The bytes of the tree under `root`. Throws an Error where a label is used that no node has. */
export function writeDeviceTree(root: DeviceTreeNode): Uint8Array {
  const writer = new Writer(root)
  writer.node(root)
  writer.cell(END)
  const structure = Uint8Array.from(writer.structure)
  const strings = Uint8Array.from(writer.strings)

  const structureAt = HEADER_BYTES + RESERVED_BYTES
  const stringsAt = structureAt + structure.length
  const file = new Uint8Array(stringsAt + strings.length)
  const header = [MAGIC, file.length, structureAt, stringsAt, HEADER_BYTES, VERSION, OLDEST_COMPATIBLE_VERSION]
  header.push(bootHart(root), strings.length, structure.length)
  const view = new DataView(file.buffer)
  for (const [index, value] of header.entries()) view.setUint32(index * 4, value)
  file.set(structure, structureAt)
  file.set(strings, stringsAt)
  return file
}

/** dtc takes the first cpu's `reg` for the hart that boots. */
function bootHart(root: DeviceTreeNode): number {
  const reg = root.children?.find(({ name }) => name === 'cpus')?.children?.[0]?.properties.reg
  const first = reg?.kind === 'cells' && reg.cells.length === 1 ? reg.cells[0] : 0
  return typeof first === 'number' ? first : 0
}

class Writer {
  readonly structure: number[] = []
  readonly strings: number[] = []
  readonly #paths = new Map<string, string>()
  readonly #phandles = new Map<string, number>()

  constructor(root: DeviceTreeNode) {
    this.#findLabels(root, '')
    this.#numberPhandles(root)
  }

  node({ name, label, properties, children = [] }: DeviceTreeNode): void {
    this.cell(BEGIN_NODE)
    this.#bytes(nulTerminated(name))
    for (const [property, value] of Object.entries(properties)) this.#property(property, this.#encode(value))
    const phandle = label === undefined ? undefined : this.#phandles.get(label)
    if (phandle !== undefined) this.#property('phandle', bigEndian(phandle))
    for (const child of children) this.node(child)
    this.cell(END_NODE)
  }

  cell(value: number): void {
    this.structure.push(...bigEndian(value))
  }

  /** Bytes padded to a multiple of 4. */
  #bytes(bytes: readonly number[]): void {
    this.structure.push(...bytes)
    while (this.structure.length % 4 !== 0) this.structure.push(0)
  }

  #property(name: string, value: readonly number[]): void {
    this.cell(PROPERTY)
    this.cell(value.length)
    this.cell(this.#nameOffset(nulTerminated(name)))
    this.#bytes(value)
  }

  #encode(value: PropertyValue): number[] {
    switch (value.kind) {
      case 'empty':
        return []
      case 'strings':
        return value.strings.flatMap(nulTerminated)
      case 'path':
        return nulTerminated(this.#path(value.label))
      case 'cells':
        return value.cells.flatMap((cell) =>
          bigEndian(typeof cell === 'number' ? cell : this.#phandles.get(cell.phandleOf)!),
        )
    }
  }

  /** Where a name is among the strings: the first place at which they read so, be it the end of a longer name. */
  #nameOffset(name: readonly number[]): number {
    const { strings } = this
    for (let start = 0; start + name.length <= strings.length; start++)
      if (name.every((byte, index) => strings[start + index] === byte)) return start
    strings.push(...name)
    return strings.length - name.length
  }

  #findLabels(node: DeviceTreeNode, parent: string): void {
    const own = node.name === '' ? '' : `${parent}/${node.name}`
    if (node.label !== undefined) this.#paths.set(node.label, own === '' ? '/' : own)
    for (const child of node.children ?? []) this.#findLabels(child, own)
  }

  /** Phandles count from 1 in the order in which nodes are first referred to. */
  #numberPhandles(node: DeviceTreeNode): void {
    for (const value of Object.values(node.properties)) {
      if (value.kind !== 'cells') continue
      for (const cell of value.cells) {
        if (typeof cell === 'number' || this.#phandles.has(cell.phandleOf)) continue
        this.#path(cell.phandleOf)
        this.#phandles.set(cell.phandleOf, this.#phandles.size + 1)
      }
    }
    for (const child of node.children ?? []) this.#numberPhandles(child)
  }

  #path(label: string): string {
    const found = this.#paths.get(label)
    if (found === undefined) throw new Error(`no node of the device tree has the label ${label}`)
    return found
  }
}

function bigEndian(value: number): number[] {
  return [value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff]
}

function nulTerminated(string: string): number[] {
  return [...new TextEncoder().encode(string), 0]
}
