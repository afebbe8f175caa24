/**
 * What two executions of one program may legally differ in. Every mask says where it may be used; each use is counted and
 * reported, so that a mask that hides more than it should is seen.
 */
export interface Mask {
  readonly id: string
  readonly reason: string
  /** What it may touch: the CSRs, bits or instructions. */
  readonly scope: string
}

export const masks = {
  'cycle-csr': {
    id: 'cycle-csr',
    reason: 'Spike takes one cycle an instruction, and its time runs ahead at traps',
    scope: 'rd of a read of cycle, time, mcycle',
  },
  'mtime-load': {
    id: 'mtime-load',
    reason: 'Spike advances mtime in steps of 50 ticks',
    scope: 'rd of a load from mtime of the CLINT',
  },
  'mip-lines': {
    id: 'mip-lines',
    reason: 'when a device raises an interrupt line is not specified',
    scope: 'bits 3, 5, 7, 9 and 11 of what a read or write of mip or sip shows',
  },
  'loads-not-logged': {
    id: 'loads-not-logged',
    reason: 'Spike before 2019-12-16 did not log loads',
    scope: 'memory accesses of load instructions',
  },
  'stores-not-logged': {
    id: 'stores-not-logged',
    reason: 'Spike before 2019-09-18 did not log stores',
    scope: 'memory accesses of store instructions',
  },
  'csr-not-logged': {
    id: 'csr-not-logged',
    reason: 'Spike before 2020-07-01 did not log CSR writes',
    scope: 'CSR writes',
  },
  'csr-alias': {
    id: 'csr-alias',
    reason: 'which of several views of one register are logged differs between versions of Spike',
    scope: 'absence of mvip or sie beside mip or mie',
  },
  follows: {
    id: 'follows',
    reason: 'it is computed from a value that another mask permits to differ',
    scope: 'what instructions make of such registers, CSRs and memory, where two logs are compared',
  },
} as const satisfies Record<string, Mask>

export type MaskId = keyof typeof masks

/** How often each mask was used. */
export class MaskHits {
  readonly #hits = new Map<MaskId, number>()

  add(id: MaskId): void {
    this.#hits.set(id, (this.#hits.get(id) ?? 0) + 1)
  }

  /** The masks that were used. */
  used(): { id: MaskId; reason: string; scope: string; hits: number }[] {
    return [...this.#hits].map(([id, hits]) => ({ ...masks[id], id, hits }))
  }
}
