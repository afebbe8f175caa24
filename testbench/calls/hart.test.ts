import { fileURLToPath } from 'node:url'
import { beforeEach, describe, expect, test } from 'vitest'
import { type HostCall, hostRegisters, PAGE_SIZE, setPte } from '../../monitor/abi.ts'
import { csrAddress } from '../../rtl-model/core/csr/addresses.ts'
import { CLINT } from '../../rtl-model/devices/memory-map.ts'
import { loadElf } from '../elf/load.ts'
import { enclaveAgent, hostAgent } from './agents.ts'
import { Driver, type Standing } from './driver.ts'
import { PTE, slot } from './places.ts'
import { play } from './play.ts'
import { type Action, planOf } from './sequences.ts'
import { setStage } from './stage.ts'

// What a monitor does for the host's hart, beside the calls of its ABI.

const firmware = await loadElf(fileURLToPath(new URL('../../monitor/images/firmware.elf', import.meta.url)))
const [A0, A1, A6, A7] = [10, 11, 16, 17]

let driver: Driver
beforeEach(() => {
  driver = new Driver(firmware)
})

/** The host goes on at `pc` with these registers, by number, and zeros in all others. */
const asHost = (pc: bigint, registers: Readonly<Record<number, bigint>> = {}): Standing =>
  driver.asHost(
    pc,
    Array.from({ length: 32 }, (_, number) => registers[number] ?? 0n),
  )

function hostCalls(call: HostCall): bigint {
  const registers = hostRegisters(call).map((value, index) => [A0 + index, value])
  return asHost(hostAgent.call, Object.fromEntries(registers)).registers[A0]
}

describe('sfence.vma traps, and yet forgets translations that the host has changed', () => {
  const [old, now] = [slot(0).pa, slot(1).pa]
  /** The host's entry for the page that it has mapped where it lies. */
  const entry = PTE + 3n * PAGE_SIZE
  const load = () => asHost(hostAgent.load, { [A1]: old }).registers[A0]

  test.each(['fence', 'fencePage', 'fenceSpace'] as const)('%s', (fence) => {
    setStage(driver)
    driver.write(old, Uint8Array.of(1))
    driver.write(now, Uint8Array.of(2))
    expect(load()).toBe(1n)
    const value = ((now / PAGE_SIZE) << 10n) | 0xcfn
    expect(hostCalls({ call: 'setPte', operation: setPte.SET_PTE_ONE, pa: entry, value, size: 0n })).toBe(0n)
    // The TLB has the old translation, or the rest would show nothing.
    expect(load()).toBe(1n)
    expect(asHost(hostAgent[fence], { [A1]: old }).pc).toBe(hostAgent.wait)
    expect(load()).toBe(2n)
  })
})

describe('a message from hart to hart', () => {
  const MSIP = CLINT.base
  const SBI_IPI = 0x735049n
  const SSIP = 1n << 1n
  const pending = () => driver.machine.core.csr.read(csrAddress.mip, 3)! & SSIP
  const action = (host: Action['host']) => planOf({ host, enclave: 'exit', numbers: [] })

  test('takes the hart from an enclave, to which the host returns later', () => {
    const { point } = play(driver, setStage(driver), [action('createEnclave'), action('run')])
    const { core } = driver.machine
    expect([core.hart.privilege, pending()]).toEqual([0, 0n])
    core.hart.writeX(A1, 77n)
    core.bus.store(MSIP, 4, 1n)
    core.attention = true
    driver.machine.run(10_000)
    // Reason 1 is the timer's; Penglai has no other for an interrupt.
    expect([core.hart.privilege, core.hart.x[A0], core.hart.x[A1]]).toEqual([1, 0n, 1n])
    expect([pending(), core.bus.load(MSIP, 4)]).toEqual([SSIP, 0n])
    const eid = BigInt(point.state.running!)
    hostCalls({ call: 'resumeEnclave', eid, reason: 0n, ocall: 0n, result0: 0n, result1: 0n })
    expect([core.hart.privilege, core.hart.x[A1], core.hart.pc]).toEqual([0, 77n, enclaveAgent._start])
  })

  test('that the host sends to itself waits for it while an enclave runs', () => {
    const stage = setStage(driver)
    expect(asHost(hostAgent.call, { [A7]: SBI_IPI, [A6]: 0n, [A0]: 1n }).registers[A0]).toBe(0n)
    expect(pending()).toBe(SSIP)
    const ready = { ...stage, snapshot: driver.snapshot() }
    expect(play(driver, ready, [action('createEnclave'), action('run')]).disagreements).toEqual([])
    expect([driver.machine.core.hart.privilege, pending()]).toEqual([0, SSIP])
  })

  test('to a hart that is not there is refused', () => {
    setStage(driver)
    expect(BigInt.asIntN(64, asHost(hostAgent.call, { [A7]: SBI_IPI, [A0]: 2n }).registers[A0])).toBe(-3n)
    expect(pending()).toBe(0n)
  })
})
