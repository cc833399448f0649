import { writePcm } from '../frames/codec-samples.ts'

/** Length of the header of a WAV file of linear sound, in bytes. */
export const headerBytes = 44

/** What a header says: samples have 16 bits, `data` is the length of all of them in bytes. */
export interface WavHeader {
  readonly channels: number
  /** In Hz. */
  readonly sampleRate: number
  readonly data: number
}

/** Header of a WAV file of linear 16-bit sound. */
export function wavHeader({ channels, sampleRate, data }: WavHeader): Buffer<ArrayBuffer> {
  const frameBytes = channels * 2
  const header = Buffer.alloc(headerBytes)
  header.write('RIFF', 0, 'latin1')
  header.writeUInt32LE(headerBytes - 8 + data, 4)
  header.write('WAVEfmt ', 8, 'latin1')
  header.writeUInt32LE(16, 16)
  header.writeUInt16LE(1, 20)
  header.writeUInt16LE(channels, 22)
  header.writeUInt32LE(sampleRate, 24)
  header.writeUInt32LE(sampleRate * frameBytes, 28)
  header.writeUInt16LE(frameBytes, 32)
  header.writeUInt16LE(16, 34)
  header.write('data', 36, 'latin1')
  header.writeUInt32LE(data, 40)
  return header
}

/** Linear 16-bit mono sound as a WAV file in memory: what is sent to somebody in one piece. */
export function encodeWav(samples: Int16Array, sampleRate: number): Uint8Array<ArrayBuffer> {
  const data = samples.byteLength
  const bytes = new Uint8Array(headerBytes + data)
  bytes.set(wavHeader({ channels: 1, sampleRate, data }))
  writePcm(samples, bytes, headerBytes)
  return bytes
}
