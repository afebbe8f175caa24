import { EOF, type ILexingError, type IToken, Lexer, tokenMatcher } from 'chevrotain'
import { Grammar } from './grammar.ts'
import { fail, type Statement } from './syntax.ts'
import { tokens, words } from './tokens.ts'
import { placeOf, statementsOf } from './tree.ts'

let machinery: { lexer: Lexer; grammar: Grammar } | undefined

/** The statements of a source text. Throws an InputError where the text is not of the grammar. */
export function parse(source: string, file: string): Statement[] {
  machinery ??= { lexer: new Lexer(tokens, { positionTracking: 'onlyStart' }), grammar: new Grammar() }
  const { lexer, grammar } = machinery
  const lexed = lexer.tokenize(`${source}\n`)
  grammar.input = lexed.tokens
  const program = grammar.program()
  const [wrongWord] = lexed.errors
  const [wrongOrder] = grammar.errors
  if (wrongWord !== undefined) failAtCharacter(wrongWord, source, file)
  if (wrongOrder !== undefined) failAtToken(wrongOrder.token, lexed.tokens, file)
  return statementsOf(program, file)
}

function failAtCharacter(error: ILexingError, source: string, file: string): never {
  const place = { file, line: error.line ?? 1, column: error.column ?? 1 }
  const character = source[error.offset]
  if (character === '"') fail(place, 'this string has no end')
  return fail(place, `unexpected character ${character}`)
}

function failAtToken(token: IToken, all: readonly IToken[], file: string): never {
  const previousToken = tokenMatcher(token, EOF) ? all.at(-1) : all[all.indexOf(token) - 1]
  if (tokenMatcher(token, words.endRepeat)) fail(placeOf(token, file), '.endr without .rept')
  if (previousToken !== undefined && tokenMatcher(token, EOF)) {
    fail(placeOf(previousToken, file), '.rept without .endr before the end of the file')
  }
  if (previousToken !== undefined && tokenMatcher(token, words.end)) {
    fail(placeOf(previousToken, file), `something is missing after ${previousToken.image.trim()}`)
  }
  return fail(placeOf(token, file), `unexpected ${wordOf(token)}`)
}

const wordOf = ({ image }: IToken): string => (image === '\n' ? 'end of the line' : image.trim())
