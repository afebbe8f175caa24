import type { Core } from '../core/core.ts'
import { exceptionCode } from '../core/trap.ts'
import type { Decoded } from '../isa/decode.ts'
import type { BinaryOperator, Expression, UnaryOperator } from '../isa/expression.ts'
import type { Instruction } from '../isa/instruction.ts'

/** What an expression may ask for. All values are 64 bits, unsigned. */
export interface Operands {
  rs1: bigint
  rs2: bigint
  immediate: bigint
  pc: bigint
  next: bigint
  /** What an AMO read, sign-extended. */
  memory: bigint
}

export type Evaluate = (operands: Operands) => bigint

/** What an instruction does: where to go on, or undefined where it trapped. */
export type Execute = (core: Core, decoded: Decoded, bits: number, operands: Operands) => bigint | undefined

export const unsigned = (value: bigint): bigint => BigInt.asUintN(64, value)
const signed = (value: bigint): bigint => BigInt.asIntN(64, value)
const truth = (condition: boolean): bigint => (condition ? 1n : 0n)

const unaryOperators: Record<UnaryOperator, (a: bigint) => bigint> = {
  signExtend32: (a) => unsigned(BigInt.asIntN(32, a)),
  zeroExtend32: (a) => BigInt.asUintN(32, a),
}

const binaryOperators: Record<BinaryOperator, (a: bigint, b: bigint) => bigint> = {
  add: (a, b) => unsigned(a + b),
  sub: (a, b) => unsigned(a - b),
  and: (a, b) => a & b,
  or: (a, b) => a | b,
  xor: (a, b) => a ^ b,
  shiftLeft: (a, b) => unsigned(a << (b & 63n)),
  shiftRightLogical: (a, b) => a >> (b & 63n),
  shiftRightArithmetic: (a, b) => unsigned(signed(a) >> (b & 63n)),
  mul: (a, b) => unsigned(a * b),
  mulHighSigned: (a, b) => unsigned((signed(a) * signed(b)) >> 64n),
  mulHighSignedUnsigned: (a, b) => unsigned((signed(a) * b) >> 64n),
  mulHighUnsigned: (a, b) => (a * b) >> 64n,
  divSigned: (a, b) => (b === 0n ? unsigned(-1n) : unsigned(signed(a) / signed(b))),
  divUnsigned: (a, b) => (b === 0n ? unsigned(-1n) : a / b),
  remSigned: (a, b) => (b === 0n ? a : unsigned(signed(a) % signed(b))),
  remUnsigned: (a, b) => (b === 0n ? a : a % b),
  equal: (a, b) => truth(a === b),
  notEqual: (a, b) => truth(a !== b),
  lessSigned: (a, b) => truth(signed(a) < signed(b)),
  lessUnsigned: (a, b) => truth(a < b),
  notLessSigned: (a, b) => truth(signed(a) >= signed(b)),
  notLessUnsigned: (a, b) => truth(a >= b),
}

export function evaluator(expression: Expression): Evaluate {
  switch (expression.op) {
    case 'constant': {
      const value = unsigned(expression.value)
      return () => value
    }
    case 'rs1':
      return (operands) => operands.rs1
    case 'rs2':
      return (operands) => operands.rs2
    case 'immediate':
      return (operands) => operands.immediate
    case 'pc':
      return (operands) => operands.pc
    case 'next':
      return (operands) => operands.next
    case 'memory':
      return (operands) => operands.memory
    case 'select': {
      const condition = evaluator(expression.condition)
      const a = evaluator(expression.a)
      const b = evaluator(expression.b)
      return (operands) => (condition(operands) !== 0n ? a(operands) : b(operands))
    }
    case 'signExtend32':
    case 'zeroExtend32': {
      const operator = unaryOperators[expression.op]
      const a = evaluator(expression.a)
      return (operands) => operator(a(operands))
    }
    default: {
      const operator = binaryOperators[expression.op]
      const a = evaluator(expression.a)
      const b = evaluator(expression.b)
      return (operands) => operator(a(operands), b(operands))
    }
  }
}

/** What a row's semantics come to. */
export function executor({ semantics }: Instruction, core: Core): Execute {
  switch (semantics.kind) {
    case 'compute': {
      const value = evaluator(semantics.value)
      return (core, { rd }, _bits, operands) => {
        write(core, rd, value(operands))
        return operands.next
      }
    }
    case 'branch': {
      const condition = evaluator(semantics.condition)
      const target = evaluator(semantics.target)
      return (core, _decoded, _bits, operands) =>
        condition(operands) === 0n ? operands.next : jump(core, target(operands))
    }
    case 'jump': {
      const target = evaluator(semantics.target)
      return (core, { rd }, _bits, operands) => {
        const to = jump(core, target(operands))
        if (to !== undefined) write(core, rd, operands.next)
        return to
      }
    }
    case 'load': {
      const address = evaluator(semantics.address)
      const { size, signed: extends64 } = semantics
      return (core, { rd }, _bits, operands) => {
        const raw = core.loadStore.load(address(operands), size)
        if (raw === undefined) return undefined
        write(core, rd, extends64 ? unsigned(BigInt.asIntN(8 * size, raw)) : raw)
        return operands.next
      }
    }
    case 'store': {
      const address = evaluator(semantics.address)
      const value = evaluator(semantics.value)
      const { size } = semantics
      return (core, _decoded, _bits, operands) =>
        core.loadStore.store(address(operands), size, value(operands)) ? operands.next : undefined
    }
    case 'amo': {
      const { size } = semantics
      const value = evaluator(semantics.value)
      return (core, { rd }, _bits, operands) => {
        const old = core.loadStore.amo(operands.rs1, size, (memory) => value({ ...operands, memory }))
        if (old === undefined) return undefined
        write(core, rd, old)
        return operands.next
      }
    }
    case 'system': {
      const action = core.units.systemActions[semantics.action]
      return (core, { rd, rs1, rs2, immediate }, bits, { next }) =>
        action(core, { rd, rs1, rs2, immediate, bits, next })
    }
  }
}

function write(core: Core, rd: number, value: bigint): void {
  core.hart.writeX(rd, value)
  core.recorder?.result(rd, value)
}

/** A jump to an address that no instruction can have traps before it happens (unprivileged specification, 2.2). */
function jump(core: Core, target: bigint): bigint | undefined {
  if ((target & 2n) === 0n || core.csr.compressed) return target
  return core.trap(exceptionCode.instructionMisaligned, target)
}
