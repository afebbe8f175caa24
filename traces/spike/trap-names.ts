/** Spike's names of the exceptions by cause (privileged specification, 3.1.15), without `trap_`. */
const names = new Map<number, string>([
  [0, 'instruction_address_misaligned'],
  [1, 'instruction_access_fault'],
  [2, 'illegal_instruction'],
  [3, 'breakpoint'],
  [4, 'load_address_misaligned'],
  [5, 'load_access_fault'],
  [6, 'store_address_misaligned'],
  [7, 'store_access_fault'],
  [8, 'user_ecall'],
  [9, 'supervisor_ecall'],
  [10, 'virtual_supervisor_ecall'],
  [11, 'machine_ecall'],
  [12, 'instruction_page_fault'],
  [13, 'load_page_fault'],
  [15, 'store_page_fault'],
  [16, 'double_trap'],
  [18, 'software_check'],
  [20, 'instruction_guest_page_fault'],
  [21, 'load_guest_page_fault'],
  [22, 'virtual_instruction'],
  [23, 'store_guest_page_fault'],
])

const causes = new Map([...names].map(([cause, name]) => [`trap_${name}`, cause]))
// Its name until 2020-08.
causes.set('trap_hypervisor_ecall', 10)

const withoutTval = new Set([8, 9, 10, 11, 16])

/** The name that Spike prints for a trap. */
export function exceptionName(cause: number, interrupt: boolean): string {
  if (interrupt) return `interrupt #${cause}`
  const name = names.get(cause)
  return name === undefined ? `trap #${cause}` : `trap_${name}`
}

/** Whether Spike prints a tval line after the trap. */
export function exceptionHasTval(cause: number, interrupt: boolean): boolean {
  return !interrupt && names.has(cause) && !withoutTval.has(cause)
}

/** Cause of a name, with or without a number in it; undefined for a name that Spike never had. */
export function exceptionCause(name: string): { cause: number; interrupt: boolean } | undefined {
  const numbered = /^(interrupt|trap) #(\d+)$/.exec(name)
  if (numbered) return { cause: Number(numbered[2]), interrupt: numbered[1] === 'interrupt' }
  const cause = causes.get(name)
  return cause === undefined ? undefined : { cause, interrupt: false }
}
