import { join } from 'node:path'
import { InvalidArgumentError, Option } from 'commander'
import { packageRoot } from './package-root.ts'

/** Names, one after the other or with commas between them. */
export const names = (text: string, before: readonly string[]): readonly string[] => [...before, ...text.split(',')]

const OURS = 'monitor/images/firmware.elf'
/** The image of our secure monitor. */
export const ourMonitor = (): string => join(packageRoot(), OURS)

/** `--monitor`, of which ours is the default. */
export const monitorOption = () =>
  new Option('--monitor <file.elf>', 'firmware to attack').default(ourMonitor(), 'our secure monitor')

/** An image as reports name it: as it was given, and ours the same everywhere. */
export const monitorName = (file: string): string => (file === ourMonitor() ? OURS : file)

const SECONDS: Record<string, number> = { s: 1, m: 60, h: 3600 }

/** Seconds, from such as `60s`, `10m` or `2h`. */
export function duration(text: string): number {
  const [, digits, unit] = /^(\d+)([smh])$/.exec(text) ?? []
  if (digits === undefined || Number(digits) === 0)
    throw new InvalidArgumentError('It is a time, such as 60s, 10m or 2h.')
  return Number(digits) * SECONDS[unit]
}

/** A seed of fast-check: a whole number of 32 bits, of either sign. */
export function seed(text: string): number {
  const value = Number(text)
  if (!/^-?\d+$/.test(text) || value !== (value | 0)) throw new InvalidArgumentError('It is a whole number of 32 bits.')
  return value
}

/** A path of fast-check: numbers with colons between them. */
export function path(text: string): string {
  if (!/^\d+(:\d+)*$/.test(text))
    throw new InvalidArgumentError('It is numbers with colons between them, such as 12:0:3.')
  return text
}
