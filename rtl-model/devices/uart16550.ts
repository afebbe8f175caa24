import type { Region, RegionAllocator } from '../core/state.ts'
import type { Device } from './device.ts'
import { UART16550 } from './memory-map.ts'

const FIFO_BYTES = 64

// Register offsets; the first two change their meaning while DLAB is set.
const DATA = 0
const IER = 1
const IIR_OR_FCR = 2
const LCR = 3
const MCR = 4
const LSR = 5
const MSR = 6
const SCR = 7

const IER_RECEIVED_DATA = 0x01
const IER_TRANSMITTER_EMPTY = 0x02
const IIR_NONE = 0x01
const IIR_TRANSMITTER_EMPTY = 0x02
const IIR_RECEIVED_DATA = 0x04
const IIR_FIFO = 0xc0
const FCR_ENABLE = 0x01
const FCR_CLEAR_RECEIVER = 0x02
const FCR_CLEARS = 0x06
const LCR_DLAB = 0x80
const MCR_OUT2 = 0x08
const MCR_LOOP = 0x10
const LSR_DATA_READY = 0x01
const LSR_TRANSMITTER_EMPTY = 0x60
const MSR_CARRIER_READY_CLEAR_TO_SEND = 0xb0
const RESET_DIVISOR = 0x0c

// Bytes of the region.
const AT_IER = 0
const AT_FCR = 1
const AT_LCR = 2
const AT_MCR = 3
const AT_SCR = 4
const AT_DLL = 5
const AT_DLM = 6
const AT_TRANSMITTER_EVENT = 7
const AT_HEAD = 8
const AT_COUNT = 9
const AT_FIFO = 16

/** The wires into the interrupt controller, as `Plic` has them. */
interface InterruptSources {
  setSource(source: number, level: boolean): void
}

/**
 * UART 16550A: registers one byte apart, byte accesses only, a receiver FIFO of 64 bytes, a transmitter that is always
 * empty. Registers, sizes and reset values are those of Spike.
 *
 * Where Spike simplifies, this follows the data sheet (PC16550D, table IV): received data goes before transmitter empty
 * in IIR, and a read of IIR that names the empty transmitter takes that interrupt away until the next byte is sent.
 */
export class Uart16550 implements Device {
  readonly name = 'uart16550'
  readonly base = UART16550.base
  readonly size = UART16550.size
  readonly #region: Region
  readonly #interrupts: InterruptSources
  readonly #output: (byte: number) => void
  readonly #source: number

  /** `output` gets every byte sent; `source` is the number at the interrupt controller: 1 in Spike, 10 in QEMU. */
  constructor(allocator: RegionAllocator, interrupts: InterruptSources, output: (byte: number) => void, source = 1) {
    this.#region = allocator.allocate(AT_FIFO + FIFO_BYTES)
    this.#interrupts = interrupts
    this.#output = output
    this.#source = source
    this.#region.u8[AT_MCR] = MCR_OUT2
    this.#region.u8[AT_DLL] = RESET_DIVISOR
  }

  /**
   * Bytes arrive on the line. Returns how many the FIFO took; the sender keeps the rest for later. None are taken while
   * software has the FIFO off or the loop-back on.
   */
  receive(bytes: Uint8Array): number {
    const state = this.#region.u8
    if ((state[AT_FCR] & FCR_ENABLE) === 0 || (state[AT_MCR] & MCR_LOOP) !== 0) return 0
    const taken = Math.min(bytes.length, FIFO_BYTES - state[AT_COUNT])
    for (let i = 0; i < taken; i++) this.#push(bytes[i])
    this.#drive()
    return taken
  }

  load(offset: number, size: number): bigint | undefined {
    if (size !== 1) return undefined
    const value = this.#read(offset & 7)
    this.#drive()
    return BigInt(value)
  }

  store(offset: number, size: number, value: bigint): boolean {
    if (size !== 1) return false
    this.#write(offset & 7, Number(value & 0xffn))
    this.#drive()
    return true
  }

  #read(register: number): number {
    const state = this.#region.u8
    const divisor = (state[AT_LCR] & LCR_DLAB) !== 0
    switch (register) {
      case DATA:
        return divisor ? state[AT_DLL] : this.#pop()
      case IER:
        return divisor ? state[AT_DLM] : state[AT_IER]
      case IIR_OR_FCR: {
        const id = this.#interruptId()
        if (id === IIR_TRANSMITTER_EMPTY) state[AT_TRANSMITTER_EVENT] = 0
        return id | IIR_FIFO
      }
      case LCR:
        return state[AT_LCR]
      case MCR:
        return state[AT_MCR]
      case LSR:
        return LSR_TRANSMITTER_EMPTY | (state[AT_COUNT] > 0 ? LSR_DATA_READY : 0)
      case MSR:
        return MSR_CARRIER_READY_CLEAR_TO_SEND
      default:
        return state[AT_SCR]
    }
  }

  #write(register: number, value: number): void {
    const state = this.#region.u8
    const divisor = (state[AT_LCR] & LCR_DLAB) !== 0
    switch (register) {
      case DATA:
        if (divisor) state[AT_DLL] = value
        else this.#send(value)
        return
      case IER:
        if (divisor) state[AT_DLM] = value
        else {
          if ((value & ~state[AT_IER] & IER_TRANSMITTER_EMPTY) !== 0) state[AT_TRANSMITTER_EVENT] = 1
          state[AT_IER] = value & 0x0f
        }
        return
      case IIR_OR_FCR:
        if ((value & FCR_CLEAR_RECEIVER) !== 0) state[AT_COUNT] = 0
        state[AT_FCR] = value & ~FCR_CLEARS
        return
      case LCR:
        state[AT_LCR] = value
        return
      case MCR:
        state[AT_MCR] = value
        return
      case SCR:
        state[AT_SCR] = value
        return
      default:
        // LSR and MSR: writing them is for factory tests.
        return
    }
  }

  #send(byte: number): void {
    const state = this.#region.u8
    if ((state[AT_MCR] & MCR_LOOP) === 0) this.#output(byte)
    else if (state[AT_COUNT] < FIFO_BYTES) this.#push(byte)
    state[AT_TRANSMITTER_EVENT] = 1
  }

  #push(byte: number): void {
    const state = this.#region.u8
    state[AT_FIFO + ((state[AT_HEAD] + state[AT_COUNT]) % FIFO_BYTES)] = byte
    state[AT_COUNT]++
  }

  /** The oldest byte received; 0 if there is none. */
  #pop(): number {
    const state = this.#region.u8
    if (state[AT_COUNT] === 0) return 0
    const byte = state[AT_FIFO + state[AT_HEAD]]
    state[AT_HEAD] = (state[AT_HEAD] + 1) % FIFO_BYTES
    state[AT_COUNT]--
    return byte
  }

  #interruptId(): number {
    const state = this.#region.u8
    if ((state[AT_IER] & IER_RECEIVED_DATA) !== 0 && state[AT_COUNT] > 0) return IIR_RECEIVED_DATA
    if ((state[AT_IER] & IER_TRANSMITTER_EMPTY) !== 0 && state[AT_TRANSMITTER_EVENT] !== 0) return IIR_TRANSMITTER_EMPTY
    return IIR_NONE
  }

  #drive(): void {
    this.#interrupts.setSource(this.#source, this.#interruptId() !== IIR_NONE)
  }
}
