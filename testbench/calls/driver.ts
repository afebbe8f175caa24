import { PAGE_SIZE } from '../../monitor/abi.ts'
import type { CoreConfig } from '../../rtl-model/core/config.ts'
import { presets } from '../../rtl-model/core/config.ts'
import type { CoreUnits } from '../../rtl-model/core/core.ts'
import { type CsrName, csrAddress } from '../../rtl-model/core/csr/addresses.ts'
import type { Observer } from '../../rtl-model/core/recorder.ts'
import type { Snapshot } from '../../rtl-model/core/snapshot.ts'
import { exceptionCode } from '../../rtl-model/core/trap.ts'
import { CLINT } from '../../rtl-model/devices/memory-map.ts'
import { instructionLength } from '../../rtl-model/isa/decode.ts'
import { InputError } from '../../traces/input-error.ts'
import type { ElfFile } from '../elf/image.ts'
import { Machine } from '../machine.ts'
import { enclaveAgent, hostAgent } from './agents.ts'
import { type PhysicalMemory, pagedMemory } from './memory.ts'
import { AGENT, RAM } from './places.ts'

/** Where the hart stands, once it waits for the test again. */
export interface Standing {
  /** Undefined where it did not come to a place to wait. */
  readonly privilege: 0 | 1 | undefined
  /** Of whoever runs. */
  readonly satp: bigint
  readonly pc: bigint
  /** x0 to x31. */
  readonly registers: readonly bigint[]
  /** Instructions and traps that it took. */
  readonly steps: number
}

/** Where the hart stands after code that may have gone anywhere. */
export interface CodeStanding extends Standing {
  /** False where whoever ran did not come back by itself within the limit, and was put back to where it waits. */
  readonly returned: boolean
}

export interface DriverOptions {
  config?: Partial<CoreConfig>
  /** Units that replace the honest ones. */
  units?: Partial<CoreUnits>
  /** Get all that the hart does. */
  observers?: readonly Observer[]
  /** Is told what is done to the hart from outside. */
  outside?: Outside
  /** What the firmware prints. */
  output?(byte: number): void
}

/** What a test does to a hart without instructions. */
export interface Outside {
  /** The hart stands still, and registers are about to be set. */
  paused(place: { readonly privilege: number; readonly pc: bigint }): void
  /** Registers were set, x0 to x31. */
  placed(registers: readonly bigint[]): void
  /** Memory was written. */
  poked(pa: bigint, bytes: Uint8Array): void
}

const BOOT_STEPS = 30_000_000
/** No call may take more. */
const CALL_STEPS = 30_000_000
/** Nobody goes on who has had the same registers so many times, thousands of instructions apart. */
const HUNG = 8

/** A host that has lost its address space may trap for ever. */
const SETUP_STEPS = 50_000
/** Holds where code goes on that jumped to where it faults. */
const LINK = 1
/** Instructions between two looks at whether code has come to its end. */
const CODE_STRIDE = 16
/** What code may take in the monitor before it counts as entering it for ever; ending an enclave takes less. */
const MONITOR_STEPS = 100_000
/** No visit of such a sort takes more. */
const NEAR_STEPS = 2048

const MTIMECMP = CLINT.base + 0x4000n
const NEVER = (1n << 64n) - 1n

/**
 * Drives a firmware by its ABI alone: the host and the enclaves wait in loops of one instruction, and what they do is put
 * into the hart's registers there.
 */
export class Driver {
  readonly machine: Machine
  /** Instructions after which nobody waits any longer for whoever runs to come back. */
  patience = CALL_STEPS
  readonly #outside: Outside | undefined
  /** Physical memory as it is now. */
  readonly memory: PhysicalMemory = pagedMemory((page) =>
    this.machine.core.bus.read(RAM.pa + BigInt(page) * PAGE_SIZE, Number(PAGE_SIZE)),
  )

