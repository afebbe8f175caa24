import { type CommitBatch, writesPerRow } from './commit-batch.ts'
import { Evidence } from './generation.ts'

const lineFeed = 0x0a
const space = 0x20
const open = 0x28
const close = 0x29
const zero = 0x30
const letterC = 0x63
const letterE = 0x65
const letterM = 0x6d
const letterO = 0x6f
const letterR = 0x72
const letterX = 0x78
const underscore = 0x5f

/** Value of a hex digit by its character; negative for any other character, so that an OR of several stays negative. */
const nibble = new Int8Array(256).fill(-1)
for (let value = 0; value < 16; value++) nibble[value.toString(16).charCodeAt(0)] = value

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39
}

/** Eight hex digits; -1 when one of them is none. */
function word(bytes: Uint8Array, at: number): number {
  const a = nibble[bytes[at]]
  const b = nibble[bytes[at + 1]]
  const c = nibble[bytes[at + 2]]
  const d = nibble[bytes[at + 3]]
  const e = nibble[bytes[at + 4]]
  const f = nibble[bytes[at + 5]]
  const g = nibble[bytes[at + 6]]
  const h = nibble[bytes[at + 7]]
  if ((a | b | c | d | e | f | g | h) < 0) return -1
  return ((a << 28) | (b << 24) | (c << 20) | (d << 16) | (e << 12) | (f << 8) | (g << 4) | h) >>> 0
}

function isHexMark(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === zero && bytes[at + 1] === letterX
}

/**
 * Reads the commit line that starts at `start` into a new row of the batch, when it has the common shape: at most two x
 * registers, two CSRs, one load and one store, hart below 1000. The grammar defines what a line means; this only gets
 * there sooner. A line feed has to follow somewhere in `bytes`, and the batch has to have room.
 * @returns where the next line starts, or -1 when the line is for the grammar; the batch is then unchanged.
 */
