import { expect, test } from 'vitest'
import { type engines, Machine } from '../../testbench/machine.ts'
import { CodeBuffer, rowNamed } from '../../testbench/random/code-buffer.ts'
import { type CoreConfig, presets } from '../core/config.ts'
import { csrAddress } from '../core/csr/addresses.ts'
import type { Retirement } from '../core/retirement.ts'

const START = 0x8000_0000n
const A0 = 10
const A1 = 11

/** What an engine records of code at the start of RAM, `steps` steps long. */
function records(
  engine: keyof typeof engines,
  emit: (code: CodeBuffer) => void,
  steps: number,
  changes: Partial<CoreConfig> = {},
): Retirement[] {
  const code = new CodeBuffer(START, 4096)
  emit(code)
  const config = { ...presets.default, ramBytes: 1 << 20, resetPc: START, ...changes }
  const seen: Retirement[] = []
  const machine = new Machine({
    config,
    engine,
    observers: [
      (batch) => {
        for (let index = 0; index < batch.length; index++) seen.push(batch.at(index))
      },
    ],
  })
  machine.core.bus.write(START, code.bytes())
  machine.run(steps)
  return seen
}

for (const engine of ['reference', 'wasm'] as const) {
  test(`${engine}: an instruction over two lines is whole where fetching its end evicts its beginning`, () => {
    const loop = (code: CodeBuffer): void => {
      code.label('start')
      for (let nops = 0; nops < 31; nops++) code.op('c.nop')
      code.op('addi', { rd: A0, rs1: A0, immediate: 5 })
      code.jump(rowNamed('jal'), { rd: 0 }, 'start')
    }
    const seen = records(engine, loop, 99, { icacheSets: 1, icacheWays: 1 })
    expect(seen.filter(({ rd }) => rd === A0).map(({ rdValue }) => rdValue)).toEqual([5n, 10n, 15n])
    expect(seen.some(({ trap }) => trap)).toBe(false)
  })

  test(`${engine}: records show the operands that instructions had under the misa of their time`, () => {
    const seen = records(
      engine,
      (code) => {
        code.li(A1, 0x1000n)
        code.pair('addi', A0, A0, 'handler')
        code.csrw(csrAddress.mtvec, A0)
        code.op('csrrc', { rs1: A1, immediate: csrAddress.misa })
        code.op('mul', { rd: A0, rs1: A1, rs2: A1 })
        code.align(4)
        code.label('handler')
        code.op('csrrs', { rs1: A1, immediate: csrAddress.misa })
        code.op('mul', { rd: A0, rs1: A1, rs2: A1 })
      },
      8,
    )
    const products = seen.filter(({ instruction }) => (instruction & 0xfe00_707f) === 0x0200_0033)
    expect(products.map(({ trap, rs1, rs1Value }) => [trap?.cause, rs1, rs1Value])).toEqual([
      [2, 0, 0n],
      [undefined, A1, 0x1000n],
    ])
  })
}
