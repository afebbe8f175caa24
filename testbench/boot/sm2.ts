/** SM3 (GB/T 32905-2016) and the verification of SM2 signatures (GB/T 32918.2-2016), to check what a monitor certifies. */

const P = 0xfffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffffn
const N = 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n
const A = P - 3n
const G: Point = [
  0x32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7n,
  0xbc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0n,
]

/** Affine coordinates; undefined for the point at infinity. */
type Point = readonly [bigint, bigint]

const modulo = (value: bigint, modulus: bigint): bigint => ((value % modulus) + modulus) % modulus

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n
  for (let [square, rest] = [modulo(base, modulus), exponent]; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % modulus
    square = (square * square) % modulus
  }
  return result
}

function add(p: Point | undefined, q: Point | undefined): Point | undefined {
  if (p === undefined || q === undefined) return p ?? q
  if (p[0] === q[0] && modulo(p[1] + q[1], P) === 0n) return undefined
  const [rise, run] = p[0] === q[0] ? [3n * p[0] * p[0] + A, 2n * p[1]] : [q[1] - p[1], q[0] - p[0]]
  const slope = modulo(rise * power(run, P - 2n, P), P)
  const x = modulo(slope * slope - p[0] - q[0], P)
  return [x, modulo(slope * (p[0] - x) - p[1], P)]
}

function multiply(factor: bigint, point: Point): Point | undefined {
  let sum: Point | undefined
  for (let [double, rest] = [point as Point | undefined, factor]; rest > 0n; rest >>= 1n) {
    if (rest & 1n) sum = add(sum, double)
    double = add(double, double)
  }
  return sum
}

const number = (bytes: Uint8Array): bigint => BigInt(`0x0${Buffer.from(bytes).toString('hex')}`)
const halves = (bytes: Uint8Array): Point => [number(bytes.subarray(0, 32)), number(bytes.subarray(32, 64))]

/** Whether `signature` (64 bytes) is one of `digest` (32 bytes) by who has the `key` (64 bytes); the digest is e itself. */
export function sm2Verify(key: Uint8Array, digest: Uint8Array, signature: Uint8Array): boolean {
  const [r, s] = halves(signature)
  const t = modulo(r + s, N)
  if (r === 0n || r >= N || s === 0n || s >= N || t === 0n) return false
  const point = add(multiply(s, G), multiply(t, halves(key)))
  return point !== undefined && modulo(number(digest) + point[0], N) === r
}

const rotate = (value: number, count: number): number =>
  (value << (count % 32)) | (value >>> ((32 - (count % 32)) % 32))
const spread0 = (x: number): number => x ^ rotate(x, 9) ^ rotate(x, 17)
const spread1 = (x: number): number => x ^ rotate(x, 15) ^ rotate(x, 23)

const START = [0x7380166f, 0x4914b2b9, 0x172442d7, 0xda8a0600, 0xa96f30bc, 0x163138aa, 0xe38dee4d, 0xb0fb0e4e] as const

/** The digest of 32 bytes. */
export function sm3(message: Uint8Array): Uint8Array {
  const padded = new Uint8Array(Math.ceil((message.length + 9) / 64) * 64)
  padded.set(message)
  padded[message.length] = 0x80
  const view = new DataView(padded.buffer)
  view.setBigUint64(padded.length - 8, BigInt(message.length) * 8n)
  const state = Int32Array.from(START)
  for (let at = 0; at < padded.length; at += 64) compress(state, view, at)
  const digest = new DataView(new ArrayBuffer(32))
  for (const [index, word] of state.entries()) digest.setInt32(index * 4, word)
  return new Uint8Array(digest.buffer)
}

function compress(state: Int32Array, view: DataView, at: number): void {
  const w = new Int32Array(68)
  for (let j = 0; j < 16; j++) w[j] = view.getInt32(at + j * 4)
  for (let j = 16; j < 68; j++)
    w[j] = spread1(w[j - 16]! ^ w[j - 9]! ^ rotate(w[j - 3]!, 15)) ^ rotate(w[j - 13]!, 7) ^ w[j - 6]!
  let [a, b, c, d, e, f, g, h] = state as unknown as [number, number, number, number, number, number, number, number]
  for (let j = 0; j < 64; j++) {
    const constant = j < 16 ? 0x79cc4519 : 0x7a879d8a
    const a12 = rotate(a, 12)
    const ss1 = rotate((a12 + e + rotate(constant, j)) | 0, 7)
    const ff = j < 16 ? a ^ b ^ c : (a & b) | (a & c) | (b & c)
    const gg = j < 16 ? e ^ f ^ g : (e & f) | (~e & g)
    const tt1 = (ff + d + (ss1 ^ a12) + (w[j]! ^ w[j + 4]!)) | 0
    const tt2 = (gg + h + ss1 + w[j]!) | 0
    ;[a, b, c, d, e, f, g, h] = [tt1, a, rotate(b, 9), c, spread0(tt2), e, rotate(f, 19), g]
  }
  for (const [index, word] of [a, b, c, d, e, f, g, h].entries()) state[index]! ^= word
}
