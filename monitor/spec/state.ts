import { type EnclaveState, PAGE_SIZE, SM_BASE, SM_SIZE } from '../abi.ts'
import { Owners } from './owners.ts'

/** Bytes of physical memory. */
export interface Range {
  readonly pa: bigint
  readonly size: bigint
}

/** Who owns a page. Pages that nobody else owns are the host's. */
export type Owner =
  | 'host'
  | 'monitor'
  /** The host's page tables: the host may read them, and the monitor writes them. */
  | 'tables'
  | 'bitmap'
  /** Given to the monitor for what it keeps. */
  | 'pool'
  | `enclave ${number}`
  | `template ${number}`
  | `relay ${number}`
  | `share ${bigint}`

/** x0 to x31 and the next instruction of a domain that waits. */
export interface Context {
  readonly registers: readonly bigint[]
  readonly pc: bigint
}

/** Memory that the host gave on an ocall: its first page is the monitor's to use, what follows is mapped at `va`. */
export interface Area extends Range, Owed {
  readonly va: bigint
}

/** Memory that a call passed goes back to the host if the call comes to nothing. */
export interface Owed {
  /** The calls under way that passed it on, one after the other. */
  readonly owed: number
}

/** Where the host wants an enclave's ocalls and what it exits with, as physical addresses. */
export interface Pointers {
  readonly ocall: bigint
  readonly arg0: bigint
  readonly arg1: bigint
  readonly retval: bigint
}

export interface Enclave {
  readonly eid: number
  /** Never the same for two enclaves. */
  readonly serial: number
  readonly type: 'normal' | 'server'
  readonly name: string
  readonly state: EnclaveState
  /** The host's address space that it belongs to. */
  readonly satp: bigint
  readonly entry: bigint
  /** Whether it can execute what lies there; otherwise it ends as soon as it starts. */
  readonly canStart: boolean
  readonly region: Range
  readonly pointers: Pointers
  /** The host's kernel page, and host memory, that are mapped in it too. */
  readonly kbuffer: Range | undefined
  readonly shm: Range | undefined
  /** The template that it was forked from. */
  readonly template: number | undefined
  readonly mmaps: readonly Area[]
  /** The highest first. */
  readonly heap: readonly Area[]
  /** What it asked of the host and waits for. */
  readonly pending: { readonly ocall: bigint; readonly arg0: bigint; readonly arg1: bigint } | undefined
  /** Who waits for it, and whom it waits for. */
  readonly caller: number | undefined
  readonly callee: number | undefined
  /** Of the call that it waits for: where its argument lies, and what it passed. */
  readonly calling: { readonly argVa: bigint; readonly va: bigint; readonly size: bigint } | undefined
  /** While it does not run. */
  readonly context: Context | undefined
}

export interface Template {
  readonly id: number
  readonly entry: bigint
  /** As an enclave's. */
  readonly canStart: boolean
  readonly region: Range
  /** The hash in reports on it and on its forks, by nonce: it comes from their common measurement and from that alone. */
  readonly certified: ReadonlyMap<bigint, Uint8Array>
}

/** A range that goes from enclave to enclave by name. */
export interface Relay extends Range, Owed {
  readonly id: number
  readonly name: string
  /** Where it is mapped, if anywhere. */
  readonly holder: { readonly eid: number; readonly va: bigint } | undefined
}

/** Memory that enclaves share under a key. Its first page is the monitor's to use. */
export interface Share extends Range {
  readonly key: bigint
  /** Enclaves by eid, and where it is mapped in them. */
  readonly attached: ReadonlyMap<number, bigint>
  /** Goes when the last enclave leaves it. */
  readonly doomed: boolean
}

export interface State {
  readonly ram: Range
  /** Of pages by number: the address in pages. */
  readonly owners: Owners
  /** The host's page tables, once the monitor has been told of them. */
  readonly tables: Range | undefined
  /** Where in them the second and third level begin, once they are apart; from then on the host's writes of satp trap. */
  readonly levels: { readonly pmd: bigint; readonly pte: bigint } | undefined
  /** How often the host gave memory for the monitor to use. */
  readonly donations: number
  readonly enclaves: ReadonlyMap<number, Enclave>
  readonly templates: ReadonlyMap<number, Template>
  readonly relays: ReadonlyMap<number, Relay>
  readonly shares: ReadonlyMap<bigint, Share>
  /** What `acquire_enclave` gave, and the serial of the server that it means for ever. */
  readonly handles: ReadonlyMap<bigint, number>
  /** The eid of the enclave on the hart; undefined while the host runs. */
  readonly running: number | undefined
  /** The host while an enclave runs. */
  readonly host: Context | undefined
  /** Enclaves started since the last template was made. */
  readonly runs: bigint
  readonly nextSerial: number
  readonly nextRelay: number
}

