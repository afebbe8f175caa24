import { EmbeddedActionsParser, type IParserErrorMessageProvider, type IToken, tokenLabel } from 'chevrotain'
import type { Privilege } from '../../rtl-model/core/retirement.ts'
import type { CommitEvent, DisassemblyEvent, ExceptionEvent, TraceEvent } from '../trace-event.ts'
import { Evidence } from './generation.ts'
import * as T from './tokens.ts'
import { exceptionCause } from './trap-names.ts'

/** What a line says: an event, or the second line of an exception. */
export type SpikeLine = TraceEvent | { kind: 'tval'; line: number; hart: number; value: bigint }

/** A line that does not fit; the message has the reason and the column, and knows neither file nor line. */
export class LineError extends Error {}

/**
 * Reads one line of a Spike log of any generation, without its line feed.
 * `evidence` is the set of `Evidence` bits that the line shows.
 * @throws LineError when no generation prints such a line.
 */
export function parseLine(text: string, line: number): { event: SpikeLine; evidence: number } {
  const { tokens } = T.lexer.tokenize(text)
  parser.begin(tokens, text, line)
  const event = parser.line()
  const error = parser.errors[0]
  if (error) throw new LineError(`${error.message}${found(error.token, text)}`)
  return { event, evidence: parser.evidence }
}

function found(token: IToken, text: string): string {
  const start = Number.isNaN(token.startOffset) ? text.length : token.startOffset
  if (start === text.length) return ` at column ${start + 1}, found the end of the line`
  const rest = text.slice(start)
  return ` at column ${start + 1}, found ${JSON.stringify(rest.length > 40 ? `${rest.slice(0, 40)}…` : rest)}`
}

function oneOf(alternatives: string[]): string {
  const labels = [...new Set(alternatives)]
  return `expected ${labels.length > 1 ? `${labels.slice(0, -1).join(', ')} or ` : ''}${labels.at(-1)}`
}

const messages: IParserErrorMessageProvider = {
  buildMismatchTokenMessage: ({ expected }) => oneOf([tokenLabel(expected)]),
  buildNotAllInputParsedMessage: () =>
    parser.evidence & (Evidence.bareCommit | Evidence.prefixedCommit)
      ? 'expected a register, a CSR, "mem" or the end of the line'
      : 'expected the end of the line',
  buildNoViableAltMessage: ({ expectedPathsPerAlt }) =>
    oneOf(expectedPathsPerAlt.flatMap((paths) => paths.map((path) => tokenLabel(path[0])))),
  buildEarlyExitMessage: ({ expectedIterationPaths }) =>
    oneOf(expectedIterationPaths.map((path) => tokenLabel(path[0]))),
}

class LineParser extends EmbeddedActionsParser {
  evidence = 0
  #text = ''
  #line = 0

  constructor() {
    super(T.vocabulary, { errorMessageProvider: messages, recoveryEnabled: false, maxLookahead: 1 })
    this.performSelfAnalysis()
  }

  begin(tokens: IToken[], text: string, line: number): void {
    this.input = tokens
    this.#text = text
    this.#line = line
    this.evidence = 0
  }

