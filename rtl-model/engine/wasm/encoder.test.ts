import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  block,
  br,
  brIf,
  brTable,
  type Code,
  call,
  choose,
  exit,
  type FunctionType,
  i32,
  i64,
  type Local,
  label,
  loop,
  ModuleBuilder,
  select,
  signed,
  unsigned,
  type ValueType,
  when,
  whenElse,
} from './encoder.ts'

type Build = (parameters: Local[], variable: (type: ValueType) => Local) => Code

function instantiate(module: ModuleBuilder, imports: Record<string, unknown> = {}) {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 })
  const instance = new WebAssembly.Instance(new WebAssembly.Module(module.encode()), { env: { memory, ...imports } })
  return { exports: instance.exports as Record<string, (...values: unknown[]) => unknown>, memory }
}

/** A function of one module, as JavaScript calls it. */
function compile(type: FunctionType, build: Build) {
  const module = new ModuleBuilder()
  module.function('f', type, build)
  return instantiate(module).exports.f
}

const unary = (type: ValueType, result: ValueType, op: (a: Code) => Code) =>
  compile({ parameters: [type], results: [result] }, ([a]) => op(a.get))
const binary = (type: ValueType, result: ValueType, op: (a: Code, b: Code) => Code) =>
  compile({ parameters: [type, type], results: [result] }, ([a, b]) => op(a.get, b.get))

describe('LEB128 (WebAssembly core specification, 5.2.2)', () => {
  /** The value of the bytes, by the definition. */
  const decode = (bytes: number[]): bigint =>
    bytes.reduce((value, byte, index) => value | (BigInt(byte & 127) << BigInt(7 * index)), 0n)

  test('unsigned: stands for the value, in as few bytes as it has groups of seven bits', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (value) => {
        const bytes = unsigned(value)
        expect(decode(bytes)).toBe(BigInt(value))
        expect(bytes.map((byte) => byte >> 7)).toEqual(bytes.map((_, index) => Number(index < bytes.length - 1)))
        expect(bytes.length).toBe(Math.max(1, Math.ceil(value.toString(2).length / 7)))
      }),
    )
  })

  test('signed: stands for the value with its sign, in as few bytes as hold both', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }), (value) => {
        const bytes = signed(value)
        expect(BigInt.asIntN(7 * bytes.length, decode(bytes))).toBe(value)
        expect(bytes.map((byte) => byte >> 7)).toEqual(bytes.map((_, index) => Number(index < bytes.length - 1)))
        expect(BigInt.asIntN(Math.max(0, 7 * (bytes.length - 1)), value) === value && bytes.length > 1).toBe(false)
      }),
    )
  })

  test.each([
    [0, [0]],
    [127, [127]],
    [128, [0x80, 1]],
    [624_485, [0xe5, 0x8e, 0x26]],
  ])('unsigned %i', (value, bytes) => expect(unsigned(value)).toEqual(bytes))

  test.each([
    [63n, [63]],
    [64n, [0xc0, 0]],
    [-64n, [0x40]],
    [-65n, [0xbf, 0x7f]],
    [-123_456n, [0xc0, 0xbb, 0x78]],
  ])('signed %i', (value, bytes) => expect(signed(value)).toEqual(bytes))
})

