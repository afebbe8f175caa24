import { Clint } from '../devices/clint.ts'
import type { InterruptLines } from '../devices/device.ts'
import { Finisher } from '../devices/finisher.ts'
import { Htif } from '../devices/htif.ts'
import { Plic } from '../devices/plic.ts'
import { Uart16550 } from '../devices/uart16550.ts'
import { createDecoder, type Decoded } from '../isa/decode.ts'
import type { Extension, Instruction } from '../isa/instruction.ts'
import { instructions } from '../isa/table.ts'
import { type Fault, faultCause } from '../memory/access.ts'
import { Bus } from '../memory/bus.ts'
import { createDataCache } from '../memory/dcache.ts'
import { createInstructionCache, type InstructionCache, LINE_BYTES } from '../memory/icache.ts'
import { type AccessContext, createMmu, type Mmu } from '../memory/mmu.ts'
import { createPmp, type Pmp } from '../memory/pmp.ts'
import { createTlb, type Tlb } from '../memory/tlb.ts'
import { createWalker, type Walker } from '../memory/walker.ts'
import { counterNames } from '../pipeline/counters.ts'
import { createTiming, type Timing } from '../pipeline/timing.ts'
import type { CoreConfig } from './config.ts'
import { type CsrFile, createCsrFile } from './csr/csr-file.ts'
import { csrLayout, misaBits } from './csr/registers.ts'
import { Hart } from './hart.ts'
import { LineChanges } from './line-changes.ts'
import { createLoadStore, type LoadStore } from './load-store.ts'
import { Recorder } from './recorder.ts'
import { RegionAllocator } from './state.ts'
import { type SystemFunction, systemActions } from './system.ts'
import { createTraps, exceptionCode, type Traps } from './trap.ts'

/** What the core is made of. Any of these can be replaced by another that shows the same interface. */
export interface CoreUnits {
  instructions: readonly Instruction[]
  systemActions: Record<string, SystemFunction>
  createPmp: typeof createPmp
  createWalker: typeof createWalker
  createTlb: typeof createTlb
  createMmu: typeof createMmu
  createInstructionCache: typeof createInstructionCache
  createCsrFile: typeof createCsrFile
  createTraps: typeof createTraps
  createTiming: typeof createTiming
  createLoadStore: typeof createLoadStore
  createDataCache: typeof createDataCache
}

export const honestUnits: CoreUnits = {
  instructions,
  systemActions,
  createPmp,
  createWalker,
  createTlb,
  createMmu,
  createInstructionCache,
  createCsrFile,
  createTraps,
  createTiming,
  createLoadStore,
  createDataCache,
}

/** Where the buffer's parts begin: the units' state, what only makes the model fast, RAM. */
const ACCELERATION_OFFSET = 256 * 1024
const RAM_OFFSET = 1024 * 1024
const WASM_PAGE_BYTES = 65_536

/** Where the outside world meets the core. */
export interface Console {
  /** A byte that the program sent, over the UART or HTIF. */
  output(byte: number): void
}

/**
 * One hart with its memory and devices: the state, the units, and what happens on the slow path. How instructions are run
 * is an engine's business.
 */
export class Core {
  readonly config: CoreConfig
  readonly units: CoreUnits
  readonly memory: WebAssembly.Memory
  readonly stateAllocator: RegionAllocator
  /** Regions that hold nothing of the machine's state. */
  readonly accelerationAllocator: RegionAllocator
  readonly hart: Hart
  readonly csr: CsrFile
  readonly traps: Traps
  readonly pmp: Pmp
  readonly walker: Walker
  readonly itlb: Tlb
  readonly dtlb: Tlb
  readonly mmu: Mmu
  readonly loadStore: LoadStore
  readonly bus: Bus
  readonly icache: InstructionCache
  readonly clint: Clint
  readonly plic: Plic
  readonly uart: Uart16550
  readonly finisher: Finisher
  /** The instruction with these bits; undefined where no row matches, or `misa` has its extension off. */
  readonly decode: (bits: number) => Decoded | undefined
  readonly recorder: Recorder | undefined
  readonly timing: Timing | undefined
  readonly #console: Console
  readonly #lineChanges: LineChanges
  readonly #contexts: { epoch: number; data: AccessContext; fetch: AccessContext }

