import { recordFlags, recordLayout } from '../../core/recorder.ts'
import type { Instruction, Semantics, Size } from '../../isa/instruction.ts'
import { addDecoder } from './decoder.ts'
import {
  block,
  br,
  brIf,
  brTable,
  type Code,
  call,
  exit,
  i32,
  i64,
  type Local,
  label,
  loop,
  ModuleBuilder,
  when,
} from './encoder.ts'
import { type ArithmeticFunctions, addArithmetic, conditionCode, type OperandLocals, valueCode } from './expression.ts'
import {
  type Addresses,
  DATA_ENTRIES,
  DATA_ENTRY_SHIFT,
  dataLayout,
  FETCH_ENTRIES,
  FETCH_ENTRY_SHIFT,
  FIRST_ROW,
  fetchLayout,
  packing,
  portLayout,
} from './layout.ts'

/** What `locate` answers. */
export const located = {
  /** The fetch table now has the line. */
  line: 0,
  /** The fetch trapped. */
  trapped: 1,
  /** The instruction may be fetched this once: its bits are in the port. */
  single: 2,
} as const

/** Of rows with the same semantics, one operation: a compressed instruction does what its 32-bit counterpart does. */
export function operations(rows: readonly Instruction[]): { semantics: Semantics[]; of(row: Instruction): number } {
  const semantics = [...new Set(rows.map((row) => row.semantics))]
  return { semantics, of: (row) => FIRST_ROW + semantics.indexOf(row.semantics) }
}

/**
 * The interpreter as a WebAssembly module. It imports the memory and two functions, which get what they need from, and leave
 * what they did in, the hart's state:
 *
 * - `locate()` finds the line of the instruction at pc, and answers `located`;
 * - `execute(packed, immediate, bits)` does one instruction whole, and moves pc.
 *
 * It exports `run()`, which runs until `hart.steps` is the port's limit.
 */
export function generateInterpreter(rows: readonly Instruction[], addresses: Addresses): Uint8Array<ArrayBuffer> {
  const module = new ModuleBuilder()
  const locate = module.import('locate', { parameters: [], results: ['i32'] })
  const execute = module.import('execute', { parameters: ['i32', 'i32', 'i32'], results: [] })
  const { semantics, of } = operations(rows)
  const decode = addDecoder(module, rows, of, addresses)
  const functions = addArithmetic(module)
  module.function('run', { parameters: [], results: [] }, (_, variable) =>
    new Interpreter(addresses, variable, { locate, execute, decode }, functions).code(semantics),
  )
  return module.encode()
}

const zero = i32.const(0)

/** No line has an odd address. */
const NO_LINE = 1n

class Interpreter {
  readonly #a: Addresses
  readonly #imports: { locate: number; execute: number; decode: number }
  readonly #functions: ArithmeticFunctions
  readonly #operands: OperandLocals

  readonly #pc: Local
  readonly #next: Local
  readonly #steps: Local
  readonly #limit: Local
  /** `hart.clock` less `hart.steps`, which changes only while the imports run. */
  readonly #clockAhead: Local
  /** Virtual address of the present line, its decoded instructions and its data. */
  readonly #lineVa: Local
  readonly #decoded: Local
  readonly #lineData: Local
  /** Physical address of the present line, or of the instruction that does not come from one. */
  readonly #source: Local
  /** Entry of the fetch table that the present line came from. */
  readonly #entry: Local
  /** Where pc is in its line. */
  readonly #offset: Local
  readonly #slot: Local
  /** Low half of the packed instruction. */
  readonly #packed: Local
  readonly #wholePacked: Local
  /** Address of the instruction's bits. */
  readonly #bitsAt: Local
  readonly #result: Local
  readonly #va: Local
  /** Address in the buffer of an entry, and then of the data. */
  readonly #host: Local
  readonly #fetchVersion: Local
  readonly #dataVersion: Local
  readonly #misalignment: Local
  /** Address of the record being made, and the flags that it begins with. */
  readonly #record: Local
  readonly #privilege: Local

