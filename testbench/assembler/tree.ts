import type { CstNode, IToken, TokenType } from 'chevrotain'
import { registerNumber } from './registers.ts'
import {
  type BinaryOperator,
  type Expression,
  fail,
  type Operand,
  type Place,
  type Relocation,
  relocations,
  type Statement,
  type UnaryOperator,
} from './syntax.ts'
import { words } from './tokens.ts'

/** The statements of a syntax tree that the grammar has built: of a program, or of a repetition's lines. */
export function statementsOf(tree: CstNode, file: string): Statement[] {
  return nodesOf(tree, 'line').flatMap((line) => statementsOfLine(line, file))
}

export const placeOf = (token: IToken, file: string): Place => ({
  file,
  line: token.startLine ?? 1,
  column: token.startColumn ?? 1,
})

const isNode = (element: CstNode | IToken): element is CstNode => 'children' in element
const nodesOf = (node: CstNode, rule: string): CstNode[] => (node.children[rule] ?? []).filter(isNode)
const tokensOf = (node: CstNode, ...types: TokenType[]): IToken[] =>
  types
    .flatMap(({ name }) => node.children[name] ?? [])
    .filter((element): element is IToken => !isNode(element))
    .sort((a, b) => a.startOffset - b.startOffset)

function statementsOfLine(line: CstNode, file: string): Statement[] {
  const labels = tokensOf(line, words.label).map(
    (token): Statement => ({
      kind: 'label',
      name: token.image.slice(0, -1).trim(),
      place: placeOf(token, file),
    }),
  )
  const repetitions = nodesOf(line, 'repetition').map(
    (node): Statement => ({
      kind: 'repetition',
      count: expressionOf(nodesOf(node, 'expression')[0], file),
      body: statementsOf(node, file),
      place: placeOf(tokensOf(node, words.repeat)[0], file),
    }),
  )
  const assignments = nodesOf(line, 'assignment').map((node): Statement => {
    const [name] = tokensOf(node, words.assigned)
    const value = expressionOf(nodesOf(node, 'expression')[0], file)
    return { kind: 'assignment', name: name.image, value, place: placeOf(name, file) }
  })
  const commands = nodesOf(line, 'statement').map((node): Statement => {
    const [name] = tokensOf(node, words.name)
    const place = placeOf(name, file)
    const operands = nodesOf(node, 'operand').map((operand) => operandOf(operand, place))
    const none = operands.length === 1 && operands[0].kind === 'nothing'
    return { kind: 'command', name: name.image, operands: none ? [] : operands, place }
  })
  return [...labels, ...repetitions, ...assignments, ...commands]
}

function operandOf(node: CstNode, statement: Place): Operand {
  const { file } = statement
  const [string] = tokensOf(node, words.string)
  if (string !== undefined) {
    return { kind: 'string', bytes: bytesOf(string.image.slice(1, -1)), place: placeOf(string, file) }
  }
  const [tag] = tokensOf(node, words.tag)
  if (tag !== undefined) return { kind: 'type', name: tag.image.slice(1), place: placeOf(tag, file) }
  const [tree] = nodesOf(node, 'expression')
  if (tree === undefined) return { kind: 'nothing', place: statement }
  const [base] = tokensOf(node, words.name)
  const expression = expressionOf(tree, file)
  const { place } = expression
  const alone = base === undefined && expression.kind === 'name' && parenthesised(tree)
  if (alone && registerNumber(expression.name) !== undefined) {
    return { kind: 'expression', expression: { kind: 'number', value: 0n, place }, base: expression.name, place }
  }
  return { kind: 'expression', expression, base: base?.image, place }
}

/** Whether a tree, whose expression is one name, has parentheses around it. */
const parenthesised = (node: CstNode): boolean =>
  tokensOf(node, words.open).length > 0 ||
  Object.values(node.children)
    .flat()
    .some((element) => isNode(element) && parenthesised(element))

