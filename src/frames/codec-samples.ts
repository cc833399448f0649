const isLittleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1

/** Writes 16-bit samples into `target` at `offset`, little-endian, two bytes each. */
export function writePcm(samples: Int16Array, target: Uint8Array, offset: number): void {
  if (isLittleEndian) {
    target.set(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength), offset)
    return
  }
  const view = new DataView(target.buffer, target.byteOffset + offset, samples.byteLength)
  samples.forEach((sample, index) => view.setInt16(index * 2, sample, true))
}

/** 16-bit samples as little-endian bytes, two each; a copy. */
export function pcmToBytes(samples: Int16Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(samples.byteLength)
  writePcm(samples, bytes, 0)
  return bytes
}

/** Little-endian bytes as 16-bit samples; a copy. An odd last byte is left out. */
export function bytesToPcm(bytes: Uint8Array): Int16Array {
  const samples = new Int16Array(bytes.length >> 1)
  if (isLittleEndian) {
    new Uint8Array(samples.buffer).set(bytes.subarray(0, samples.byteLength))
    return samples
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let index = 0; index < samples.length; index++) {
    samples[index] = view.getInt16(index * 2, true)
  }
  return samples
}