export function scanCommit(bytes: Uint8Array, start: number, line: number, batch: CommitBatch): number {
  const row = batch.rows
  let at = start
  let evidence: number = Evidence.bareCommit
  let hart = 0

  if (bytes[at] === letterC) {
    if (bytes[at + 1] !== letterO || bytes[at + 2] !== letterR || bytes[at + 3] !== letterE) return -1
    if (bytes[at + 4] !== space || bytes[at + 8] !== 0x3a || bytes[at + 9] !== space) return -1
    hart = bytes[at + 7] - zero
    if (hart < 0 || hart > 9) return -1
    if (bytes[at + 6] !== space) {
      if (!isDigit(bytes[at + 6])) return -1
      hart += (bytes[at + 6] - zero) * 10
      if (bytes[at + 5] !== space) {
        if (!isDigit(bytes[at + 5])) return -1
        hart += (bytes[at + 5] - zero) * 100
        if (hart < 100) return -1
      } else if (hart < 10) return -1
    } else if (bytes[at + 5] !== space) return -1
    evidence = Evidence.prefixedCommit
    at += 10
  }

  const privilege = bytes[at] - zero
  if (privilege !== 3 && privilege !== 0 && privilege !== 1) return -1
  if (bytes[at + 1] !== space || !isHexMark(bytes, at + 2)) return -1
  at += 4
  let pcHigh = 0
  let pcLow = word(bytes, at)
  at += 8
  const isWide = bytes[at] !== space
  if (isWide) {
    pcHigh = pcLow
    pcLow = word(bytes, at)
    at += 8
  }
  if (pcHigh < 0 || pcLow < 0) return -1

  if (bytes[at] !== space || bytes[at + 1] !== open || !isHexMark(bytes, at + 2)) return -1
  at += 4
  let instruction: number
  let length = 4
  if (bytes[at + 4] === close) {
    length = 2
    const a = nibble[bytes[at]]
    const b = nibble[bytes[at + 1]]
    const c = nibble[bytes[at + 2]]
    const d = nibble[bytes[at + 3]]
    instruction = (a | b | c | d) < 0 ? -1 : (a << 12) | (b << 8) | (c << 4) | d
    at += 5
  } else {
    instruction = word(bytes, at)
    if (bytes[at + 8] !== close) return -1
    at += 9
  }
  if (instruction < 0) return -1

  let registers = 0
  let csrs = 0
  let loads = 0
  let storeSize = 0
  let previous = -1

  while (bytes[at] === space) {
    const kind = bytes[at + 1]
    if (kind === letterM) {
      if (bytes[at + 2] !== letterE || bytes[at + 3] !== letterM || bytes[at + 4] !== space) return -1
      if (!isHexMark(bytes, at + 5) || storeSize > 0) return -1
      at += 7
      let high = 0
      let low = word(bytes, at)
      at += 8
      if (isWide) {
        high = low
        low = word(bytes, at)
        at += 8
      }
      if (high < 0 || low < 0) return -1
      if (bytes[at] === space && bytes[at + 1] === zero) {
        if (bytes[at + 2] !== letterX) return -1
        at += 3
        const first = at
        let valueHigh = 0
        let valueLow = 0
        let digit = nibble[bytes[at]]
        while (digit >= 0 && at - first <= 16) {
          valueHigh = (valueHigh << 4) | (valueLow >>> 28)
          valueLow = (valueLow << 4) | digit
          digit = nibble[bytes[++at]]
        }
        switch (at - first) {
          case 1:
            evidence |= Evidence.byteWithoutZero
            storeSize = 1
            break
          case 2:
            if (bytes[first] === zero) evidence |= Evidence.byteWithZero
            storeSize = 1
            break
          case 4:
            storeSize = 2
            break
          case 8:
            storeSize = 4
            break
          case 16:
            storeSize = 8
            break
          default:
            return -1
        }
        evidence |= Evidence.storeLogged
        batch.storeHigh[row] = high
        batch.storeLow[row] = low
        batch.storeValueHigh[row] = valueHigh
        batch.storeValueLow[row] = valueLow
      } else {
        if (loads > 0) return -1
        loads = 1
        evidence |= Evidence.loadLogged
        batch.loadHigh[row] = high
        batch.loadLow[row] = low
      }
      continue
    }
    if (loads > 0 || storeSize > 0) return -1

    let key: number
    let slot: number
    let isCsr = false
    if (kind === letterX) {
      if (registers === writesPerRow) return -1
      let number: number
      const first = bytes[at + 2]
      const second = bytes[at + 3]
      if (isDigit(first)) {
        number = first - zero
        if (isDigit(second) && number > 0) number = number * 10 + (second - zero)
        else if (second === space) evidence |= Evidence.padAfterNumber
        else return -1
      } else {
        if (first !== space || !isDigit(second)) return -1
        number = second - zero
        evidence |= Evidence.padBeforeNumber
      }
      if (number === 0 || number > 31 || bytes[at + 4] !== space) return -1
      at += 5
      slot = row * writesPerRow + registers++
      batch.register[slot] = number
      key = number << 4
    } else if (kind === letterC) {
      if (csrs === writesPerRow) return -1
      at += 2
      const first = at
      let csr = 0
      while (isDigit(bytes[at]) && at - first < 4) csr = csr * 10 + (bytes[at++] - zero)
      if (at === first || (bytes[first] === zero && at > first + 1) || csr > 4095 || bytes[at] !== underscore) return -1
      at = scanCsrName(bytes, at + 1, csr, batch)
      if (at < 0) return -1
      slot = row * writesPerRow + csrs++
      batch.csr[slot] = csr
      key = (csr << 4) | 4
      isCsr = true
      evidence |= Evidence.csrWrite
    } else return -1

    if (!isHexMark(bytes, at)) return -1
    at += 2
    let high = 0
    let low = word(bytes, at)
    at += 8
    if (isWide) {
      high = low
      low = word(bytes, at)
      at += 8
    }
    if (high < 0 || low < 0) return -1
    if (isCsr) {
      batch.csrHigh[slot] = high
      batch.csrLow[slot] = low
    } else {
      batch.registerHigh[slot] = high
      batch.registerLow[slot] = low
    }
    if (previous >= 0) {
      evidence |= Evidence.severalWrites
      if (key <= previous) evidence |= Evidence.unorderedWrites
    }
    previous = key
  }
  if (bytes[at] !== lineFeed) return -1

  if (loads === 0 && storeSize === 0) {
    const opcode = instruction & 0x7f
    if (opcode === 0x03) evidence |= Evidence.loadUnlogged
    else if (opcode === 0x23) evidence |= Evidence.storeUnlogged
  }
  batch.line[row] = line
  batch.hart[row] = hart
  batch.privilege[row] = privilege
  batch.pcHigh[row] = pcHigh
  batch.pcLow[row] = pcLow
  batch.instruction[row] = instruction
  batch.length[row] = length
  batch.registerCount[row] = registers
  batch.csrCount[row] = csrs
  batch.loads[row] = loads
  batch.storeSize[row] = storeSize
  batch.evidence |= evidence
  batch.rows = row + 1
  return at + 1
}

/** Reads a CSR's name and the blank after it; -1 when it is none, or not the name that this CSR had before. */
function scanCsrName(bytes: Uint8Array, start: number, csr: number, batch: CommitBatch): number {
  const known = batch.csrNames[csr]
  let at = start
  if (known !== undefined) {
    for (let i = 0; i < known.length; i++) if (bytes[at++] !== known[i]) return -1
    return bytes[at] === space ? at + 1 : -1
  }
  while (isNameCharacter(bytes[at])) at++
  if (at === start || bytes[at] !== space) return -1
  batch.csrNames[csr] = bytes.slice(start, at)
  return at + 1
}

function isNameCharacter(byte: number): boolean {
  return (byte >= 0x61 && byte <= 0x7a) || isDigit(byte) || byte === underscore || byte === 0x2d
}
