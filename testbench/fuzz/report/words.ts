/** Numbers and counts as reports write them. */

export const grouped = (number: number): string => number.toLocaleString('en-US')

export const counted = (number: number, thing: string, things = `${thing}s`): string =>
  `${grouped(number)} ${number === 1 ? thing : things}`

/** Seconds as `04:12`, or `1:04:12`. */
export function clock(seconds: number): string {
  const whole = Math.floor(seconds)
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60]
  const two = (number: number): string => String(number).padStart(2, '0')
  return `${hours > 0 ? `${hours}:` : ''}${two(minutes)}:${two(rest)}`
}

/** The share of walks that went to the last level, in percent. */
export function deepWalks([one, two, three]: readonly [number, number, number]): number {
  const all = one + two + three
  return all === 0 ? 0 : Math.round((100 * three) / all)
}
