import { InvalidArgumentError, Option } from 'commander'
import { type CoreConfig, parameters, withParameter } from '../../rtl-model/core/config.ts'
import { nearest } from '../../testbench/assembler/nearest.ts'
import { engines } from '../../testbench/machine.ts'
import { InputError } from '../../traces/input-error.ts'

export const engineOption = () =>
  new Option('--engine <name>', 'what runs the instructions').choices(Object.keys(engines)).default('wasm')

export const jsonOption = () => new Option('--json', 'print the result as JSON')

/** `--set`, any number of times; the option's value is the whole configuration. */
export const setOption = (config: CoreConfig) =>
  new Option('--set <parameter=value>', 'change a parameter of the core; may be repeated (see below)')
    .default(config, 'none')
    .argParser(withSetting)

/** The parameters that `--set` knows, for the end of a help text. */
export function parameterHelp(config: CoreConfig): string {
  const rows = parameters.map(({ name, allowed }) => `  ${name.padEnd(18)}${allowed} (${valueText(config[name])})`)
  return `\nParameters of the core, with what they can be and what they are:\n${rows.join('\n')}\n`
}

const valueText = (value: CoreConfig[keyof CoreConfig]): string =>
  typeof value === 'bigint' ? `0x${value.toString(16)}` : String(value)

function withSetting(text: string, config: CoreConfig): CoreConfig {
  const [, name, value] = /^([^=]*)=(.*)$/.exec(text) ?? []
  if (name === undefined) throw new InputError(`--set ${text}: write it as PARAMETER=VALUE`)
  const known = parameters.find((parameter) => parameter.name === name)
  if (known === undefined) {
    const names = parameters.map((parameter) => parameter.name)
    const near = nearest(name, names)
    const hint = near === undefined ? `the parameters are ${names.join(', ')}` : `did you mean ${near}?`
    throw new InputError(`--set ${text}: there is no parameter ${name}; ${hint}`)
  }
  try {
    return withParameter(config, known.name, value)
  } catch (error) {
    if (error instanceof RangeError) throw new InputError(`--set ${text}: ${error.message}`)
    throw error
  }
}

/** Parses a count of at least 1. */
export function count(text: string): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || value < 1 || !Number.isSafeInteger(value))
    throw new InvalidArgumentError('It is a count, 1 or more.')
  return value
}

/** An option that takes an address, in hex after `0x` or decimal. */
export const addressOption = (flags: string, description: string, otherwise: bigint) =>
  new Option(flags, description).default(otherwise, `0x${otherwise.toString(16)}`).argParser(address)

function address(text: string): bigint {
  if (!/^(0x[\da-f]+|\d+)$/i.test(text)) throw new InvalidArgumentError('It is an address, such as 0x80000000.')
  return BigInt(text)
}