describe('every instruction does what its name says', () => {
  const edges32 = [0, 1, -1, 31, 32, 0x7fffffff, -0x80000000]
  const edges64 = [0n, 1n, -1n, 63n, 64n, (1n << 63n) - 1n, -(1n << 63n), 0xffff_ffffn, 0x8000_0000n]
  const any32 = fc.oneof(fc.integer(), fc.constantFrom(...edges32))
  const any64 = fc.oneof(fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }), fc.constantFrom(...edges64))

  const binary32: [keyof typeof i32, (a: number, b: number) => number][] = [
    ['eq', (a, b) => Number(a === b)],
    ['ne', (a, b) => Number(a !== b)],
    ['gtS', (a, b) => Number(a > b)],
    ['geS', (a, b) => Number(a >= b)],
    ['add', (a, b) => (a + b) | 0],
    ['sub', (a, b) => (a - b) | 0],
    ['mul', (a, b) => Math.imul(a, b)],
    ['and', (a, b) => a & b],
    ['or', (a, b) => a | b],
    ['xor', (a, b) => a ^ b],
    ['shl', (a, b) => a << b],
    ['shrS', (a, b) => a >> b],
    ['shrU', (a, b) => (a >>> b) | 0],
  ]
  test.each(binary32)('i32.%s', (name, naive) => {
    const f = binary('i32', 'i32', i32[name] as (a: Code, b: Code) => Code)
    fc.assert(fc.property(any32, any32, (a, b) => void expect(f(a, b)).toBe(naive(a, b))))
  })

  const wrap = (value: bigint): bigint => BigInt.asIntN(64, value)
  const u = (value: bigint): bigint => BigInt.asUintN(64, value)
  const binary64: [keyof typeof i64, (a: bigint, b: bigint) => bigint][] = [
    ['add', (a, b) => wrap(a + b)],
    ['sub', (a, b) => wrap(a - b)],
    ['mul', (a, b) => wrap(a * b)],
    ['and', (a, b) => a & b],
    ['or', (a, b) => a | b],
    ['xor', (a, b) => a ^ b],
    ['shl', (a, b) => wrap(a << (b & 63n))],
    ['shrS', (a, b) => a >> (b & 63n)],
    ['shrU', (a, b) => wrap(u(a) >> (b & 63n))],
  ]
  test.each(binary64)('i64.%s', (name, naive) => {
    const f = binary('i64', 'i64', i64[name] as (a: Code, b: Code) => Code)
    fc.assert(fc.property(any64, any64, (a, b) => void expect(f(a, b)).toBe(naive(a, b))))
  })

  const divisions: [keyof typeof i64, (a: bigint, b: bigint) => bigint][] = [
    ['divS', (a, b) => a / b],
    ['divU', (a, b) => wrap(u(a) / u(b))],
    ['remS', (a, b) => a % b],
    ['remU', (a, b) => wrap(u(a) % u(b))],
  ]
  test.each(divisions)('i64.%s', (name, naive) => {
    const f = binary('i64', 'i64', i64[name] as (a: Code, b: Code) => Code)
    const divisor = any64.filter((b) => b !== 0n && b !== -1n)
    fc.assert(fc.property(any64, divisor, (a, b) => void expect(f(a, b)).toBe(naive(a, b))))
  })

  const comparisons: [keyof typeof i64, (a: bigint, b: bigint) => boolean][] = [
    ['eq', (a, b) => a === b],
    ['ne', (a, b) => a !== b],
    ['ltS', (a, b) => a < b],
    ['ltU', (a, b) => u(a) < u(b)],
    ['geS', (a, b) => a >= b],
    ['geU', (a, b) => u(a) >= u(b)],
  ]
  test.each(comparisons)('i64.%s', (name, naive) => {
    const f = binary('i64', 'i32', i64[name] as (a: Code, b: Code) => Code)
    fc.assert(fc.property(any64, any64, (a, b) => void expect(f(a, b)).toBe(Number(naive(a, b)))))
  })

  test('conversions and tests for zero', () => {
    const wrapped = unary('i64', 'i32', i32.wrap)
    const zeroExtended = unary('i32', 'i64', i64.extendU)
    const signExtended = unary('i32', 'i64', i64.extendS)
    const low = unary('i64', 'i64', i64.extend32S)
    const isZero32 = unary('i32', 'i32', i32.eqz)
    const isZero64 = unary('i64', 'i32', i64.eqz)
    fc.assert(
      fc.property(any64, any32, (long, short) => {
        expect(wrapped(long)).toBe(Number(BigInt.asIntN(32, long)))
        expect(zeroExtended(short)).toBe(BigInt(short >>> 0))
        expect(signExtended(short)).toBe(BigInt(short))
        expect(low(long)).toBe(BigInt.asIntN(32, long))
        expect(isZero32(short)).toBe(Number(short === 0))
        expect(isZero64(long)).toBe(Number(long === 0n))
      }),
    )
  })

  test('constants', () => {
    fc.assert(
      fc.property(any32, any64, (short, long) => {
        expect(compile({ parameters: [], results: ['i32'] }, () => i32.const(short))()).toBe(short)
        expect(compile({ parameters: [], results: ['i64'] }, () => i64.const(BigInt.asUintN(64, long)))()).toBe(long)
      }),
      { numRuns: 50 },
    )
  })

  const PATTERN = 0x8877_6655_a4b3_c2d1n
  const loads: [string, (address: Code, offset?: number) => Code, ValueType, bigint | number][] = [
    ['i32.load', i32.load, 'i32', 0xa4b3c2d1 | 0],
    ['i64.load', i64.load, 'i64', wrap(PATTERN)],
    ['i64.load8S', i64.load8S, 'i64', wrap(0xffff_ffff_ffff_ffd1n)],
    ['i64.load8U', i64.load8U, 'i64', 0xd1n],
    ['i64.load16S', i64.load16S, 'i64', wrap(0xffff_ffff_ffff_c2d1n)],
    ['i64.load16U', i64.load16U, 'i64', 0xc2d1n],
    ['i64.load32S', i64.load32S, 'i64', wrap(0xffff_ffff_a4b3_c2d1n)],
    ['i64.load32U', i64.load32U, 'i64', 0xa4b3_c2d1n],
  ]
  test.each(loads)('%s, at an address with an offset and at any alignment', (_, load, type, expected) => {
    const module = new ModuleBuilder()
    module.function('f', { parameters: ['i32'], results: [type] }, ([a]) => load(a.get, 200))
    const { exports, memory } = instantiate(module)
    new DataView(memory.buffer).setBigUint64(203, PATTERN, true)
    expect(exports.f(3)).toBe(expected)
  })

  const stores: [string, (address: Code, offset: number, value: Code) => Code, number][] = [
    ['store8', i64.store8, 1],
    ['store16', i64.store16, 2],
    ['store32', i64.store32, 4],
    ['store', i64.store, 8],
  ]
  test.each(stores)('i64.%s writes its bytes and no others', (_, store, size) => {
    const module = new ModuleBuilder()
    module.function('f', { parameters: ['i32', 'i64'], results: [] }, ([a, b]) => store(a.get, 200, b.get))
    const { exports, memory } = instantiate(module)
    exports.f(3, PATTERN)
    const view = new DataView(memory.buffer)
    expect(view.getBigUint64(203, true)).toBe(BigInt.asUintN(8 * size, PATTERN))
    expect(view.getUint8(202)).toBe(0)
    expect(view.getUint8(211)).toBe(0)
  })

  test('i32.store writes four bytes', () => {
    const module = new ModuleBuilder()
    module.function('f', { parameters: ['i32', 'i32'], results: [] }, ([a, b]) => i32.store(a.get, 8, b.get))
    const { exports, memory } = instantiate(module)
    exports.f(0, -1)
    expect(new DataView(memory.buffer).getBigUint64(8, true)).toBe(0xffff_ffffn)
  })
})