  line = this.RULE(
    'line',
    (): SpikeLine =>
      this.OR<SpikeLine>([
        { ALT: () => this.SUBRULE(this.prefixed) },
        { ALT: () => this.SUBRULE(this.commit, { ARGS: [0, Evidence.bareCommit] }) },
        { ALT: () => this.SUBRULE(this.cva6Interrupt) },
        { ALT: () => this.SUBRULE(this.cva6Exception) },
        { ALT: () => ({ kind: 'note', line: this.#line, text: this.CONSUME(T.Note).image }) },
      ]),
  )

  prefixed = this.RULE('prefixed', (): SpikeLine => {
    const hart = Number(this.CONSUME(T.Prefix).image.slice(4, -2))
    return this.OR<SpikeLine>([
      { ALT: () => this.SUBRULE(this.commit, { ARGS: [hart, Evidence.prefixedCommit] }) },
      { ALT: () => this.SUBRULE(this.disassembly, { ARGS: [hart] }) },
      { ALT: () => this.SUBRULE(this.exception, { ARGS: [hart] }) },
      { ALT: () => this.SUBRULE(this.tval, { ARGS: [hart] }) },
      { ALT: () => this.symbol(hart, this.CONSUME(T.SymbolName)) },
      { ALT: () => this.repeat(hart, this.CONSUME(T.Repeat)) },
      { ALT: () => this.trigger(this.CONSUME(T.Trigger)) },
    ])
  })

  commit = this.RULE('commit', (hart: number, evidence: number): CommitEvent => {
    const privilege = Number(this.CONSUME(T.Privilege).image) as Privilege
    const pc = this.CONSUME(T.Hex)
    const instruction = this.CONSUME(T.Instruction)
    const event: CommitEvent = {
      kind: 'commit',
      line: this.#line,
      hart,
      privilege,
      pc: 0n,
      instruction: 0,
      length: 4,
      registers: [],
      csrs: [],
      memory: [],
    }
    let width = 0
    this.ACTION(() => {
      this.evidence = evidence
      width = this.digits(pc, [8, 16], 'an address of 8 or 16 digits')
      event.pc = BigInt(pc.image)
      event.length = this.digits(instruction, [4, 8], 'an instruction of 4 or 8 digits') === 4 ? 2 : 4
      event.instruction = Number(instruction.image.slice(2, -1))
    })
    let previous = -1
    let writes = 0
    this.MANY(() => {
      const key = this.OR([
        { ALT: () => this.SUBRULE(this.register, { ARGS: [event, width] }) },
        { ALT: () => this.SUBRULE(this.csr, { ARGS: [event, width] }) },
        { ALT: () => this.SUBRULE(this.vector, { ARGS: [event] }) },
      ])
      this.ACTION(() => {
        if (key === undefined) return
        writes++
        if (writes === 2) this.evidence |= Evidence.severalWrites
        if (key <= previous) this.evidence |= Evidence.unorderedWrites
        previous = key
      })
    })
    this.MANY2(() => this.SUBRULE(this.access, { ARGS: [event, width] }))
    this.ACTION(() => {
      const opcode = event.instruction & 0x7f
      if (opcode === 0x23 && event.memory.length === 0) this.evidence |= Evidence.storeUnlogged
      if (opcode === 0x03 && event.memory.length === 0) this.evidence |= Evidence.loadUnlogged
    })
    return event
  })

  /** Its result, as that of `csr`, is the key by which newer generations order the items of a line. */
  register = this.RULE('register', (event: CommitEvent, width: number): number | undefined => {
    const name = this.CONSUME(T.Register)
    const value = this.CONSUME(T.Hex)
    return this.ACTION(() => {
      const file = name.image[1] as 'x' | 'f' | 'v'
      const number = Number(name.image.slice(2))
      if (number > 31) this.fail(name, 'expected a register from 0 to 31')
      if (file === 'x') {
        if (number === 0) this.fail(name, 'expected a register other than x0')
        this.digits(value, [width], `a value of ${width} digits`)
      } else if (file === 'f') this.digits(value, [8, 16, 32], 'a value of 8, 16 or 32 digits')
      else if ((value.image.length - 2) % 2 === 1) this.fail(value, 'expected whole bytes')
      if (name.image[2] === ' ') this.evidence |= Evidence.padBeforeNumber
      if (name.image[3] === ' ') this.evidence |= Evidence.padAfterNumber
      event.registers.push({ file, number, value: BigInt(value.image) })
      return (number << 4) | 'xfv'.indexOf(file)
    })
  })

  csr = this.RULE('csr', (event: CommitEvent, width: number): number | undefined => {
    const name = this.CONSUME(T.Csr)
    const value = this.CONSUME(T.Hex)
    return this.ACTION(() => {
      const underscore = name.image.indexOf('_')
      const csr = Number(name.image.slice(2, underscore))
      if (csr > 4095) this.fail(name, 'expected a CSR from 0 to 4095')
      this.digits(value, [width], `a value of ${width} digits`)
      this.evidence |= Evidence.csrWrite
      event.csrs.push({ csr, name: name.image.slice(underscore + 1, -1), value: BigInt(value.image) })
      return (csr << 4) | 4
    })
  })

  vector = this.RULE('vector', (event: CommitEvent): number | undefined => {
    const { image } = this.CONSUME(T.Vector)
    return this.ACTION(() => {
      const [, width, fraction, multiplier, length] = /e(\d+) m(f?)(\d+)(?: l(\d+))?/.exec(image)!
      event.vector = {
        elementBits: Number(width),
        multiplier: fraction ? 1 / Number(multiplier) : Number(multiplier),
      }
      if (length !== undefined) event.vector.length = Number(length)
      this.evidence |= length === undefined ? Evidence.vectorWithoutLength : Evidence.vectorLength
      if (fraction) this.evidence |= Evidence.fractionalMultiplier
      return undefined
    })
  })

  access = this.RULE('access', (event: CommitEvent, width: number): void => {
    this.CONSUME(T.Memory)
    const address = this.CONSUME(T.Hex)
    const data = this.OPTION(() => this.CONSUME(T.Data))
    this.ACTION(() => {
      this.digits(address, [width], `an address of ${width} digits`)
      const va = BigInt(address.image)
      if (data === undefined) {
        if (event.memory.at(-1)?.kind === 'store') this.fail(address, 'expected loads before stores')
        this.evidence |= Evidence.loadLogged
        event.memory.push({ kind: 'load', va })
        return
      }
      const digits = this.digits(data, [1, 2, 4, 8, 16], 'data of 1, 2, 4 or 8 bytes')
      this.evidence |= Evidence.storeLogged
      if (digits === 1) this.evidence |= Evidence.byteWithoutZero
      if (digits === 2 && data.image[3] === '0') this.evidence |= Evidence.byteWithZero
      event.memory.push({ kind: 'store', va, size: digits === 1 ? 1 : digits / 2, value: BigInt(data.image.slice(1)) })
    })
  })

  disassembly = this.RULE('disassembly', (hart: number): DisassemblyEvent => {
    const pc = this.CONSUME(T.Hex)
    const rest = this.CONSUME(T.Disassembly)
    const event: DisassemblyEvent = { kind: 'disassembly', line: this.#line, hart, pc: 0n, instruction: 0n, text: '' }
    this.ACTION(() => {
      this.evidence |= Evidence.disassembly
      if (this.digits(pc, [8, 16], 'an address of 8 or 16 digits') === 8) this.evidence |= Evidence.narrowDisassembly
      const close = rest.image.indexOf(')')
      event.pc = BigInt(pc.image)
      event.instruction = BigInt(rest.image.slice(2, close))
      event.text = rest.image.slice(close + 2)
      if (event.text.startsWith('DASM(')) this.evidence |= Evidence.cva6
      else if (close < 12) this.fail(rest, 'expected an instruction of at least 8 digits')
    })
    return event
  })

  exception = this.RULE('exception', (hart: number): ExceptionEvent => {
    const name = this.CONSUME(T.Exception)
    this.CONSUME(T.Epc)
    const epc = this.CONSUME(T.Hex)
    return this.ACTION(() => {
      const spelled = name.image.slice('exception '.length)
      const cause = exceptionCause(spelled) ?? this.fail(name, 'expected an exception of Spike')
      this.digits(epc, [8, 16], 'an address of 8 or 16 digits')
      this.evidence |= Evidence.exception
      return { kind: 'exception', line: this.#line, hart, name: spelled, ...cause, epc: BigInt(epc.image) }
    })
  })

  tval = this.RULE('tval', (hart: number): SpikeLine => {
    const name = this.CONSUME(T.Tval)
    const value = this.CONSUME(T.Hex)
    return this.ACTION(() => {
      this.digits(value, [8, 16], 'a value of 8 or 16 digits')
      this.evidence |= name.image.includes('badaddr') ? Evidence.badaddr : Evidence.tval
      return { kind: 'tval', line: this.#line, hart, value: BigInt(value.image) }
    })
  })

  /** CVA6 marks so the first instruction after an interrupt; its commit line follows as usual. */
  cva6Interrupt = this.RULE('cva6Interrupt', (): SpikeLine => {
    this.CONSUME(T.Cva6Interrupt)
    return this.SUBRULE(this.disassembly, { ARGS: [0] })
  })

  cva6Exception = this.RULE('cva6Exception', (): ExceptionEvent => {
    const name = this.CONSUME(T.Cva6Exception)
    const pc = this.CONSUME(T.Hex)
    this.CONSUME(T.Instruction)
    return this.ACTION(() => {
      const spelled = name.image.slice(0, name.image.indexOf(' '))
      const cause = cva6Causes.get(spelled) ?? this.fail(name, 'expected an exception of CVA6')
      this.digits(pc, [8, 16], 'an address of 8 or 16 digits')
      this.evidence |= Evidence.cva6 | Evidence.exception
      return {
        kind: 'exception',
        line: this.#line,
        hart: 0,
        name: spelled,
        cause,
        interrupt: false,
        epc: BigInt(pc.image),
      }
    })
  })

  private symbol(hart: number, { image }: IToken): TraceEvent {
    this.evidence |= Evidence.symbol
    return { kind: 'symbol', line: this.#line, hart, name: image.slice(6) }
  }

  private repeat(hart: number, { image }: IToken): TraceEvent {
    this.evidence |= Evidence.repeat
    return { kind: 'repeat', line: this.#line, hart, times: Number(image.slice(9, -6)) }
  }

  private trigger({ image }: IToken): TraceEvent {
    this.evidence |= Evidence.triggerAction
    return { kind: 'note', line: this.#line, text: image }
  }

  /** Number of hex digits in a token. */
  private digits(token: IToken, allowed: number[], expected: string): number {
    const digits = token.image.replace(/^.*0x|\)$/g, '').length
    return allowed.includes(digits) ? digits : this.fail(token, `expected ${expected}`)
  }

  private fail(token: IToken, message: string): never {
    throw new LineError(`${message}${found(token, this.#text)}`)
  }
}

const cva6Causes = new Map([
  ['INSTR_ADDR_MISALIGNED', 0],
  ['INSTR_ACCESS_FAULT', 1],
  ['ILLEGAL_INSTR', 2],
  ['BREAKPOINT', 3],
  ['LD_ADDR_MISALIGNED', 4],
  ['LD_ACCESS_FAULT', 5],
  ['ST_ADDR_MISALIGNED', 6],
  ['ST_ACCESS_FAULT', 7],
  ['ENV_CALL_UMODE', 8],
  ['ENV_CALL_SMODE', 9],
  ['ENV_CALL_MMODE', 11],
  ['INSTR_PAGE_FAULT', 12],
  ['LOAD_PAGE_FAULT', 13],
  ['STORE_PAGE_FAULT', 15],
])

const parser = new LineParser()
