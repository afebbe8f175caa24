/** The structs that calls point at: a field's offset and width in bytes, and how a record becomes bytes and back. */

import { NAME_LEN } from './numbers.ts'

interface Field {
  readonly offset: number
  readonly bytes: number
  /** A number, or bytes as they are. */
  readonly kind: 'number' | 'bytes'
}

type Fields = { readonly [name: string]: Field }
type Value<F extends Field> = F['kind'] extends 'number' ? bigint : Uint8Array

/** What a struct holds. */
export type StructRecord<S> =
  S extends Struct<infer F extends Fields> ? { -readonly [Name in keyof F]: Value<F[Name]> } : never

export class Struct<F extends Fields> {
  readonly fields: F
  /** `sizeof`. */
  readonly bytes: number

  constructor(bytes: number, fields: F) {
    this.bytes = bytes
    this.fields = fields
  }

  /** The struct in memory; fields that `record` leaves out are zero. Numbers keep their low bits. */
  write(record: { [Name in keyof F]?: Value<F[Name]> }): Uint8Array {
    const bytes = new Uint8Array(this.bytes)
    for (const [name, { offset, bytes: width, kind }] of Object.entries(this.fields)) {
      const value: bigint | Uint8Array | undefined = record[name]
      if (value === undefined) continue
      if (kind === 'number') {
        for (let at = 0; at < width; at++)
          bytes[offset + at] = Number((BigInt(value as bigint) >> BigInt(8 * at)) & 255n)
      } else bytes.set((value as Uint8Array).subarray(0, width), offset)
    }
    return bytes
  }

  /** Numbers are read as unsigned. `bytes` holds the whole struct. */
  read(bytes: Uint8Array): { -readonly [Name in keyof F]: Value<F[Name]> } {
    const values = Object.entries(this.fields).map(([name, { offset, bytes: width, kind }]) => {
      const field = bytes.slice(offset, offset + width)
      return [name, kind === 'number' ? littleEndian(field) : field]
    })
    return Object.fromEntries(values)
  }
}

/** The unsigned number in `bytes`. */
export function littleEndian(bytes: Uint8Array): bigint {
  let value = 0n
  for (let at = bytes.length - 1; at >= 0; at--) value = (value << 8n) | BigInt(bytes[at])
  return value
}

const u64 = (offset: number) => ({ offset, bytes: 8, kind: 'number' }) as const
const u32 = (offset: number) => ({ offset, bytes: 4, kind: 'number' }) as const
const raw = (offset: number, bytes: number) => ({ offset, bytes, kind: 'bytes' }) as const

/** What an enclave, a server or a template is made of. Pointers are physical. */
export const createParam = new Struct(136, {
  eid_ptr: u64(0),
  name: raw(8, NAME_LEN),
  type: u32(24),
  paddr: u64(32),
  size: u64(40),
  entry_point: u64(48),
  free_mem: u64(56),
  kbuffer: u64(64),
  kbuffer_size: u64(72),
  shm_paddr: u64(80),
  shm_size: u64(88),
  /** Where the host wants the ocall's number, its two arguments, and the number of the system call. */
  ecall_arg0: u64(96),
  ecall_arg1: u64(104),
  ecall_arg2: u64(112),
  ecall_arg3: u64(120),
  /** Where the host wants what the enclave exits with. */
  retval: u64(128),
})

export const runParam = new Struct(16, { mm_arg_addr: u64(0), mm_arg_size: u64(8) })

/** What a fork gets. */
export const shadowRunParam = new Struct(136, {
  sptbr: u64(0),
  free_page: u64(8),
  size: u64(16),
  eid_ptr: u64(24),
  kbuffer: u64(32),
  kbuffer_size: u64(40),
  shm_paddr: u64(48),
  shm_size: u64(56),
  mm_arg_addr: u64(64),
  mm_arg_size: u64(72),
  ecall_arg0: u64(80),
  ecall_arg1: u64(88),
  ecall_arg2: u64(96),
  ecall_arg3: u64(104),
  retval: u64(112),
  name: raw(120, NAME_LEN),
})

/** What a caller hands to a server, and what the server hands back. Addresses are virtual. */
export const callArg = new Struct(48, {
  req_arg: u64(0),
  resp_val: u64(8),
  req_vaddr: u64(16),
  req_size: u64(24),
  resp_vaddr: u64(32),
  resp_size: u64(40),
})

export const report = new Struct(328, {
  sm_hash: raw(0, 32),
  sm_signature: raw(32, 64),
  sm_pub_key: raw(96, 64),
  enclave_hash: raw(160, 32),
  enclave_signature: raw(192, 64),
  enclave_nonce: u64(256),
  dev_pub_key: raw(264, 64),
})

export const shmDescription = new Struct(16, { ref_count: u64(0), shm_size: u64(8) })

/** One of the entries that a batch of page-table writes names; `value` is bytes to clear, or the entry to write. */
export const batchEntry = new Struct(16, { ptep_base: u64(0), value: u64(8) })

/**
 * At the start of each piece of memory that the monitor gives back: where it is, and the next piece that was given back in
 * the same call.
 */
export const pmArea = new Struct(32, { paddr: u64(0), size: u64(8), free_mem: u64(16), pm_next: u64(24) })

/** The bytes of a name, cut after `NAME_LEN`. */
export function nameBytes(name: string): Uint8Array {
  const bytes = new Uint8Array(NAME_LEN)
  bytes.set(new TextEncoder().encode(name).subarray(0, NAME_LEN))
  return bytes
}

/** A name as text, one character a byte, up to its first zero. */
export function nameText(bytes: Uint8Array): string {
  const end = bytes.indexOf(0)
  return String.fromCharCode(...bytes.subarray(0, end < 0 ? NAME_LEN : Math.min(end, NAME_LEN)))
}
