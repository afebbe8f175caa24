/** What an access is for, as translation and PMP see it. LR loads; SC and AMO store. */
export type AccessKind = 'fetch' | 'load' | 'store'

/** Why an access was refused: by translation (page fault), or by PMP or the bus (access fault). */
export type Fault = 'page' | 'access'

/** Exception codes of the privileged specification (3.1.15, table of mcause). */
export const faultCause: Record<Fault, Record<AccessKind, number>> = {
  access: { fetch: 1, load: 5, store: 7 },
  page: { fetch: 12, load: 13, store: 15 },
}
