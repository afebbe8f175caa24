import { createToken, type IMultiModeLexerDefinition, Lexer, type TokenType } from 'chevrotain'

// Blanks are part of the tokens: where they stand is what tells the generations apart.

/** Matches what nothing else matches, so that every complaint comes from the parser, which knows what it expected. */
export const Unknown = createToken({ name: 'Unknown', pattern: /[^\n]+/ })

export const Prefix = createToken({
  name: 'Prefix',
  label: '"core   N: "',
  pattern: /core(?: {3}\d| {2}[1-9]\d| [1-9]\d{2,}|[1-9]\d{3,}): /,
  push_mode: 'body',
})
export const Privilege = createToken({
  name: 'Privilege',
  label: 'a privilege (0, 1 or 3)',
  pattern: /[013] /,
  push_mode: 'commit',
})
export const Cva6Interrupt = createToken({
  name: 'Cva6Interrupt',
  label: '"core   INTERRUPT 0: "',
  pattern: 'core   INTERRUPT 0: ',
  push_mode: 'body',
})
export const Cva6Exception = createToken({
  name: 'Cva6Exception',
  label: 'an exception line of CVA6',
  pattern: /[A-Z_]+ exception @ /,
  push_mode: 'commit',
})
export const Note = createToken({
  name: 'Note',
  label: 'a known message',
  pattern: new RegExp(
    [
      /warning: tohost and fromhost symbols not in ELF; can't communicate with target/,
      /Warning: the memory at \[0x[0-9A-F]+, 0x[0-9A-F]+\] has been realigned/,
      /\*\*\* FAILED \*\*\* \(tohost = \d+\)/,
      /Access exception occurred while .+:/,
      /Memory address 0x[0-9a-f]+ is invalid/,
      /\*\*\* \[rvfi_tracer\] WARNING .+/,
    ]
      .map(({ source }) => source)
      .join('|'),
  ),
  start_chars_hint: ['w', 'W', '*', 'A', 'M'],
})

export const Hex = createToken({ name: 'Hex', label: 'a number in hex', pattern: /0x[0-9a-f]+/ })
export const SymbolName = createToken({ name: 'SymbolName', label: '">>>>  "', pattern: />>>> {2}.*/ })
export const Repeat = createToken({ name: 'Repeat', label: '"Executed N times"', pattern: /Executed [1-9]\d* times/ })
export const Trigger = createToken({ name: 'Trigger', label: '"trigger action N"', pattern: /trigger action \d+/ })
export const Exception = createToken({
  name: 'Exception',
  label: '"exception "',
  pattern: /exception (?:trap_[a-z_]+|(?:interrupt|trap) #\d+)/,
})
export const Epc = createToken({ name: 'Epc', label: '", epc "', pattern: ', epc ' })
export const Tval = createToken({ name: 'Tval', label: '"          tval "', pattern: / {10}(?:tval|badaddr) / })
export const Disassembly = createToken({
  name: 'Disassembly',
  label: '"(0x" instruction ") " disassembly',
  pattern: / \(0x[0-9a-f]{4,16}\) .+/,
})

export const Instruction = createToken({
  name: 'Instruction',
  label: '"(0x" instruction ")"',
  pattern: / \(0x[0-9a-f]+\)/,
})
export const Register = createToken({ name: 'Register', label: 'a register', pattern: / [xfv](?:[1-9]\d|\d | \d) / })
export const Csr = createToken({ name: 'Csr', label: 'a CSR', pattern: / c(?:0|[1-9]\d*)_[a-z0-9_-]+ / })
export const Vector = createToken({ name: 'Vector', label: '"eN mN lN"', pattern: / e\d+ mf?\d+(?: l\d+)?/ })
export const Memory = createToken({ name: 'Memory', label: '"mem"', pattern: / mem / })
export const Data = createToken({ name: 'Data', label: 'store data', pattern: / 0x[0-9a-f]+/ })

const modes: Record<string, TokenType[]> = {
  line: [Prefix, Privilege, Note, Cva6Interrupt, Cva6Exception, Unknown],
  body: [Privilege, Hex, Disassembly, Exception, Epc, Tval, SymbolName, Repeat, Trigger, Unknown],
  commit: [Register, Csr, Vector, Memory, Data, Instruction, Hex, Unknown],
}

const definition: IMultiModeLexerDefinition = { modes, defaultMode: 'line' }

export const vocabulary: TokenType[] = [...new Set(Object.values(modes).flat())]

export const lexer = new Lexer(definition, { ensureOptimizations: false, positionTracking: 'onlyOffset' })
