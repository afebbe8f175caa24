import type { Region, RegionAllocator } from '../core/state.ts'

const SYSCALL_DEVICE = 0
const CONSOLE_DEVICE = 1
const CONSOLE_READ = 0
const CONSOLE_WRITE = 1

const SYS_WRITE = 64n
const SYS_EXIT = 93n
const EBADF = 9n
const EFAULT = 14n
const ENOSYS = 38n

/** Longer writes are cut short, as POSIX allows, so that a wild length does not stall the host. */
const LONGEST_WRITE = 65_536

/** The exit status when the target hands over an address outside memory: the front-end server gives up with -1. */
const BAD_ADDRESS_EXIT = (255n << 1n) | 1n

/** Answers that wait for `fromhost` to become free; programs wait for each one, so more than a few never pile up. */
const QUEUE_WORDS = 16

/** Set in the exit word next to the code. */
const EXITED = 1n << 32n

// Doublewords of the region.
const EXIT_WORD = 0
const READS_WORD = 1
const QUEUED_WORD = 2
const QUEUE_WORD = 3

/** Access to physical memory from the host's side, past caches and protection. */
export interface HostMemory {
  /** `size` bytes (1 or 8) at `pa`, zero-extended; undefined where there is no memory. */
  read(pa: bigint, size: number): bigint | undefined
  /** Likewise; false where there is no memory. */
  write(pa: bigint, size: number, value: bigint): boolean
}

/**
 * The host's end of the host-target interface (HTIF), as Spike's front-end server plays it.
 *
 * The target stores a command to `tohost`: device in bits 63:56, command in 55:48, payload in 47:0. The host answers in
 * `fromhost`, in the same form, as soon as that holds 0. Device 0 is the system-call proxy, device 1 the console.
 * An odd payload to the proxy means exit; an even one is the address of eight doublewords, number and arguments, the
 * first of which the result replaces. The calls are write, to descriptors 1 and 2, and exit; others give -ENOSYS.
 */
export class Htif {
  readonly tohost: bigint
  readonly fromhost: bigint
  readonly #region: Region
  readonly #memory: HostMemory
  readonly #output: (byte: number) => void
  readonly #exit: (code: number) => void

  /** `tohost` and `fromhost` are the physical addresses that the program's symbols of these names give. */
  constructor(
    allocator: RegionAllocator,
    addresses: { tohost: bigint; fromhost: bigint },
    memory: HostMemory,
    output: (byte: number) => void,
    exit: (code: number) => void,
  ) {
    this.#region = allocator.allocate((QUEUE_WORD + QUEUE_WORDS) * 8)
    this.tohost = addresses.tohost
    this.fromhost = addresses.fromhost
    this.#memory = memory
    this.#output = output
    this.#exit = exit
  }

  /** The exit code that the target gave last, or undefined while it has given none. */
  get exitCode(): number | undefined {
    const word = this.#region.u64[EXIT_WORD]
    return word === 0n ? undefined : Number(BigInt.asIntN(32, word))
  }

  /** To be called after each store to `tohost`, with the doubleword that it holds now. */
  tohostWritten(value: bigint): void {
    if (value === 0n) return
    this.#memory.write(this.tohost, 8, 0n)
    const device = Number(value >> 56n)
    const command = Number((value >> 48n) & 0xffn)
    const payload = BigInt.asUintN(48, value)
    if (device === SYSCALL_DEVICE && command === 0) this.#proxy(payload)
    else if (device === CONSOLE_DEVICE && command === CONSOLE_WRITE) this.#output(Number(payload & 0xffn))
    else if (device === CONSOLE_DEVICE && command === CONSOLE_READ) this.#region.u64[READS_WORD]++
    this.deliver()
  }

  /** Writes the oldest waiting answer to `fromhost` if that is free. Call it when the target may have freed it. */
  deliver(): void {
    const words = this.#region.u64
    const queued = Number(words[QUEUED_WORD])
    if (queued === 0 || this.#memory.read(this.fromhost, 8) !== 0n) return
    this.#memory.write(this.fromhost, 8, words[QUEUE_WORD])
    words.copyWithin(QUEUE_WORD, QUEUE_WORD + 1, QUEUE_WORD + queued)
    words[QUEUED_WORD]--
  }

  /** Console input. Returns how many bytes answered a waiting read; the sender keeps the rest for later. */
  receive(bytes: Uint8Array): number {
    const words = this.#region.u64
    const taken = Math.min(bytes.length, Number(words[READS_WORD]), QUEUE_WORDS - Number(words[QUEUED_WORD]))
    for (let i = 0; i < taken; i++) this.#respond(CONSOLE_DEVICE, CONSOLE_READ, 0x100n | BigInt(bytes[i]))
    words[READS_WORD] -= BigInt(taken)
    this.deliver()
    return taken
  }

  #proxy(payload: bigint): void {
    if ((payload & 1n) !== 0n) {
      this.#finish(payload)
      return
    }
    const number = this.#memory.read(payload, 8)
    const argument = (index: number) => this.#memory.read(payload + BigInt(index * 8), 8)
    const [a0, a1, a2] = [argument(1), argument(2), argument(3)]
    if (number === undefined || a0 === undefined || a1 === undefined || a2 === undefined) {
      this.#finish(BAD_ADDRESS_EXIT)
      return
    }
    let result = -ENOSYS
    if (number === SYS_WRITE) result = this.#systemWrite(a0, a1, a2)
    else if (number === SYS_EXIT) {
      this.#finish((a0 << 1n) | 1n)
      result = 0n
    }
    this.#memory.write(payload, 8, BigInt.asUintN(64, result))
    this.#respond(SYSCALL_DEVICE, 0, 1n)
  }

  #systemWrite(descriptor: bigint, pa: bigint, length: bigint): bigint {
    if (descriptor !== 1n && descriptor !== 2n) return -EBADF
    const count = length < LONGEST_WRITE ? Number(length) : LONGEST_WRITE
    for (let i = 0; i < count; i++) {
      const byte = this.#memory.read(pa + BigInt(i), 1)
      if (byte === undefined) return i === 0 ? -EFAULT : BigInt(i)
      this.#output(Number(byte))
    }
    return BigInt(count)
  }

  #respond(device: number, command: number, payload: bigint): void {
    const words = this.#region.u64
    const queued = Number(words[QUEUED_WORD])
    if (queued === QUEUE_WORDS) return
    words[QUEUE_WORD + queued] = (BigInt(device) << 56n) | (BigInt(command) << 48n) | payload
    words[QUEUED_WORD]++
  }

  /** `status` is an odd payload: the code above bit 0, of which the front-end server keeps an `int`. */
  #finish(status: bigint): void {
    const code = Number(BigInt.asIntN(32, status)) >> 1
    this.#region.u64[EXIT_WORD] = EXITED | BigInt.asUintN(32, BigInt(code))
    this.#exit(code)
  }
}
