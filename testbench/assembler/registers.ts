import { registerNames } from '../../rtl-model/isa/registers.ts'

const numbers: ReadonlyMap<string, number> = new Map([
  ...registerNames.flatMap((name, number) => [[name, number] as const, [`x${number}`, number] as const]),
  ['fp', 8] as const,
])

/** The number of an integer register by its name in the calling convention, `x0` to `x31`, or `fp`. */
export const registerNumber = (name: string): number | undefined => numbers.get(name)
