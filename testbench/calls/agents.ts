/** What the host and the enclaves of the tests run: one ecall, and a place to wait, from where the test drives the hart. */

import { csrAddress } from '../../rtl-model/core/csr/addresses.ts'
import { type Assembled, assemble } from '../assembler/assemble.ts'
import { AGENT } from './places.ts'

/** Where agents go on instead of waiting: labels of whoever puts more behind them, near enough for a short jump. */
interface Ways {
  readonly start: string
  readonly wait: string
}

/** The host's, for AGENT. */
export const hostSource = ({ start, wait, trap }: Ways & { readonly trap: string }): string => `
_start:  j ${start}
call:    ecall
wait:    j ${wait}
setup:   csrw satp, a0
         csrw stvec, a1
         sfence.vma
         fence.i
         j wait
space:   csrw satp, a0
         j wait
load:    ld a0, 0(a1)
         j wait
store:   sd a0, 0(a1)
         j wait
fence:   sfence.vma
         j wait
fencePage: sfence.vma a1
         j wait
fenceSpace: sfence.vma a1, a0
         j wait
         .balign 4
trap:    j ${trap}
`

const host = assembleAgent(hostSource({ start: '_start', wait: 'wait', trap: 'trap' }), AGENT)

/** Virtual addresses in an enclave: its code, its data, the page of its stack. */
export const CODE_VA = 0x1000n
export const DATA_VA = 0x2000n
export const STACK_VA = 0x37_ffff_f000n
/** Where the code is put that a test gives an enclave: the second half of its data page. */
export const ENCLAVE_CODE = { va: DATA_VA + 0x800n, size: 0x800n }

/** An enclave's, for CODE_VA. */
export const enclaveSource = ({ start, wait }: Ways): string => `
_start:  j ${start}
call:    ecall
wait:    j ${wait}
load:    ld a0, 0(a1)
         j wait
`

const enclave = assembleAgent(enclaveSource({ start: '_start', wait: 'wait' }), CODE_VA)

export const hostAgent = {
  bytes: host.sections[0].bytes,
  ...labels(host, [
    '_start',
    'call',
    'wait',
    'setup',
    'space',
    'load',
    'store',
    'fence',
    'fencePage',
    'fenceSpace',
    'trap',
  ]),
}
export const enclaveAgent = { bytes: enclave.sections[0].bytes, ...labels(enclave, ['_start', 'call', 'wait', 'load']) }

/** Assembles an agent, with what else there is behind it. */
export function assembleAgent(source: string, base: bigint): Assembled {
  const numbers = new Map<string, number>(Object.entries(csrAddress))
  return assemble(source, 'agent', { base, csrNumber: (name) => numbers.get(name) })
}

function labels<Name extends string>({ symbols }: Assembled, names: readonly Name[]) {
  const addresses = names.map((name) => [name, symbols.find((symbol) => symbol.name === name)!.address])
  return Object.fromEntries(addresses) as Record<Name, bigint>
}