describe('control (WebAssembly core specification, 5.4.1)', () => {
  test('a branch goes to the end of the block that it names, however deep it is in it', () => {
    const [outer, inner] = [label('outer'), label('inner')]
    const f = compile({ parameters: ['i32'], results: ['i32'] }, ([a], variable) => {
      const result = variable('i32')
      return [
        block(outer, [
          block(inner, [
            when(a.get, [when(i32.eq(a.get, i32.const(1)), br(inner)), br(outer)]),
            result.set(i32.const(100)),
            br(outer),
          ]),
          result.set(i32.const(200)),
        ]),
        result.get,
      ]
    })
    expect([0, 1, 2].map((a) => f(a))).toEqual([100, 200, 0])
  })

  test('a branch to a loop goes to its beginning', () => {
    const again = label('again')
    const f = compile({ parameters: ['i32'], results: ['i32'] }, ([a], variable) => {
      const sum = variable('i32')
      return [
        loop(again, [sum.set(i32.add(sum.get, a.get)), brIf(again, a.tee(i32.sub(a.get, i32.const(1))))]),
        sum.get,
      ]
    })
    expect(f(10)).toBe(55)
  })

  test('a branch table picks by number, and its last target for any other', () => {
    const labels = [label('a'), label('b')]
    const other = label('other')
    const f = compile({ parameters: ['i32'], results: ['i32'] }, ([a]) => [
      block(other, [
        block(labels[1], [block(labels[0], brTable(a.get, labels, other)), i32.const(10), exit]),
        i32.const(20),
        exit,
      ]),
      i32.const(30),
    ])
    expect([0, 1, 2, 77, -1].map((a) => f(a))).toEqual([10, 20, 30, 30, 30])
  })

  test('a branch out of a choice', () => {
    const out = label('out')
    const f = compile({ parameters: ['i32'], results: ['i32'] }, ([a]) => [
      block(out, [when(a.get, br(out)), i32.const(1), exit]),
      i32.const(2),
    ])
    expect([f(0), f(1)]).toEqual([1, 2])
  })

  test('one of two statements', () => {
    const f = compile({ parameters: ['i32'], results: ['i32'] }, ([a]) => [
      whenElse(a.get, a.set(i32.const(3)), a.set(i32.const(4))),
      a.get,
    ])
    expect([f(0), f(1)]).toEqual([4, 3])
  })

  test('choose evaluates one side, select both', () => {
    const divide: Build = ([a, b]) => choose('i64', i64.eqz(b.get), i64.const(7n), i64.divU(a.get, b.get))
    const eager: Build = ([a, b]) => select(i64.eqz(b.get), i64.const(7n), i64.divU(a.get, b.get))
    const type: FunctionType = { parameters: ['i64', 'i64'], results: ['i64'] }
    expect(compile(type, divide)(5n, 0n)).toBe(7n)
    expect(compile(type, divide)(6n, 2n)).toBe(3n)
    expect(compile(type, eager)(6n, 2n)).toBe(3n)
    expect(() => compile(type, eager)(5n, 0n)).toThrow('divide by zero')
  })

  test('a branch to a block that is not around it is refused by name', () => {
    const module = new ModuleBuilder()
    module.function('f', { parameters: [], results: [] }, () => br(label('elsewhere')))
    expect(() => module.encode()).toThrow('no block elsewhere around the branch')
  })
})

