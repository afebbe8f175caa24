import { describe, expect, test } from 'vitest'
import { cells, type DeviceTreeNode, doubleCells, empty, path, text, writeDeviceTree } from './dtb.ts'

function node(name: string, properties: DeviceTreeNode['properties'], children: DeviceTreeNode[] = []): DeviceTreeNode {
  return { name, properties, children }
}

/** The structure block as 32-bit words, and the strings block as text. */
function blocks(root: DeviceTreeNode) {
  const file = writeDeviceTree(root)
  const view = new DataView(file.buffer)
  const [, , structureAt, stringsAt, , , , , stringsBytes, structureBytes] = header(file)
  const structure = Array.from({ length: structureBytes / 4 }, (_, index) => view.getUint32(structureAt + index * 4))
  const strings = new TextDecoder().decode(file.subarray(stringsAt, stringsAt + stringsBytes))
  return { structure, strings }
}

function header(file: Uint8Array): number[] {
  return Array.from({ length: 10 }, (_, index) => new DataView(file.buffer).getUint32(index * 4))
}

describe('header (Devicetree Specification, 5.2)', () => {
  test('gives the places and lengths of the blocks, which follow one another', () => {
    // A root without properties: begin, empty name, end, end of tree.
    expect(header(writeDeviceTree(node('', {})))).toEqual([0xd00dfeed, 72, 56, 72, 40, 17, 16, 0, 0, 16])
  })

  test('names the first cpu as the hart that boots', () => {
    const tree = (reg: DeviceTreeNode['properties'][string]) =>
      node('', {}, [node('cpus', {}, [node('cpu@3', { reg }), node('cpu@5', { reg: cells(5) })])])
    expect(header(writeDeviceTree(tree(cells(3))))[7]).toBe(3)
    expect(header(writeDeviceTree(tree(cells(1, 3))))[7]).toBe(0)
  })
})

describe('structure block (5.4)', () => {
  test('has a node as begin, name, properties, children, end', () => {
    const { structure } = blocks(node('', { a: cells(0xffff_fffe) }, [node('bc', {})]))
    const name = new DataView(Uint8Array.of(0x62, 0x63, 0, 0).buffer).getUint32(0)
    expect(structure).toEqual([1, 0, 3, 4, 0, 0xffff_fffe, 1, name, 2, 2, 9])
  })

  test('pads values to four bytes and says their own length', () => {
    const { structure } = blocks(node('', { a: text('1', '22'), b: empty, c: doubleCells(0x1_0000_0002n) }))
    expect(structure.slice(2)).toEqual([3, 5, 0, 0x31003232, 0, 3, 0, 2, 3, 8, 4, 1, 2, 2, 9])
  })

  test('phandles count from 1 in the order of the first reference, and come last in their nodes', () => {
    const { structure, strings } = blocks(
      node('', { uses: cells({ phandleOf: 'y' }, 7, { phandleOf: 'x' }, { phandleOf: 'y' }) }, [
        { name: 'x', label: 'x', properties: { p: empty } },
        { name: 'y', label: 'y', properties: {} },
        { name: 'z', label: 'z', properties: {} },
      ]),
    )
    expect(strings).toBe('uses\0p\0phandle\0')
    expect(structure.slice(2, 9)).toEqual([3, 16, 0, 1, 7, 2, 1])
    expect(structure.slice(9)).toEqual([
      ...[1, 0x78000000, 3, 0, 5, 3, 4, 7, 2, 2],
      ...[1, 0x79000000, 3, 4, 7, 1, 2],
      ...[1, 0x7a000000, 2],
      ...[2, 9],
    ])
  })

  test('a path is that of the labelled node', () => {
    const inner = { name: 'c@1', label: 'here', properties: {} }
    const file = writeDeviceTree(node('', { to: path('here') }, [node('b', {}, [inner])]))
    expect(new TextDecoder().decode(file)).toContain('/b/c@1\0')
  })

  test('a label that no node has is an error', () => {
    expect(() => writeDeviceTree(node('', { a: path('gone') }))).toThrow('label gone')
    expect(() => writeDeviceTree(node('', { a: cells({ phandleOf: 'gone' }) }))).toThrow('label gone')
  })
})

test('strings block (5.5): a name is written once, and not at all where a longer one ends with it', () => {
  const { structure, strings } = blocks(
    node('', { 'linux,phandle': empty, reg: empty, phandle: empty }, [node('x', { reg: empty })]),
  )
  expect(strings).toBe('linux,phandle\0reg\0')
  expect(structure.slice(2, 11)).toEqual([3, 0, 0, 3, 0, 14, 3, 0, 6])
})
