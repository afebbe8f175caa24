import { createToken, Lexer, type TokenType } from 'chevrotain'

// Words of GNU as for RISC-V. The order of `tokens` decides between words that begin alike.

const NAME = String.raw`[A-Za-z_.$][\w.$]*`

const space = createToken({ name: 'space', pattern: /[ \t\r\f]+/, group: Lexer.SKIPPED })
/** GNU as leaves `//` to the C preprocessor; here it is always a comment. */
const lineComment = createToken({ name: 'line comment', pattern: /(#|\/\/)[^\n]*/, group: Lexer.SKIPPED })
const blockComment = createToken({
  name: 'comment',
  pattern: /\/\*[\s\S]*?\*\//,
  group: Lexer.SKIPPED,
  line_breaks: true,
})
const end = createToken({ name: 'end of line', pattern: /[\n;]/, line_breaks: true })

/** A label with its colon: `main:` or `1:`. */
const label = createToken({ name: 'label', pattern: new RegExp(String.raw`(${NAME}|\d+)[ \t]*:`) })
const number = createToken({ name: 'number', pattern: /0[xX][0-9a-fA-F]+|0[bB][01]+|\d+/ })
/** `1b`, `1f`: the nearest label `1:` before, after. */
const localReference = createToken({ name: 'local label', pattern: /\d+[bf](?![\w.$])/ })
const character = createToken({ name: 'character', pattern: /'(\\[0-7]{1,3}|\\[^\n]|[^\\\n])'?/ })
const string = createToken({ name: 'string', pattern: /"([^"\\\n]|\\.)*"/ })
/** `@function`, `@progbits`. */
const tag = createToken({ name: 'type', pattern: /@[a-z]+/ })
const relocation = createToken({ name: 'relocation', pattern: /%[a-z][a-z_]*(?=[ \t]*\()/ })

/** A name that is given a value: `size = 8`. */
const assigned = createToken({ name: 'assigned name', pattern: new RegExp(String.raw`${NAME}(?=[ \t]*=)`) })
const name = createToken({ name: 'name', pattern: new RegExp(NAME) })
const repeat = createToken({ name: '.rept', pattern: /\.rept/, longer_alt: name })
const endRepeat = createToken({ name: '.endr', pattern: /\.endr/, longer_alt: name })

const comma = createToken({ name: ',', pattern: ',' })
const equals = createToken({ name: '=', pattern: '=' })
const open = createToken({ name: '(', pattern: '(' })
const close = createToken({ name: ')', pattern: ')' })
/** Operators by binding, tightest first: GNU as puts the bitwise ones between the multiplications and the sums. */
const multiplication = createToken({ name: 'operator', pattern: /[*/%]|<<|>>/ })
const bitwise = createToken({ name: 'operator of bits', pattern: /[|&^]/ })
const sum = createToken({ name: 'sign', pattern: /[+-]/ })
const complement = createToken({ name: '~', pattern: '~' })

export const words = {
  ...{ end, label, number, localReference, character, string, tag, relocation, assigned, name, repeat, endRepeat },
  ...{ comma, equals, open, close, multiplication, bitwise, sum, complement },
}

export const tokens: TokenType[] = [
  ...[space, lineComment, blockComment, end, label, localReference, number, character, string, tag, relocation],
  ...[repeat, endRepeat, assigned, name, comma, equals, open, close, multiplication, bitwise, sum, complement],
]