function expressionOf(node: CstNode, file: string): Expression {
  switch (node.name) {
    case 'expression':
      return leftToRight(nodesOf(node, 'bits'), tokensOf(node, words.sum), file)
    case 'bits':
      return leftToRight(nodesOf(node, 'product'), tokensOf(node, words.bitwise), file)
    case 'product':
      return leftToRight(nodesOf(node, 'unary'), tokensOf(node, words.multiplication), file)
    case 'unary':
      return unaryOf(node, file)
    default:
      return primaryOf(node, file)
  }
}

function leftToRight(operands: readonly CstNode[], operators: readonly IToken[], file: string): Expression {
  return operands
    .map((operand) => expressionOf(operand, file))
    .reduce((left, right, index) => {
      const token = operators[index - 1]
      return { kind: 'binary', operator: token.image as BinaryOperator, left, right, place: left.place }
    })
}

function unaryOf(node: CstNode, file: string): Expression {
  const [operator] = tokensOf(node, words.sum, words.complement)
  if (operator === undefined) return expressionOf(nodesOf(node, 'primary')[0], file)
  const operand = expressionOf(nodesOf(node, 'unary')[0], file)
  return { kind: 'unary', operator: operator.image as UnaryOperator, operand, place: placeOf(operator, file) }
}

function primaryOf(node: CstNode, file: string): Expression {
  const [token] = tokensOf(node, words.relocation, words.number, words.character, words.localReference, words.name)
  const [inner] = nodesOf(node, 'expression')
  if (inner !== undefined) {
    const operand = expressionOf(inner, file)
    return token === undefined ? operand : relocationOf(token, operand, file)
  }
  const place = placeOf(token, file)
  switch (token.tokenType) {
    case words.number:
      return { kind: 'number', value: numberOf(token.image, place), place }
    case words.character:
      return { kind: 'number', value: BigInt(bytesOf(token.image.slice(1).replace(/(?<=.)'$/, ''))[0]), place }
    case words.localReference:
      return { kind: 'local', label: token.image.slice(0, -1), forward: token.image.endsWith('f'), place }
    default:
      return { kind: 'name', name: token.image, place }
  }
}

function relocationOf(token: IToken, operand: Expression, file: string): Expression {
  const place = placeOf(token, file)
  const relocation = token.image.slice(1)
  const isRelocation = (name: string): name is Relocation => (relocations as readonly string[]).includes(name)
  if (!isRelocation(relocation)) fail(place, `unknown relocation %${relocation}; there are ${list(relocations)}`)
  return { kind: 'relocation', relocation, operand, place }
}

const list = (names: readonly string[]): string => names.map((name) => `%${name}`).join(', ')

/** A number in the notation of C; from 2^63 on it stands for the negative number with the same 64 bits. */
function numberOf(image: string, place: Place): bigint {
  const octal = /^0\d+$/.test(image)
  if (octal && /[89]/.test(image)) fail(place, `${image} is octal, as it begins with 0, but has a digit above 7`)
  const value = BigInt(octal ? `0o${image.slice(1)}` : image)
  if (value >= 1n << 64n) fail(place, `${image} does not fit 64 bits`)
  return BigInt.asIntN(64, value)
}

const escapes: Readonly<Record<string, number>> = { n: 10, t: 9, r: 13, b: 8, f: 12, v: 11 }

/** The bytes of a string or a character with its escapes; a character beyond ASCII counts as its bytes in UTF-8. */
function bytesOf(text: string): number[] {
  const encoder = new TextEncoder()
  return [...text.matchAll(/\\([0-7]{1,3})|\\[xX]([0-9a-fA-F]+)|\\(.)|([^\\]+|\\$)/g)].flatMap(
    ([, octal, hexadecimal, letter, plain]) => {
      if (octal !== undefined) return [Number.parseInt(octal, 8) & 0xff]
      if (hexadecimal !== undefined) return [Number.parseInt(hexadecimal.slice(-2), 16)]
      if (letter !== undefined) return [escapes[letter] ?? letter.charCodeAt(0)]
      return [...encoder.encode(plain)]
    },
  )
}