  readonly #step = label('step')
  /** An instruction has been fetched and decoded. */
  readonly #ready = label('ready')
  /** Writes `result` to rd and goes on to `advance`. */
  readonly #write = label('write')
  /** Goes to `next` and counts a step. */
  readonly #advance = label('advance')
  /** Has `execute` do the instruction. */
  readonly #slow = label('slow')

  constructor(
    addresses: Addresses,
    variable: (type: 'i32' | 'i64') => Local,
    imports: { locate: number; execute: number; decode: number },
    functions: ArithmeticFunctions,
  ) {
    this.#a = addresses
    this.#imports = imports
    this.#functions = functions
    this.#pc = variable('i64')
    this.#next = variable('i64')
    this.#steps = variable('i64')
    this.#limit = variable('i64')
    this.#clockAhead = variable('i64')
    this.#lineVa = variable('i64')
    this.#decoded = variable('i32')
    this.#lineData = variable('i32')
    this.#source = variable('i64')
    this.#entry = variable('i32')
    this.#offset = variable('i32')
    this.#slot = variable('i32')
    this.#packed = variable('i32')
    this.#wholePacked = variable('i64')
    this.#bitsAt = variable('i32')
    this.#result = variable('i64')
    this.#va = variable('i64')
    this.#host = variable('i32')
    this.#fetchVersion = variable('i64')
    this.#dataVersion = variable('i64')
    this.#misalignment = variable('i64')
    this.#record = variable('i32')
    this.#privilege = variable('i32')
    this.#operands = {
      rs1: variable('i64'),
      rs2: variable('i64'),
      immediate: variable('i64'),
      pc: this.#pc,
      next: this.#next,
      memory: variable('i64'),
    }
  }

  code(semantics: readonly Semantics[]): Code {
    return [
      this.#reload(),
      loop(this.#step, [
        when(i64.geU(this.#steps.get, this.#limit.get), [this.#spill(), exit]),
        block(this.#ready, [this.#findLine(), this.#fetchDecoded()]),
        this.#readOperands(),
        this.#handlers(semantics),
      ]),
    ]
  }

  /** Makes the line of pc the present one, if it is not; leaves in `offset` where pc is in it. */
  #findLine(): Code {
    const found = label('line found')
    const index = i32.and(i32.wrap(i64.shrU(this.#pc.get, i64.const(6n))), i32.const(FETCH_ENTRIES - 1))
    const tag = i64.or(this.#va.get, this.#fetchVersion.get)
    return block(found, [
      this.#offset.set(i32.and(i32.wrap(this.#pc.get), i32.const(63))),
      brIf(found, i64.eq(this.#va.tee(i64.and(this.#pc.get, i64.const(-64n))), this.#lineVa.get)),
      this.#entry.set(i32.shl(index, i32.const(FETCH_ENTRY_SHIFT))),
      when(i64.eq(i64.load(this.#entry.get, this.#a.fetch + fetchLayout.tag), tag), [
        this.#touch(this.#entry, this.#a.fetch, fetchLayout, this.#a.itlbReplacement),
        this.#lineVa.set(this.#va.get),
        this.#decoded.set(i32.load(this.#entry.get, this.#a.fetch + fetchLayout.decoded)),
        this.#lineData.set(i32.load(this.#entry.get, this.#a.fetch + fetchLayout.lineData)),
        this.#a.record ? this.#source.set(i64.load(this.#entry.get, this.#a.fetch + fetchLayout.source)) : [],
        br(found),
      ]),
      this.#spill(),
      this.#host.set(call(this.#imports.locate)),
      this.#reload(),
      brIf(this.#step, i32.eq(this.#host.get, i32.const(located.line))),
      when(i32.eq(this.#host.get, i32.const(located.trapped)), [this.#count(), br(this.#step)]),
      this.#bitsAt.set(i32.const(this.#a.port + portLayout.bits)),
      this.#singleSource(),
      this.#unpack(call(this.#imports.decode, i32.load(this.#bitsAt.get))),
      br(this.#ready),
    ])
  }

  #singleSource(): Code {
    return this.#a.record ? this.#source.set(i64.load(zero, this.#a.port + portLayout.source)) : []
  }

  /** Leaves in `packed` and `immediate` the instruction at `offset`, decoding it if that has not been done. */
  #fetchDecoded(): Code {
    const slotOffset = i32.shl(this.#offset.get, i32.const(2))
    return [
      this.#slot.set(i32.add(this.#decoded.get, slotOffset)),
      this.#bitsAt.set(i32.add(this.#lineData.get, this.#offset.get)),
      this.#packed.set(i32.load(this.#slot.get)),
      this.#operands.immediate.set(i64.load32S(this.#slot.get, 4)),
      brIf(this.#ready, i32.and(this.#packed.get, i32.const(255))),
      this.#decodeSlot(),
    ]
  }

  #decodeSlot(): Code {
    const wide = i32.eq(i32.and(i32.load(this.#bitsAt.get), i32.const(3)), i32.const(3))
    const last = i32.eq(this.#offset.get, i32.const(62))
    const straddling = this.#a.fetch + fetchLayout.straddling
    const straddlingBits = this.#a.fetch + fetchLayout.straddlingBits
    return [
      when(i32.and(wide, last), [
        this.#bitsAt.set(i32.add(this.#entry.get, i32.const(straddlingBits))),
        this.#wholePacked.set(i64.load(this.#entry.get, straddling)),
        when(i64.eqz(this.#wholePacked.get), [
          this.#spill(),
          this.#host.set(call(this.#imports.locate)),
          // `locate` has put the bits into the entry, or trapped, or answers for this once.
          this.#reload(),
          when(i32.eq(this.#host.get, i32.const(located.trapped)), [this.#count(), br(this.#step)]),
          when(i32.eq(this.#host.get, i32.const(located.single)), [
            this.#bitsAt.set(i32.const(this.#a.port + portLayout.bits)),
            this.#singleSource(),
          ]),
          this.#wholePacked.set(call(this.#imports.decode, i32.load(this.#bitsAt.get))),
          when(i32.eq(this.#host.get, i32.const(located.line)), [
            i64.store(this.#entry.get, straddling, this.#wholePacked.get),
          ]),
        ]),
        this.#unpack(this.#wholePacked.get),
        br(this.#ready),
      ]),
      i64.store(this.#slot.get, 0, this.#wholePacked.tee(call(this.#imports.decode, i32.load(this.#bitsAt.get)))),
      this.#unpack(this.#wholePacked.get),
    ]
  }

  #unpack(packed: Code): Code {
    return [
      this.#wholePacked.set(packed),
      this.#packed.set(i32.wrap(this.#wholePacked.get)),
      this.#operands.immediate.set(i64.shrS(this.#wholePacked.get, i64.const(32n))),
    ]
  }

  #readOperands(): Code {
    const register = (shift: number): Code =>
      i64.load(i32.and(i32.shrU(this.#packed.get, i32.const(shift)), i32.const(255)), this.#a.x)
    const length = i32.add(i32.and(i32.shrU(this.#packed.get, i32.const(packing.wide - 1)), i32.const(2)), i32.const(2))
    return [
      this.#operands.rs1.set(register(packing.rs1)),
      this.#operands.rs2.set(register(packing.rs2)),
      this.#next.set(i64.add(this.#pc.get, i64.extendU(length))),
      this.#beginRecord(),
    ]
  }

  #beginRecord(): Code {
    if (!this.#a.record) return []
    return [
      i64.store(this.#record.get, recordLayout.pc, this.#pc.get),
      i32.store(this.#record.get, recordLayout.instruction, i32.load(this.#bitsAt.get)),
      i32.store(this.#record.get, recordLayout.flags, this.#privilege.get),
      i64.store(this.#record.get, recordLayout.rs1Value, this.#operands.rs1.get),
      i64.store(this.#record.get, recordLayout.rs2Value, this.#operands.rs2.get),
      i64.store(this.#record.get, recordLayout.source, this.#source.get),
      this.#a.timing
        ? []
        : i64.store(this.#record.get, recordLayout.cycle, i64.add(this.#steps.get, this.#clockAhead.get)),
    ]
  }

  /** Jumps to the handler of the operation; what handlers share comes after them. */
  #handlers(semantics: readonly Semantics[]): Code {
    const labels = semantics.map((_, index) => label(`operation ${index}`))
    const operation = i32.sub(i32.and(this.#packed.get, i32.const(255)), i32.const(FIRST_ROW))
    let code: Code = brTable(operation, labels, this.#slow)
    for (const [index, meaning] of semantics.entries()) code = [block(labels[index], code), this.#handler(meaning)]
    return [
      block(this.#advance, [block(this.#write, [block(this.#slow, code), this.#executeSlowly()]), this.#writeResult()]),
      this.#pc.set(this.#next.get),
      this.#count(),
      br(this.#step),
    ]
  }

  #writeResult(): Code {
    const rd = i32.and(i32.shrU(this.#packed.get, i32.const(packing.rd - 3)), i32.const(63 << 3))
    return [
      i64.store(rd, this.#a.x, this.#result.get),
      this.#a.record
        ? [
            i64.store(this.#record.get, recordLayout.result, this.#result.get),
            i32.store(
              this.#record.get,
              recordLayout.flags,
              i32.or(
                i32.load(this.#record.get, recordLayout.flags),
                i32.and(i32.shl(this.#packed.get, i32.const(recordFlags.rdShift - packing.rd)), i32.const(31 << 16)),
              ),
            ),
          ]
        : [],
    ]
  }

  #executeSlowly(): Code {
    return [
      this.#spill(),
      call(this.#imports.execute, this.#packed.get, i32.wrap(this.#operands.immediate.get), i32.load(this.#bitsAt.get)),
      this.#reload(),
      this.#count(),
      br(this.#step),
    ]
  }

  #handler(semantics: Semantics): Code {
    const value = (expression: Parameters<typeof valueCode>[0]): Code =>
      valueCode(expression, this.#operands, this.#functions)
    switch (semantics.kind) {
      case 'compute':
        return [this.#result.set(value(semantics.value)), br(this.#write)]
      case 'branch': {
        const condition = conditionCode(semantics.condition, this.#operands, this.#functions)
        return [
          when(condition, [
            this.#va.set(value(semantics.target)),
            this.#slowIfMisaligned(),
            this.#next.set(this.#va.get),
          ]),
          br(this.#advance),
        ]
      }
      case 'jump':
        return [
          this.#va.set(value(semantics.target)),
          this.#slowIfMisaligned(),
          this.#result.set(this.#next.get),
          this.#next.set(this.#va.get),
          br(this.#write),
        ]
      case 'load':
        return [
          this.#findData(value(semantics.address), semantics.size, dataLayout.loadTag),
          this.#result.set(loadCode(this.#host.get, semantics.size, semantics.signed)),
          this.#recordAccess(recordFlags.load, semantics.size),
          br(this.#write),
        ]
      case 'store':
        return [
          this.#findData(value(semantics.address), semantics.size, dataLayout.storeTag),
          storeCode(this.#host.get, semantics.size, value(semantics.value)),
          this.#recordAccess(recordFlags.store, semantics.size),
          this.#recordStored(value(semantics.value)),
          br(this.#advance),
        ]
      case 'amo':
        return [
          this.#findData(this.#operands.rs1.get, semantics.size, dataLayout.storeTag),
          this.#operands.memory.set(loadCode(this.#host.get, semantics.size, true)),
          this.#result.set(value(semantics.value)),
          storeCode(this.#host.get, semantics.size, this.#result.get),
          this.#recordAccess(recordFlags.load | recordFlags.store, semantics.size),
          this.#recordStored(this.#result.get),
          this.#result.set(this.#operands.memory.get),
          br(this.#write),
        ]
      case 'system':
        return br(this.#slow)
    }
  }

  #slowIfMisaligned(): Code {
    return brIf(this.#slow, i32.wrap(i64.and(this.#va.get, this.#misalignment.get)))
  }

  /** Leaves in `host` where the data at an address are in the buffer; goes to the slow path where the table does not say. */
  #findData(address: Code, size: Size, tag: number): Code {
    const index = i32.and(i32.wrap(i64.shrU(this.#va.get, i64.const(12n))), i32.const(DATA_ENTRIES - 1))
    const wanted = i64.or(i64.and(this.#va.get, i64.const(BigInt(-4096 | (size - 1)))), this.#dataVersion.get)
    return [
      this.#va.set(address),
      this.#host.set(i32.shl(index, i32.const(DATA_ENTRY_SHIFT))),
      brIf(this.#slow, i64.ne(i64.load(this.#host.get, this.#a.data + tag), wanted)),
      this.#touch(this.#host, this.#a.data, dataLayout, this.#a.dtlbReplacement),
      this.#host.set(
        i32.add(
          i32.load(this.#host.get, this.#a.data + dataLayout.page),
          i32.and(i32.wrap(this.#va.get), i32.const(4095)),
        ),
      ),
    ]
  }

  /** Counts a use of the TLB entry behind a table entry. */
  #touch(entry: Local, table: number, layout: { touchAnd: number; touchOr: number }, word: number): Code {
    const masked = i32.and(i32.load(zero, word), i32.load(entry.get, table + layout.touchAnd))
    return i32.store(zero, word, i32.or(masked, i32.load(entry.get, table + layout.touchOr)))
  }

  #recordAccess(kinds: number, size: Size): Code {
    if (!this.#a.record) return []
    const flags = kinds | (Math.log2(size) << recordFlags.sizeShift)
    return [
      i32.store(this.#record.get, recordLayout.flags, i32.or(this.#privilege.get, i32.const(flags))),
      i64.store(this.#record.get, recordLayout.va, this.#va.get),
      i64.store(
        this.#record.get,
        recordLayout.pa,
        i64.add(i64.extendU(this.#host.get), i64.const(this.#a.physicalOffset)),
      ),
    ]
  }

  #recordStored(value: Code): Code {
    return this.#a.record ? i64.store(this.#record.get, recordLayout.stored, value) : []
  }

  /** Puts what the imports need to know into the state and the port. */
  #spill(): Code {
    return [
      i64.store(zero, this.#a.pc, this.#pc.get),
      i64.store(zero, this.#a.steps, this.#steps.get),
      this.#a.timing ? [] : i64.store(zero, this.#a.clock, i64.add(this.#steps.get, this.#clockAhead.get)),
      this.#a.record ? i32.store(zero, this.#a.port + portLayout.record, this.#record.get) : [],
    ]
  }

  /** Takes from the state and the port what may have changed; the present line is forgotten. */
  #reload(): Code {
    const port = (field: 'limit' | 'fetchVersion' | 'dataVersion' | 'misalignment'): Code =>
      i64.load(zero, this.#a.port + portLayout[field])
    return [
      this.#pc.set(i64.load(zero, this.#a.pc)),
      this.#steps.set(i64.load(zero, this.#a.steps)),
      this.#a.timing ? [] : this.#clockAhead.set(i64.sub(i64.load(zero, this.#a.clock), this.#steps.get)),
      this.#limit.set(port('limit')),
      this.#fetchVersion.set(port('fetchVersion')),
      this.#dataVersion.set(port('dataVersion')),
      this.#misalignment.set(port('misalignment')),
      this.#lineVa.set(i64.const(NO_LINE)),
      this.#a.record
        ? [
            this.#record.set(i32.load(zero, this.#a.port + portLayout.record)),
            this.#privilege.set(i32.load(zero, this.#a.privilege)),
          ]
        : [],
    ]
  }

  /** Ends the step: its record is complete. */
  #count(): Code {
    return [
      this.#steps.set(i64.add(this.#steps.get, i64.const(1n))),
      this.#a.record ? this.#record.set(i32.add(this.#record.get, i32.const(recordLayout.bytes))) : [],
    ]
  }
}

function loadCode(address: Code, size: Size, signed: boolean): Code {
  switch (size) {
    case 1:
      return signed ? i64.load8S(address) : i64.load8U(address)
    case 2:
      return signed ? i64.load16S(address) : i64.load16U(address)
    case 4:
      return signed ? i64.load32S(address) : i64.load32U(address)
    case 8:
      return i64.load(address)
  }
}

function storeCode(address: Code, size: Size, value: Code): Code {
  switch (size) {
    case 1:
      return i64.store8(address, 0, value)
    case 2:
      return i64.store16(address, 0, value)
    case 4:
      return i64.store32(address, 0, value)
    case 8:
      return i64.store(address, 0, value)
  }
}