  /** @throws InputError for a firmware that never hands the hart to the host. */
  constructor(firmware: ElfFile, { config, units, observers = [], outside, output = () => {} }: DriverOptions = {}) {
    this.#outside = outside
    const ram = { ramBase: RAM.pa, ramBytes: Number(RAM.size) }
    this.machine = new Machine({
      config: { ...presets.default, ...config, ...ram },
      observers,
      output,
      ...(units && { units }),
    })
    this.machine.load({ ...firmware, segments: firmware.segments.filter(({ pa }) => pa < AGENT) })
    this.write(AGENT, hostAgent.bytes)
    const { hart } = this.machine.core
    for (let left = BOOT_STEPS; left > 0 && !this.#isWaiting(); ) left -= this.#run(Math.min(left, 10_000))
    if (!this.#isWaiting()) {
      const pc = `0x${hart.pc.toString(16)}`
      throw new InputError(
        `${firmware.name}: the host at 0x${AGENT.toString(16)} was never reached; the hart is at ${pc}`,
      )
    }
  }

  /** The host goes on at `pc` with these registers, by number. */
  asHost(pc: bigint, registers: readonly bigint[]): Standing {
    return this.#go(pc, registers)
  }

  /** The running enclave does. */
  asEnclave(pc: bigint, registers: readonly bigint[]): Standing {
    return this.#go(pc, registers)
  }

  /**
   * Whoever runs executes `code`, which lies at `va` and ends with a jump to where it waits: at most `limit` instructions,
   * beside those of the monitor. A host takes its own faults: it goes on behind the instruction that faulted, or behind the
   * last jump that left the code, but never back. What it did to its CSRs and its address space stays, but for what it needs
   * to be driven: its trap vector, and being in S-mode. Where not even that brings it back, privilege is undefined: the host
   * has lost itself.
   */
  runCode(code: { va: bigint; size: bigint }, registers: readonly bigint[], limit: number): CodeStanding {
    const { hart } = this.machine.core
    const { privilege } = hart
    const satp = this.#read('satp')
    this.#setRegisters(registers)
    hart.pc = code.va
    let last = code.va - 1n
    let steps = 0
    let [left, inMonitor] = [limit, MONITOR_STEPS]
    while (left > 0 && inMonitor > 0 && this.machine.exitCode === undefined) {
      const ran = this.#run(Math.min(CODE_STRIDE, left))
      const visited = hart.privilege === 3 ? this.#leaveMonitor() : 0
      left -= ran
      inMonitor -= visited
      steps += ran + visited
      if (!this.#isWaiting()) continue
      const next = this.#behindFault(code)
      if (next === undefined || next <= last) break
      last = next
      hart.pc = next
    }
    // Whoever is lost in the monitor stays there.
    if (hart.privilege === 3) return { ...this.#standing(steps), returned: false }
    const returned = this.#isWaiting()
    const isHost = hart.privilege === 1 || (privilege === 1 && this.#read('satp') === satp)
    if (isHost && (!returned || this.#read('stvec') !== hostAgent.trap)) {
      steps += this.#putBack(returned ? this.#read('satp') : satp)
    } else if (!returned && hart.privilege === 0) {
      hart.pc = enclaveAgent.wait
    }
    return { ...this.#standing(steps), returned }
  }

  /** The timer interrupts whoever runs. */
  interrupt(registers: readonly bigint[]): Standing {
    this.#setRegisters(registers)
    const { bus } = this.machine.core
    bus.store(MTIMECMP, 8, 0n)
    this.machine.core.attention = true
    const steps = this.#untilWaiting(({ hart }) => hart.privilege === 1)
    bus.store(MTIMECMP, 8, NEVER)
    return this.#standing(steps)
  }

  /** What the host, or an enclave, writes to memory of its own. */
  write(pa: bigint, bytes: Uint8Array): void {
    this.machine.core.bus.write(pa, bytes)
    this.#outside?.poked(pa, bytes)
  }

  /** What whoever has written code does. */
  flushCode(): void {
    const { core } = this.machine
    core.icache.flush()
    core.fetchEpoch++
  }

  snapshot(): Snapshot {
    return this.machine.snapshot()
  }

  restore(snapshot: Snapshot): void {
    this.machine.restore(snapshot)
  }

  #go(pc: bigint, registers: readonly bigint[]): Standing {
    this.#setRegisters(registers)
    this.machine.core.hart.pc = pc
    return this.#standing(this.#untilWaiting(() => true))
  }

  #setRegisters(registers: readonly bigint[]): void {
    this.#outside?.paused(this.machine.core.hart)
    for (let number = 1; number < 32; number++) this.machine.core.hart.writeX(number, registers[number])
    this.#outside?.placed(registers)
  }

  /** Until the monitor hands the hart to somebody, who may be back there a few instructions later, again and again. */
  #leaveMonitor(): number {
    const { hart } = this.machine.core
    const isLeft = () => hart.privilege !== 3
    let steps = this.#until(isLeft, MONITOR_STEPS)
    for (let near = NEAR_STEPS; near > 0 && !isLeft(); near--) steps += this.#run(1)
    return isLeft() ? steps : steps + this.#until(isLeft)
  }

  /** Where a host that waits in its trap handler goes on in the code that it runs. */
  #behindFault({ va, size }: { va: bigint; size: bigint }): bigint | undefined {
    const { hart } = this.machine.core
    if (hart.privilege !== 1 || hart.pc !== hostAgent.trap) return undefined
    const isInCode = (pc: bigint) => pc >= va && pc < va + size
    const [epc, cause] = [this.#read('sepc'), this.#read('scause')]
    if (!isInCode(epc)) return isInCode(hart.x[LINK]) ? hart.x[LINK] : undefined
    // An interrupt, or SRET to U-mode: the instruction itself has not been executed.
    if (cause >> 63n === 1n || cause === BigInt(exceptionCode.instructionPage)) return epc
    const first = this.memory.read(epc, 1)!
    return epc + BigInt(instructionLength(first[0]))
  }

  /** The host sets itself up again, in S-mode. */
  #putBack(satp: bigint): number {
    const { hart, csr } = this.machine.core
    hart.privilege = 1
    csr.translationEpoch++
    const registers = Array.from({ length: 32 }, () => 0n)
    this.#setRegisters(registers.with(10, satp).with(11, hostAgent.trap))
    hart.pc = hostAgent.setup
    return this.#until(() => this.#isWaiting(), SETUP_STEPS)
  }

  #read(name: CsrName): bigint {
    return this.machine.core.csr.read(csrAddress[name], 3)!
  }

  /** Runs on, at first by little, until the hart waits. */
  #untilWaiting(isEnough: (core: Machine['core']) => boolean): number {
    return this.#until(() => this.#isWaiting() && isEnough(this.machine.core))
  }

  #until(isDone: () => boolean, most = this.patience): number {
    const { hart } = this.machine.core
    let steps = this.#run(1)
    let same = 0
    for (let stride = 64; steps < most && same < HUNG; stride = Math.min(stride * 2, 4096)) {
      if (isDone() || this.machine.exitCode !== undefined) break
      const registers = stride === 4096 ? hart.x.slice() : undefined
      steps += this.#run(stride)
      same = registers?.every((value, number) => value === hart.x[number]) ? same + 1 : 0
    }
    return steps
  }

  #run(steps: number): number {
    return this.machine.run(steps)
  }

  #isWaiting(): boolean {
    const { pc, privilege } = this.machine.core.hart
    const { _start, wait } = privilege === 1 ? hostAgent : enclaveAgent
    return privilege !== 3 && (pc === _start || pc === wait || (privilege === 1 && pc === hostAgent.trap))
  }

  #standing(steps: number): Standing {
    const { hart } = this.machine.core
    const privilege = this.#isWaiting() && this.machine.exitCode === undefined ? (hart.privilege as 0 | 1) : undefined
    const registers = [...hart.x]
    return { privilege, satp: this.#read('satp'), pc: hart.pc, registers, steps }
  }
}
