import { VoxgraphError } from '../errors/index.ts'

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** UTF-8 of a text. */
export const utf8 = (text: string): Uint8Array => encoder.encode(text)

/** A reader of bytes that refuses to go beyond their end. Numbers are little-endian. */
export interface ByteReader {
  u8(): number
  u32(): number
  f64(): number
  /** A whole number from 0 to 2^53 − 1, carried as a double. `name` is for the error. */
  count(name: string): number
  /** UTF-8 of `length` bytes; refuses what is not. */
  text(length: number, name: string): string
  /** A view of the next `length` bytes, not a copy. */
  take(length: number): Uint8Array
  /** How many bytes are left. */
  left(): number
}

/**
 * Reads `bytes` from the start.
 * @throws VoxgraphError `wire-malformed` from each of its functions when the bytes do not hold it
 */
export function createByteReader(bytes: Uint8Array): ByteReader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let offset = 0

  function step(length: number): number {
    if (offset + length > bytes.length) throw malformed('it ends too early')
    const from = offset
    offset += length
    return from
  }
  const take = (length: number): Uint8Array => {
    const from = step(length)
    return bytes.subarray(from, from + length)
  }

  return {
    u8: () => view.getUint8(step(1)),
    u32: () => view.getUint32(step(4), true),
    f64: () => view.getFloat64(step(8), true),
    count(name) {
      const value = view.getFloat64(step(8), true)
      if (!Number.isSafeInteger(value) || value < 0) {
        throw malformed(`${name} is not a whole number`)
      }
      return value + 0
    },
    text(length, name) {
      const part = take(length)
      if (length > longestPlain) return decodeUtf8(part, name)
      let plain = ''
      for (const code of part) {
        if (code >= 0x80) return decodeUtf8(part, name)
        plain += String.fromCharCode(code)
      }
      return plain
    },
    take,
    left: () => bytes.length - offset,
  }
}

/** Up to this length putting characters together is faster than `TextDecoder`; measured. */
const longestPlain = 24

function decodeUtf8(bytes: Uint8Array, name: string): string {
  try {
    return decoder.decode(bytes)
  } catch {
    throw malformed(`${name} is not UTF-8`)
  }
}

/** Error for bytes that are not a frame. */
export const malformed = (reason: string): VoxgraphError =>
  new VoxgraphError('wire-malformed', { reason })
