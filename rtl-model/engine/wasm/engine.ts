import { type Core, honestUnits } from '../../core/core.ts'
import { hartLayout } from '../../core/hart.ts'
import { recordLayout } from '../../core/recorder.ts'
import { PAGE_BYTES } from '../../core/state.ts'
import type { Decoded } from '../../isa/decode.ts'
import { LINE_BYTES } from '../../memory/icache.ts'
import { createEngine, type Engine } from '../engine.ts'
import { type Evaluate, evaluator, executor, unsigned } from '../execute.ts'
import { generateInterpreter, located, operations } from './interpreter.ts'
import {
  addressesOf,
  allocateRegions,
  DATA_ENTRIES,
  DATA_ENTRY_SHIFT,
  DECODED_LINE_BYTES,
  dataLayout,
  dataVersions,
  EMPTY_TAG,
  FETCH_ENTRIES,
  FETCH_ENTRY_SHIFT,
  FIRST_ROW,
  fetchLayout,
  fetchVersions,
  ILLEGAL,
  packing,
  portLayout,
} from './layout.ts'
import { TableVersions } from './table-versions.ts'

/** Longest stretch in the generated code at a time: while one call runs, V8 does not replace it by its optimised form. */
const LONGEST_RUN = 20_000

/** Compiled interpreters by what they were generated from. */
const modules = new Map<string, WebAssembly.Module>()

/**
 * The fast engine: an interpreter generated from the instruction table runs what needs no decision, and asks here for the
 * rest. What it may do without asking is in two tables, filled from the TLBs, PMP and the instruction cache, so that it does
 * what those would have said.
 */