/** The monitor as it hands the hart to the host for the first time. */
export function initialState(ram: Range): State {
  const state: State = {
    ram,
    owners: new Owners(),
    tables: undefined,
    levels: undefined,
    donations: 0,
    enclaves: new Map(),
    templates: new Map(),
    relays: new Map(),
    shares: new Map(),
    handles: new Map(),
    running: undefined,
    host: undefined,
    runs: 0n,
    nextSerial: 0,
    nextRelay: 0,
  }
  return give(state, { pa: SM_BASE, size: SM_SIZE }, 'monitor')
}

/** Numbers of the pages of a range whose ends are on pages. */
export function* pageNumbers({ pa, size }: Range): Generator<bigint> {
  for (let page = pa / PAGE_SIZE; page < (pa + size) / PAGE_SIZE; page++) yield page
}

/** The state in which all pages of `range` are `owner`'s. */
export function give(state: State, range: Range, owner: Owner): State {
  const owners = state.owners.given(pageOf(range.pa), pageOf(range.pa + range.size), owner)
  return { ...state, owners }
}

/** Number of the page at `pa`. */
export const pageOf = (pa: bigint): number => Number(pa / PAGE_SIZE)

/** The owner of the page at `pa`, or undefined where there is no memory. */
export function ownerAt(state: State, pa: bigint): Owner | undefined {
  const { ram } = state
  if (pa < ram.pa || pa >= ram.pa + ram.size) return undefined
  return state.owners.of(pageOf(pa))
}

/** Whether `owner` owns every byte of a range, which may begin and end anywhere. No bytes are nobody's. */
export function owns(state: State, owner: Owner, { pa, size }: Range): boolean {
  if (size <= 0n || pa < state.ram.pa || pa + size > state.ram.pa + state.ram.size) return false
  return state.owners.areAll(owner, pageOf(pa), pageOf(pa + size - 1n) + 1)
}

export const overlaps = (a: Range, b: Range): boolean => a.pa < b.pa + b.size && b.pa < a.pa + a.size

export const isPages = ({ pa, size }: Range): boolean => pa % PAGE_SIZE === 0n && size % PAGE_SIZE === 0n && size > 0n

/** Whether the host may give these pages away: they are its own, and no enclave has them mapped as the host's. */
export function canTake(state: State, range: Range): boolean {
  if (!isPages(range) || !owns(state, 'host', range)) return false
  for (const { kbuffer, shm } of state.enclaves.values()) {
    if ((kbuffer && overlaps(range, kbuffer)) || (shm && overlaps(range, shm))) return false
  }
  return true
}

/** Pages of the host that are mapped in the enclave. */
export function lent({ kbuffer, shm }: Enclave): Range[] {
  return [kbuffer, shm].filter((range) => range !== undefined)
}

/** The state with an enclave as it is now. */
export function withEnclave(state: State, enclave: Enclave): State {
  return { ...state, enclaves: new Map(state.enclaves).set(enclave.eid, enclave) }
}

/** The enclave that the host started, at the other end of the chain of calls. */
export function topOf(state: State, enclave: Enclave): Enclave {
  let top = enclave
  while (top.caller !== undefined) top = state.enclaves.get(top.caller)!
  return top
}

/** The enclave of the chain that is to run next. */
export function tailOf(state: State, enclave: Enclave): Enclave {
  let tail = enclave
  while (tail.callee !== undefined) tail = state.enclaves.get(tail.callee)!
  return tail
}

/** The relay regions mapped in an enclave, in order of address. */
export function relaysOf(state: State, eid: number): Relay[] {
  return [...state.relays.values()]
    .filter(({ holder }) => holder?.eid === eid)
    .sort((a, b) => (a.holder!.va < b.holder!.va ? -1 : 1))
}
