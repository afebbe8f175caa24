import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { enclaveType, nameBytes, PAGE_SIZE } from '../../monitor/abi.ts'
import { number } from '../../monitor/spec/outcome.ts'
import { sm2Verify, sm3 } from '../boot/sm2.ts'
import { loadElf } from '../elf/load.ts'
import { CODE_VA, DATA_VA, STACK_VA } from './agents.ts'
import { Driver } from './driver.ts'
import { image } from './image.ts'
import { memoryOf, translate } from './memory.ts'
import { type Plan, play } from './play.ts'
import { type Action, planOf } from './sequences.ts'
import { setStage } from './stage.ts'

// The measurement is what measure.h of the firmware says, of what the host built.

const firmware = await loadElf(fileURLToPath(new URL('../../monitor/images/firmware.elf', import.meta.url)))
const NONCE = 9n
const [NAME_VA, REPORT_VA] = [DATA_VA + 0x100n, DATA_VA + 0x400n]
const [R, W, X] = [2n, 4n, 8n]

const host = (name: Action['host'], ...numbers: number[]) => planOf({ host: name, enclave: 'exit', numbers })

function measurement(type: bigint, name: string, region: { pa: bigint; size: bigint }): Uint8Array {
  const bytes = image(region)
  /** A page as it counts: with the zeros at its end left out. */
  const page = (index: number) => {
    const whole = bytes.subarray(index * Number(PAGE_SIZE), (index + 1) * Number(PAGE_SIZE))
    const size = Math.ceil((whole.findLastIndex((byte) => byte !== 0) + 1) / 8) * 8
    return Buffer.concat([number(BigInt(size), 8), whole.subarray(0, size)])
  }
  return sm3(
    Buffer.concat([
      number(CODE_VA, 8),
      number(type, 8),
      nameBytes(name),
      ...[number(CODE_VA, 8), number(R | X, 8), page(6)],
      ...[number(DATA_VA, 8), number(R | W | X, 8), page(7)],
      ...[number(STACK_VA, 8), number(R | W, 8), page(8)],
      number(0n, 8),
    ]),
  )
}

test('an enclave gets a report on itself, and on a server by its name', () => {
  const driver = new Driver(firmware)
  const made = play(driver, setStage(driver), [host('createServer'), host('createEnclave', 0, 0, 1), host('run')]).point
  const [server, enclave] = [...made.state.enclaves.values()]
  expect([server.type, enclave.type, made.state.running]).toEqual(['server', 'normal', enclave.eid])

  const root = made.roots.get(enclave.eid)!
  const ask =
    (nameVa: bigint, name: string): Plan =>
    ({ memory }) => ({
      by: 'enclave',
      call: { call: 'getReport', nameVa, reportVa: REPORT_VA, nonce: NONCE },
      pokes: [{ pa: translate(memory, root, NAME_VA)!.pa, bytes: nameBytes(name) }],
    })
  const report = (nameVa: bigint, name: string) => {
    const { point, disagreements } = play(driver, made, [ask(nameVa, name)])
    expect(disagreements).toEqual([])
    expect(driver.machine.core.hart.x[10]).toBe(0n)
    const memory = memoryOf(point.snapshot)
    return memory.read(translate(memory, root, REPORT_VA)!.pa, 328)!
  }
  const subjects = [
    { nameVa: 0n, type: enclaveType.NORMAL_ENCLAVE, of: enclave },
    { nameVa: NAME_VA, type: enclaveType.SERVER_ENCLAVE, of: server },
  ]
  for (const { nameVa, type, of } of subjects) {
    const bytes = report(nameVa, server.name)
    const [monitorKey, hash] = [bytes.subarray(96, 160), bytes.subarray(160, 192)]
    const measured = measurement(BigInt(type), of.name, of.region)
    expect(hash).toEqual(sm3(Buffer.concat([measured, number(NONCE, 8)])))
    expect(sm2Verify(monitorKey, hash, bytes.subarray(192, 256))).toBe(true)
    expect(bytes.subarray(256, 264)).toEqual(number(NONCE, 8))
  }

  const asked = play(driver, made, [ask(NAME_VA, 'nobody')])
  expect(asked.disagreements).toEqual([])
  expect(BigInt.asIntN(64, driver.machine.core.hart.x[10])).toBe(-1n)
})
