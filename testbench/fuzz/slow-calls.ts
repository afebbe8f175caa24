const slow = new Set([
  ...['createEnclave', 'createServer', 'createShadow'],
  ...['attestEnclave', 'attestShadow', 'getReport', 'getKey'],
])

/** Whether a call hashes or signs, and takes hundreds of times as long as others. */
export const isSlow = (call: string): boolean => slow.has(call)
