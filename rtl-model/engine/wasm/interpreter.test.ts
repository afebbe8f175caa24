import { expect, test } from 'vitest'
import { Core } from '../../core/core.ts'
import { instructions } from '../../isa/table.ts'
import { row, testConfig } from '../fixture.ts'
import { generateInterpreter, located, operations } from './interpreter.ts'
import { addressesOf, allocateRegions, FIRST_ROW, portLayout } from './layout.ts'

test('a compressed instruction has the operation of its 32-bit counterpart, any other one of its own', () => {
  const { of, semantics } = operations(instructions)
  expect(of(row('c.add'))).toBe(of(row('add')))
  expect(of(row('c.ldsp'))).toBe(of(row('ld')))
  expect(of(row('add'))).not.toBe(of(row('addw')))
  for (const each of instructions) expect(semantics[of(each) - FIRST_ROW]).toBe(each.semantics)
})

test('operations fit the eight bits that a packed instruction has for them', () => {
  const { of } = operations(instructions)
  for (const each of instructions) expect(of(each)).toBeLessThan(256)
})

test.each([true, false])(
  'with records %s: the module asks for each line that it does not have, and ends at the limit',
  (record) => {
    const core = new Core(testConfig, { output() {} }, { record })
    const regions = allocateRegions(core)
    const module = new WebAssembly.Module(generateInterpreter(instructions, addressesOf(core, regions)))
    let asked = 0
    const locate = () => {
      asked++
      if (asked === 3) regions.port.u64[portLayout.limit / 8] = 0n
      return located.trapped
    }
    const { exports } = new WebAssembly.Instance(module, { env: { memory: core.memory, locate, execute() {} } })
    regions.port.u64[portLayout.limit / 8] = 100n
    ;(exports.run as () => void)()
    expect(asked).toBe(3)
    expect(core.hart.steps).toBe(3n)
    expect(core.hart.clock).toBe(3n)
  },
)