export function createWasmEngine(core: Core): Engine {
  const { hart, csr, recorder, icache, bus, mmu, itlb, dtlb } = core
  const regions = allocateRegions(core)
  const { port, fetch, data, decoded } = regions
  const rows = core.units.instructions
  const { semantics } = operations(rows)
  /** Of each operation: the row, what it does, and the address of its data. */
  const meanings = semantics.map((meaning) => {
    const row = rows.find((candidate) => candidate.semantics === meaning)!
    return { row, execute: executor(row, core), address: dataAddress(row.semantics) }
  })

  const seen = { translation: -1, protection: -1, decode: -1, fetch: -1, itlb: -1, dtlb: -1 }
  const code = new TableVersions(fetchVersions.count, () => {
    for (let entry = 0; entry < FETCH_ENTRIES; entry++) fetch.u64[entry << (FETCH_ENTRY_SHIFT - 3)] = EMPTY_TAG
  })
  const pages = new TableVersions(dataVersions.count, () => data.u64.fill(EMPTY_TAG))
  /** Only of these is it known what their answers in M-mode depend on. */
  const isPlain = (['createMmu', 'createPmp', 'createCsrFile'] as const).every(
    (unit) => core.units[unit] === honestUnits[unit],
  )
  /** Of each line of the instruction cache, the fill that its decoded instructions belong to. */
  const decodedFill = new Uint32Array(icache.lines)

  const recordAddress = (): number => (recorder ? recorder.region.offset + recorder.index * recordLayout.bytes : 0)

  const enter = (): void => {
    if (recorder) recorder.index = (port.u32[portLayout.record / 4] - recorder.region.offset) / recordLayout.bytes
  }

  /** Brings the port up to date: tables that may be wrong are emptied, and the code returns if something must be decided. */
  const leave = (): void => {
    if (seen.decode !== csr.decodeEpoch) {
      decodedFill.fill(0)
      seen.decode = csr.decodeEpoch
      port.u64[portLayout.misalignment / 8] = csr.compressed ? 0n : 2n
      seen.fetch = -1
    }
    const isTranslationSame = seen.translation === csr.translationEpoch
    const isCodeSame = isTranslationSame && seen.fetch === core.fetchEpoch && seen.itlb === itlb.changes
    const isDataSame = isTranslationSame && seen.dtlb === dtlb.changes
    if (!isCodeSame) {
      const isSameForMachine = isPlain && seen.protection === csr.protectionEpoch && seen.fetch === core.fetchEpoch
      code.change(isSameForMachine, isPlain && hart.privilege === MACHINE)
      port.u64[portLayout.fetchVersion / 8] = BigInt(code.version)
    }
    if (!isDataSame) {
      pages.change(
        isPlain && seen.protection === csr.protectionEpoch,
        isPlain && core.dataContext().privilege === MACHINE,
      )
      port.u64[portLayout.dataVersion / 8] = BigInt(pages.version) << dataVersions.shift
    }
    seen.translation = csr.translationEpoch
    seen.protection = csr.protectionEpoch
    seen.fetch = core.fetchEpoch
    seen.itlb = itlb.changes
    seen.dtlb = dtlb.changes
    if (core.attention) port.u64[portLayout.limit / 8] = 0n
  }

  const locate = (): number => {
    enter()
    const answer = find()
    leave()
    return answer
  }

  /** The page of code that was found last, by the words of its virtual address, and what a use of it does to the ITLB. */
  let codePage = { low: -1, high: -1, pa: 0n, itlbIndex: -1, translation: -1, itlb: -1 }
  const itlbReplacement = new Uint32Array(core.memory.buffer, itlb.replacementOffset, 1)
  const pcWords = hart.region.u32.subarray(hartLayout.pc / 4, hartLayout.pc / 4 + 2)

  /** Whether code on the page of pc may be fetched without asking, after asking once; leaves it in `codePage`. */
  const findCodePage = (): boolean => {
    const [low, high] = [(pcWords[0] & -PAGE_BYTES) >>> 0, pcWords[1]]
    const isSame = codePage.low === low && codePage.high === high
    if (isSame && codePage.translation === csr.translationEpoch && codePage.itlb === itlb.changes) {
      const { and, or } = touchOf(codePage.itlbIndex)
      itlbReplacement[0] = (itlbReplacement[0] & and) | or
      return true
    }
    const grant = mmu.pageGrant(hart.pc, core.fetchContext())
    if (grant?.fetch !== true || bus.memoryOffset(grant.page, PAGE_BYTES) < 0) return false
    const { page: pa, itlbIndex } = grant
    codePage = { low, high, pa, itlbIndex, translation: csr.translationEpoch, itlb: itlb.changes }
    return findCodePage()
  }

  const touchOf = (itlbIndex: number) => (itlbIndex < 0 ? noTouch : itlb.touchMasks(itlbIndex))

  const find = (): number => {
    if (!findCodePage()) {
      // A TLB miss or a page that PMP divides, at the least: ask in full, and then once more whether to remember.
      begin()
      if (core.translateFetch(hart.pc) === undefined) return located.trapped
      if (!findCodePage()) return fetchSingle()
    }
    const inPage = pcWords[0] % PAGE_BYTES
    const pa = codePage.pa + BigInt(inPage)
    const line = core.cachedLine(pa)
    const inLine = inPage % LINE_BYTES
    const straddles = inLine === LINE_BYTES - 2 && (icache.data.u8[line * LINE_BYTES + inLine] & 3) === 3
    if (straddles) {
      const answer = fetchSingle()
      // The other half may be on another page that is translated, or have taken the place of this one.
      const isOnePage = inPage < PAGE_BYTES - 2 || (isPlain && codePage.itlbIndex < 0)
      if (answer === located.trapped || !isOnePage || icache.lookup(pa) !== line) return answer
    }
    leave()
    fillFetch(pa, line, codePage.itlbIndex, port.u32[portLayout.bits / 4])
    return located.line
  }

  const begin = (): void => recorder?.begin(hart.pc, 0, hart.privilege, core.timing ? 0n : hart.clock)

  const fetchSingle = (): number => {
    begin()
    const bits = core.fetch()
    if (bits === undefined) return located.trapped
    if (recorder) port.u64[portLayout.source / 8] = recorder.sourceOfPresent
    port.u32[portLayout.bits / 4] = bits
    return located.single
  }

  /** Puts the line of pc, which lies at `pa`, into the fetch table. */
  const fillFetch = (pa: bigint, line: number, itlbIndex: number, straddlingBits: number): void => {
    const [low, high] = pcWords
    const entry = (Math.floor(low / LINE_BYTES) % FETCH_ENTRIES) << FETCH_ENTRY_SHIFT
    if (decodedFill[line] !== icache.fillNumber(line)) {
      decoded.u8.fill(0, line * DECODED_LINE_BYTES, (line + 1) * DECODED_LINE_BYTES)
      decodedFill[line] = icache.fillNumber(line)
    }
    const touch = touchOf(itlbIndex)
    fetch.u32[entry / 4] = (low & -LINE_BYTES) | code.version
    fetch.u32[entry / 4 + 1] = high
    fetch.u32[(entry + fetchLayout.decoded) / 4] = decoded.offset + line * DECODED_LINE_BYTES
    fetch.u32[(entry + fetchLayout.lineData) / 4] = icache.data.offset + line * LINE_BYTES
    fetch.u32[(entry + fetchLayout.touchAnd) / 4] = touch.and
    fetch.u32[(entry + fetchLayout.touchOr) / 4] = touch.or
    fetch.u64[(entry + fetchLayout.straddling) / 8] = 0n
    fetch.u32[(entry + fetchLayout.straddlingBits) / 4] = straddlingBits
    fetch.u64[(entry + fetchLayout.source) / 8] = pa
  }

  const execute = (packed: number, immediate: number, rawBits: number): void => {
    enter()
    const bits = (rawBits & 3) === 3 ? rawBits >>> 0 : rawBits & 0xffff
    const operation = packed & 255
    if (operation === ILLEGAL) {
      core.undecoded(bits)
    } else {
      const { row, execute, address } = meanings[operation - FIRST_ROW]
      const rd = (packed >>> packing.rd) & 31
      const rs1 = ((packed >>> packing.rs1) & 255) / 8
      const rs2 = (packed >>> packing.rs2) / 8
      const instruction: Decoded = { row, rd, rs1, rs2, immediate }
      const { pc } = hart
      const next = unsigned(pc + ((packed >>> packing.wide) & 1 ? 4n : 2n))
      // What is no expression does not ask for values.
      const operands =
        row.semantics.kind === 'system'
          ? { ...noOperands, next }
          : { rs1: hart.x[rs1], rs2: hart.x[rs2], immediate: unsigned(BigInt(immediate)), pc, next, memory: 0n }
      const to = execute(core, instruction, bits, operands)
      if (to !== undefined) {
        hart.pc = to
        leave()
        if (address) fillData(address(operands), row.semantics.kind !== 'load')
        return
      }
    }
    leave()
  }

  /** Lets the code access the page of `va` from now on: the kind of access that was just made, and the other if it was. */
  const fillData = (va: bigint, stores: boolean): void => {
    const grant = mmu.pageGrant(va, core.dataContext())
    if (grant === undefined) return
    const offset = bus.memoryOffset(grant.page, PAGE_BYTES)
    if (offset < bus.ramOffset) return
    const page = va & ~BigInt(PAGE_BYTES - 1)
    const tag = page | (BigInt(pages.version) << dataVersions.shift)
    const entry = Number((page / BigInt(PAGE_BYTES)) % BigInt(DATA_ENTRIES)) << DATA_ENTRY_SHIFT
    const loadAt = (entry + dataLayout.loadTag) / 8
    const storeAt = (entry + dataLayout.storeTag) / 8
    // A page becomes writable here once it is marked as written, which the store that led here has done.
    const stored = data.u64[storeAt] === tag && data.u64[loadAt] === tag
    data.u64[loadAt] = grant.load ? tag : EMPTY_TAG
    data.u64[storeAt] = (stores || stored) && grant.store && !bus.watchesPage(grant.page) ? tag : EMPTY_TAG
    const touch = grant.dtlbIndex < 0 ? noTouch : dtlb.touchMasks(grant.dtlbIndex)
    data.u32[(entry + dataLayout.page) / 4] = offset
    data.u32[(entry + dataLayout.touchAnd) / 4] = touch.and
    data.u32[(entry + dataLayout.touchOr) / 4] = touch.or
  }

  const module = interpreterModule(core, regions)
  const instance = new WebAssembly.Instance(module, { env: { memory: core.memory, locate, execute } })
  const run = instance.exports.run as () => void

  return createEngine(core, (budget) => {
    port.u64[portLayout.limit / 8] = hart.steps + BigInt(Math.min(budget, LONGEST_RUN))
    port.u32[portLayout.record / 4] = recordAddress()
    leave()
    run()
    enter()
  })
}

const MACHINE = 3
const noOperands = { rs1: 0n, rs2: 0n, immediate: 0n, pc: 0n, next: 0n, memory: 0n }
const noTouch = { and: 0xffff_ffff, or: 0 }

/** Where a load, store or AMO has its data; undefined for any other instruction. */
function dataAddress(semantics: Decoded['row']['semantics']): Evaluate | undefined {
  if (semantics.kind === 'load' || semantics.kind === 'store') return evaluator(semantics.address)
  return semantics.kind === 'amo' ? ({ rs1 }) => rs1 : undefined
}

function interpreterModule(core: Core, regions: ReturnType<typeof allocateRegions>): WebAssembly.Module {
  const addresses = addressesOf(core, regions)
  const rows = core.units.instructions
  const key = JSON.stringify([rows, { ...addresses, physicalOffset: String(addresses.physicalOffset) }], (_, value) =>
    typeof value === 'bigint' ? String(value) : value,
  )
  let module = modules.get(key)
  if (module === undefined) {
    module = new WebAssembly.Module(generateInterpreter(rows, addresses))
    modules.set(key, module)
  }
  return module
}
