/**
 * The ABI of Penglai-TVM's monitor: what a host and enclaves say to it, and what it answers. The C side is
 * sdk/include/penglai_abi.h; a test holds the two together.
 */

export * from './abi/calls.ts'
export * from './abi/numbers.ts'
export * from './abi/structs.ts'