describe('modules (WebAssembly core specification, 5.5)', () => {
  test('functions call imports and each other by the index that they got', () => {
    const module = new ModuleBuilder()
    const twice = module.import('twice', { parameters: ['i32'], results: ['i32'] })
    const log = module.import('log', { parameters: ['i32', 'i64'], results: [] })
    const next = module.function('next', { parameters: ['i32'], results: ['i32'] }, ([a]) =>
      i32.add(a.get, i32.const(1)),
    )
    module.function('all', { parameters: ['i32'], results: ['i32'] }, ([a]) => [
      call(log, a.get, i64.extendU(a.get)),
      call(next, call(twice, a.get)),
    ])
    const logged: unknown[] = []
    const imports = { twice: (a: number) => 2 * a, log: (...values: unknown[]) => logged.push(values) }
    const { exports } = instantiate(module, imports)
    expect(exports.all(20)).toBe(41)
    expect(exports.next(1)).toBe(2)
    expect(logged).toEqual([[20, 20n]])
  })

  test('locals are of their types, apart from each other and from the parameters, and 0 at first', () => {
    const f = compile({ parameters: ['i64', 'i32'], results: ['i64'] }, ([a, b], variable) => {
      const [x, y, z] = [variable('i32'), variable('i64'), variable('i32')]
      return [
        x.set(i32.add(x.get, b.get)),
        z.set(i32.add(z.get, i32.const(1000))),
        y.set(i64.add(y.get, a.get)),
        i64.add(i64.extendU(i32.add(x.get, z.get)), y.get),
      ]
    })
    expect(f(1n << 40n, 5)).toBe((1n << 40n) + 1005n)
  })

  test('more than 127 functions, locals and bytes: sizes and indices of several bytes', () => {
    const module = new ModuleBuilder()
    for (let index = 0; index < 140; index++) {
      module.function(`f${index}`, { parameters: [], results: ['i32'] }, (_, variable) => {
        const locals = Array.from({ length: 130 }, () => variable('i32'))
        return [
          locals.map((local) => local.set(i32.const(index))),
          locals.map((local) => local.get).reduce((a, b) => i32.add(a, b)),
        ]
      })
    }
    const { exports } = instantiate(module)
    expect(exports.f139()).toBe(139 * 130)
    expect(exports.f0()).toBe(0)
  })
})
