import { InputError } from '../../traces/input-error.ts'
import { type ElfFile, symbolAddress } from '../elf/image.ts'
import { writeElf } from '../elf/write.ts'

/** The symbol of a host kernel under which it looks for a command line where the device tree has none, and its bytes. */
const COMMAND_LINE = 'built_in_command_line'
const COMMAND_LINE_BYTES = 512

/**
 * One ELF program with a firmware, its payload and the payload's command line in it, which Spike and QEMU start without
 * any option: it begins in the firmware. It has the symbols of both, first the firmware's.
 * @throws InputError where the payload has no place for a command line, or that is too long.
 */
export function combine(firmware: ElfFile, payload: ElfFile, commandLine: string): Uint8Array {
  const address = symbolAddress(payload, COMMAND_LINE)
  if (address === undefined) throw new InputError(`${payload.name}: has no place for a command line, ${COMMAND_LINE}`)
  const text = Buffer.from(`${commandLine}\0`)
  if (text.length > COMMAND_LINE_BYTES) {
    throw new InputError(
      `${payload.name}: a command line has at most ${COMMAND_LINE_BYTES - 1} bytes, not ${text.length - 1}`,
    )
  }
  const segments = payload.segments.map((segment) => {
    const offset = Number(address - segment.va)
    if (offset < 0 || offset + text.length > segment.bytes.length) return segment
    const bytes = Uint8Array.from(segment.bytes)
    bytes.set(text, offset)
    return { ...segment, bytes }
  })
  const symbols = [...firmware.symbols, ...payload.symbols]
  return writeElf({ ...firmware, segments: [...firmware.segments, ...segments], symbols })
}
