import { CstParser } from 'chevrotain'
import { tokens, words } from './tokens.ts'

/** The grammar of a file. Statements end with a line or a semicolon; the text must end with one. */
export class Grammar extends CstParser {
  constructor() {
    super(tokens, { maxLookahead: 1, recoveryEnabled: false })
    this.performSelfAnalysis()
  }

  program = this.RULE('program', () => {
    this.MANY(() => this.SUBRULE(this.line))
  })

  line = this.RULE('line', () => {
    this.MANY(() => this.CONSUME(words.label))
    this.OPTION(() =>
      this.OR([
        { ALT: () => this.SUBRULE(this.repetition) },
        { ALT: () => this.SUBRULE(this.assignment) },
        { ALT: () => this.SUBRULE(this.statement) },
      ]),
    )
    this.CONSUME(words.end)
  })

  repetition = this.RULE('repetition', () => {
    this.CONSUME(words.repeat)
    this.SUBRULE(this.expression)
    this.CONSUME(words.end)
    this.MANY(() => this.SUBRULE(this.line))
    this.CONSUME(words.endRepeat)
  })

  assignment = this.RULE('assignment', () => {
    this.CONSUME(words.assigned)
    this.CONSUME(words.equals)
    this.SUBRULE(this.expression)
  })

  statement = this.RULE('statement', () => {
    this.CONSUME(words.name)
    this.SUBRULE(this.operand)
    this.MANY(() => {
      this.CONSUME(words.comma)
      this.SUBRULE1(this.operand)
    })
  })

  /** Nothing, as in `.p2align 4,,15`; a string; a type; an expression; or an expression and a base register. */
  operand = this.RULE('operand', () => {
    this.OR([
      { ALT: () => this.CONSUME(words.string) },
      { ALT: () => this.CONSUME(words.tag) },
      {
        ALT: () => {
          this.SUBRULE(this.expression)
          this.OPTION(() => {
            this.CONSUME(words.open)
            this.CONSUME(words.name)
            this.CONSUME(words.close)
          })
        },
      },
      { ALT: () => {} },
    ])
  })

  expression = this.RULE('expression', () => {
    this.SUBRULE(this.bits)
    this.MANY(() => {
      this.CONSUME(words.sum)
      this.SUBRULE1(this.bits)
    })
  })

  bits = this.RULE('bits', () => {
    this.SUBRULE(this.product)
    this.MANY(() => {
      this.CONSUME(words.bitwise)
      this.SUBRULE1(this.product)
    })
  })

  product = this.RULE('product', () => {
    this.SUBRULE(this.unary)
    this.MANY(() => {
      this.CONSUME(words.multiplication)
      this.SUBRULE1(this.unary)
    })
  })

  unary = this.RULE('unary', () => {
    this.OR([
      {
        ALT: () => {
          this.OR1([{ ALT: () => this.CONSUME(words.sum) }, { ALT: () => this.CONSUME(words.complement) }])
          this.SUBRULE(this.unary)
        },
      },
      { ALT: () => this.SUBRULE(this.primary) },
    ])
  })

  primary = this.RULE('primary', () => {
    this.OR([
      { ALT: () => this.CONSUME(words.number) },
      { ALT: () => this.CONSUME(words.character) },
      { ALT: () => this.CONSUME(words.localReference) },
      { ALT: () => this.CONSUME(words.name) },
      {
        ALT: () => {
          this.OPTION(() => this.CONSUME(words.relocation))
          this.CONSUME(words.open)
          this.SUBRULE(this.expression)
          this.CONSUME(words.close)
        },
      },
    ])
  })
}