  /** Set when an interrupt may have become pending or the run must stop: engines look at it between instructions. */
  attention = true
  /** Counts changes of what the instruction cache holds, for whoever keeps something derived from it. Not state. */
  fetchEpoch = 0
  /** Whether pending interrupts are taken. Off while a recorded log says when they come. */
  takesInterrupts = true
  /** Whether the next SC fails whatever is reserved, as it may on any core. */
  failsStoreConditional = false
  /** Exit code given by the program, once it has ended. */
  exitCode: number | undefined
  #timerDue: bigint | undefined

  constructor(config: CoreConfig, console: Console, options: { record?: boolean; units?: Partial<CoreUnits> } = {}) {
    this.config = config
    this.units = { ...honestUnits, ...options.units }
    this.#console = console
    const units = this.units
    const initial = (RAM_OFFSET + config.ramBytes) / WASM_PAGE_BYTES
    this.memory = new WebAssembly.Memory({ initial, maximum: initial })
    const { buffer } = this.memory
    this.stateAllocator = new RegionAllocator(buffer, 0, ACCELERATION_OFFSET)
    this.accelerationAllocator = new RegionAllocator(buffer, ACCELERATION_OFFSET, RAM_OFFSET)
    const state = this.stateAllocator
    const decode = rememberingDecoder(units.instructions)
    this.decode = (bits) => {
      const decoded = decode(bits)
      return decoded !== undefined && this.hasExtension(decoded.row.extension) ? decoded : undefined
    }
    if (options.record || config.timing) this.recorder = new Recorder(this.accelerationAllocator, decode)

    this.hart = new Hart(state)
    this.pmp = units.createPmp(state, config)
    this.bus = new Bus(this.accelerationAllocator, config, RAM_OFFSET)
    this.clint = new Clint(state, this.#lines(), () => this.now(), BigInt(config.cyclesPerTick))
    this.plic = new Plic(state, this.#lines())
    this.uart = new Uart16550(state, this.plic, (byte) => this.#console.output(byte))
    this.finisher = new Finisher(
      state,
      (code) => this.stop(code),
      () => this.stop(0),
    )
    this.#lineChanges = new LineChanges(state, BigInt(config.timing?.bus.interrupt ?? 0))
    this.bus.devices.push(this.finisher, this.clint, this.plic, this.uart)
    this.csr = units.createCsrFile(state, this.hart, config, {
      pmp: this.pmp,
      time: () => this.clint.time(),
      ...(config.timing && {
        events: { number: counterNames.length, count: (event) => BigInt(this.timing?.counts[event - 1] ?? 0) },
      }),
    })
    this.traps = units.createTraps(this.hart, this.csr)
    this.walker = units.createWalker({ pmp: this.pmp, readPte: (pa) => this.#readPte(pa) })
    const { tlbSectors: sectors, tlbSuperpages: superpages } = config
    const organization = sectors > 1 ? { sectors, superpages } : undefined
    this.itlb = units.createTlb(state, config.itlbEntries, organization)
    this.dtlb = units.createTlb(state, config.dtlbEntries, organization)
    this.mmu = units.createMmu({
      pmp: this.pmp,
      walker: this.walker,
      itlb: this.itlb,
      dtlb: this.dtlb,
      config,
      ...(this.recorder && { observeWalk: (access, kind) => this.recorder?.walk(access, kind === 'fetch') }),
    })
    this.loadStore = units.createLoadStore(this)
    this.icache = units.createInstructionCache(state, config, this.bus)
    if (config.timing && this.recorder) {
      const { icacheSets, icacheWays, memoryLatency } = config
      const pipeline = { ...config.timing, icacheSets, icacheWays, memoryLatency }
      this.timing = units.createTiming(state, pipeline, {
        recorder: this.recorder,
        decode,
        acceleration: this.accelerationAllocator,
        memory: this.memory,
        createDataCache: units.createDataCache,
        // Shortcuts know the honest cache.
        shortcuts: units.createDataCache === createDataCache,
      })
    }
    const context: AccessContext = { privilege: 3, sum: false, mxr: false, satp: 0n }
    this.#contexts = { epoch: -1, data: context, fetch: context }
    this.hart.pc = config.resetPc
    this.hart.privilege = 3
    if (config.pmpOpenAtReset && config.pmpEntries > 0) {
      this.pmp.writeAddress(0, (1n << 54n) - 1n)
      this.pmp.writeConfig(0, 0x1fn)
    }
  }

  /** Lets HTIF watch the two words that a program's symbols name. Returns the device, for its console input. */
  attachHtif(addresses: { tohost: bigint; fromhost: bigint }): Htif {
    const memory = {
      read: (pa: bigint, size: number) => (this.bus.memoryOffset(pa, size) < 0 ? undefined : this.bus.load(pa, size)),
      write: (pa: bigint, size: number, value: bigint) =>
        this.bus.memoryOffset(pa, size) >= 0 && this.bus.store(pa, size, value),
    }
    const htif = new Htif(
      this.stateAllocator,
      addresses,
      memory,
      (byte) => this.#console.output(byte),
      (code) => this.stop(code),
    )
    this.bus.watch({ pa: addresses.tohost, size: 8, written: (value) => htif.tohostWritten(value) })
    this.bus.watch({ pa: addresses.fromhost, size: 8, written: () => htif.deliver() })
    return htif
  }

  /** The hart's clock, brought up to date with the instructions before the present one. */
  now(): bigint {
    if (this.timing) this.timeRecords(this.recorder!.index)
    return this.hart.clock
  }

  /** Has the timing read the records up to (not including) `end`; the hart stands at the address that follows them. */
  timeRecords(end: number): void {
    const { timing, hart } = this
    if (timing === undefined) return
    timing.advance(end, Number(BigInt.asIntN(32, hart.pc)), Number(BigInt.asIntN(32, hart.pc >> 32n)))
    hart.clock = BigInt(timing.clock)
  }

  /** Ends the run after the present instruction. */
  stop(exitCode: number): void {
    this.exitCode = exitCode
    this.attention = true
  }

  get stopped(): boolean {
    return this.exitCode !== undefined
  }

  /** Forgets what is derived from the state, which has been changed from outside. `misa` is for the caller to compare. */
  stateReplaced(): void {
    this.csr.protectionChanged()
    this.fetchEpoch++
    this.attention = true
    this.#timerDue = undefined
    if (this.recorder) {
      this.recorder.discard()
      this.recorder.firstOrder = this.hart.steps
    }
    this.timing?.restored()
  }

  /** Takes an exception at `hart.pc`. Always undefined, for callers to return. */
  trap(cause: number, tval: bigint): undefined {
    const reported = this.traps.reported(cause, tval)
    this.hart.trapped++
    this.recorder?.trap(reported.cause, false, reported.tval)
    this.traps.enter(reported.cause, false, reported.tval)
    this.attention = true
  }

  illegal(bits: number): undefined {
    this.trap(exceptionCode.illegalInstruction, BigInt(bits >>> 0))
  }

  /** `illegal`, of bits that `decode` does not know. */
  undecoded(bits: number): void {
    this.illegal(bits)
    this.recorder?.undecoded()
  }

  /** Takes an interrupt before the instruction at `hart.pc`, as a step of its own. */
  interrupt(cause: number): void {
    const { hart } = this
    this.recorder?.begin(hart.pc, 0, hart.privilege, this.timing ? 0n : hart.clock)
    this.recorder?.trap(cause, true, 0n)
    this.recorder?.end()
    this.traps.enter(cause, true, 0n)
    hart.trapped++
    hart.steps++
    if (this.timing) this.timeRecords(this.recorder!.index)
    else hart.clock++
    this.attention = true
  }

  /** Takes the interrupt that is pending and enabled, if there is one. To be called between instructions. */
  takePendingInterrupt(): boolean {
    const cause = this.takesInterrupts ? this.traps.pendingInterrupt() : undefined
    if (cause !== undefined) this.interrupt(cause)
    return cause !== undefined
  }

  /** Clock at which the timer next needs `clint.update()`. */
  timerDue(): bigint {
    if (this.#timerDue === undefined || this.hart.clock >= this.#timerDue) {
      this.clint.update()
      this.#lineChanges.apply(this.hart.clock, (bit, level) => this.#setLine(bit, level))
      const next = this.clint.nextEvent() ?? 1n << 63n
      const change = this.#lineChanges.next
      this.#timerDue = change !== undefined && change < next ? change : next
    }
    return this.#timerDue
  }

  /** WFI: the clock runs on to the next timer interrupt where that is what can wake the hart. */
  waitForInterrupt(): void {
    const { csr, hart } = this
    const timerEnabled = ((csr.mie >> 7n) & 1n) === 1n
    if (!this.takesInterrupts || !timerEnabled || (csr.mip & csr.mie) !== 0n) return
    const due = this.timerDue()
    if (due >= 1n << 63n) return
    if (this.timing) {
      this.timeRecords(this.recorder!.index)
      this.timing.waitUntil(Number(due))
    }
    if (due > hart.clock) hart.clock = due
    this.attention = true
  }

  /** What translation of data accesses, and of fetches, depends on now. */
  dataContext(): AccessContext {
    return this.#currentContexts().data
  }

  fetchContext(): AccessContext {
    return this.#currentContexts().fetch
  }

  /**
   * The instruction at `hart.pc`: its bits, or undefined where fetching it trapped. A 32-bit instruction may lie in two
   * lines and on two pages; each half is translated by itself, so that `mtval` names the half that faults.
   */
  fetch(): number | undefined {
    const { pc } = this.hart
    const low = this.#fetchHalf(pc, true)
    if (low === undefined || (low & 3) !== 3) return low
    const high = this.#fetchHalf(BigInt.asUintN(64, pc + 2n))
    return high === undefined ? undefined : ((high << 16) | low) >>> 0
  }

  /** Physical address of an instruction fetch of 2 bytes, or undefined where it trapped. */
  translateFetch(va: bigint): bigint | undefined {
    const pa = this.mmu.translate(va, 2, 'fetch', this.fetchContext())
    if (typeof pa === 'string') return this.fault(pa, 'fetch', va)
    return this.bus.memoryOffset(pa, 2) < 0 ? this.fault('access', 'fetch', va) : pa
  }

  /** Number of the cache line that holds `pa`, brought in if it is not there. */
  cachedLine(pa: bigint): number {
    const { icache } = this
    const found = icache.lookup(pa)
    if (found >= 0) return found
    const { replacements } = icache
    const line = icache.fill(pa)
    // Nobody can have kept anything of a place that was empty.
    if (icache.replacements !== replacements) this.fetchEpoch++
    return line
  }

  #fetchHalf(va: bigint, isFirst = false): number | undefined {
    const pa = this.translateFetch(va)
    if (pa === undefined) return undefined
    if (isFirst) this.recorder?.source(pa)
    const at = this.cachedLine(pa) * LINE_BYTES + Number(pa % BigInt(LINE_BYTES))
    const { u8 } = this.icache.data
    return u8[at] | (u8[at + 1] << 8)
  }

  /** Takes the exception that a refused access is. Always undefined. */
  fault(fault: Fault, kind: 'fetch' | 'load' | 'store', va: bigint): undefined {
    this.trap(faultCause[fault][kind], va)
  }

  /** The walker reads memory only: a page table in a device's range is an access fault. */
  #readPte(pa: bigint): bigint | undefined {
    return this.bus.memoryOffset(pa, 8) < 0 ? undefined : this.bus.load(pa, 8)
  }

  #lines(): InterruptLines {
    return {
      set: (bit, level) => {
        // Also where no line changes: what was stored to the CLINT may have moved the next timer event.
        this.#timerDue = undefined
        if (this.timing === undefined) this.#setLine(bit, level)
        else this.#lineChanges.set(bit, level, this.hart)
        this.attention = true
      },
    }
  }

  #setLine(bit: number, level: boolean): void {
    const { hart } = this
    hart.interruptLines = level ? hart.interruptLines | (1 << bit) : hart.interruptLines & ~(1 << bit)
    this.attention = true
  }

  #currentContexts(): { data: AccessContext; fetch: AccessContext } {
    const contexts = this.#contexts
    const { csr, hart } = this
    if (contexts.epoch !== csr.translationEpoch) {
      const sum = ((csr.mstatus >> 18n) & 1n) === 1n
      const mxr = ((csr.mstatus >> 19n) & 1n) === 1n
      contexts.data = { privilege: this.traps.effectivePrivilege(), sum, mxr, satp: csr.satp }
      contexts.fetch = { privilege: hart.privilege, sum, mxr, satp: csr.satp }
      contexts.epoch = csr.translationEpoch
    }
    return contexts
  }

  /** Whether `misa` has the extension on; those that `misa` does not name always are. */
  hasExtension(extension: Extension): boolean {
    const bit = misaBits[extension] ?? 0
    return (this.csr.region.u32[csrLayout.misa / 4] & bit) === bit
  }
}

/** The table's decoder with a memory of what it has seen. */
function rememberingDecoder(rows: readonly Instruction[]): (bits: number) => Decoded | undefined {
  const decode = createDecoder(rows)
  const seen = new Map<number, Decoded | undefined>()
  return (bits) => {
    const known = seen.get(bits)
    if (known !== undefined || seen.has(bits)) return known
    if (seen.size > MOST_REMEMBERED) seen.clear()
    const decoded = decode(bits)
    seen.set(bits, decoded)
    return decoded
  }
}

const MOST_REMEMBERED = 65_536
