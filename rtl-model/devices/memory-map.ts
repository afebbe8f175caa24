/** Physical addresses and sizes (bytes) of the devices as in Spike; QEMU's `virt` has them at the same addresses. */

export const FINISHER = { base: 0x10_0000n, size: 0x1000n } as const
export const CLINT = { base: 0x200_0000n, size: 0xc_0000n } as const
export const PLIC = { base: 0xc00_0000n, size: 0x100_0000n } as const
export const UART16550 = { base: 0x1000_0000n, size: 0x100n } as const
