import { InputError } from '../../traces/input-error.ts'

/** One measurement of a real core. */
export interface ReferenceRow {
  core: string
  name: string
  elf: string
  memLatency: number
  cycles: number
  instret: number
  coldCycles: number
  coldInstret: number
}

const fields = {
  core: 'string',
  name: 'string',
  elf: 'string',
  memLatency: 'number',
  cycles: 'number',
  instret: 'number',
  coldCycles: 'number',
  coldInstret: 'number',
} as const

/**
 * Reads a file of measurements: an object whose `kernels` is a list of rows.
 * @throws InputError naming the file, and the row that is not one
 */
export function parseReference(text: string, path: string): ReferenceRow[] {
  let whole: unknown
  try {
    whole = JSON.parse(text)
  } catch (error) {
    throw new InputError(`${path}: not JSON: ${error instanceof Error ? error.message : error}`)
  }
  const rows = typeof whole === 'object' && whole !== null && 'kernels' in whole ? whole.kernels : undefined
  if (!Array.isArray(rows)) throw new InputError(`${path}: no list "kernels"`)
  return rows.map((row: unknown, index) => {
    if (!isRow(row)) throw new InputError(`${path}: kernels[${index}] lacks one of ${Object.keys(fields).join(', ')}`)
    return row
  })
}

function isRow(row: unknown): row is ReferenceRow {
  if (typeof row !== 'object' || row === null) return false
  return Object.entries(fields).every(([name, type]) => typeof Reflect.get(row, name) === type)
}
