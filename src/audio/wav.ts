import { open } from 'node:fs/promises'
import { VoxgraphError } from '../errors/index.ts'
import { fileFault } from './file-fault.ts'
import { decodeMulaw } from './g711.ts'

/** Sound held in memory. */
export interface Sound {
  /** Samples per second and channel, in Hz. */
  readonly sampleRate: number
  readonly channels: number
  /** Linear 16-bit, interleaved. */
  readonly samples: Int16Array
}

/** Largest WAV file that is read: 256 MiB, more than two hours of 16 kHz mono. */
const longestFile = 268_435_456

/**
 * Reads a WAV file whole.
 * @throws VoxgraphError `sound-unreadable` or `wav-malformed`
 */
export async function readWav(path: string): Promise<Sound> {
  let bytes: Uint8Array
  try {
    const file = await open(path, 'r')
    try {
      const { size } = await file.stat()
      if (size > longestFile) throw new Error(`it has ${size} bytes, more than ${longestFile}`)
      bytes = await file.readFile()
    } finally {
      await file.close()
    }
  } catch (cause) {
    throw new VoxgraphError('sound-unreadable', { file: path, reason: fileFault(cause) }, { cause })
  }
  return decodeWav(bytes, path)
}

/** How the samples of a WAV file are written. */
interface WavFormat {
  readonly tag: number
  readonly channels: number
  readonly sampleRate: number
  readonly bits: number
}

const formatTags = { pcm: 1, float: 3, mulaw: 7, extensible: 0xfffe } as const

/**
 * Samples of a WAV file: PCM of 8, 16, 24 or 32 bits, floats of 32 or 64, or µ-law. A file that ends before
 * its header says is read to its end. `name` is for the error.
 * @throws VoxgraphError `wav-malformed`
 */
export function decodeWav(bytes: Uint8Array, name = 'The sound'): Sound {
  const fail = (reason: string): VoxgraphError =>
    new VoxgraphError('wav-malformed', { file: name, reason })
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const tagAt = (at: number): string => String.fromCharCode(...bytes.subarray(at, at + 4))
  if (bytes.length < 12 || tagAt(0) !== 'RIFF' || tagAt(8) !== 'WAVE') {
    throw fail('it does not begin with RIFF and WAVE')
  }
  let format: WavFormat | undefined
  for (let at = 12; at + 8 <= bytes.length;) {
    const length = Math.min(view.getUint32(at + 4, true), bytes.length - at - 8)
    if (tagAt(at) === 'fmt ') format = formatOf(view, at + 8, length)
    if (tagAt(at) === 'data') {
      if (format === undefined) throw fail('its format is missing or cut short')
      const fault = faultOf(format)
      if (fault !== undefined) throw fail(fault)
      return soundOf(format, new DataView(view.buffer, view.byteOffset + at + 8, length))
    }
    at += 8 + length + (length % 2)
  }
  throw fail('it holds no sound')
}

function formatOf(view: DataView, at: number, length: number): WavFormat | undefined {
  if (length < 16) return undefined
  const tag = view.getUint16(at, true)
  const isExtensible = tag === formatTags.extensible && length >= 26
  return {
    tag: isExtensible ? view.getUint16(at + 24, true) : tag,
    channels: view.getUint16(at + 2, true),
    sampleRate: view.getUint32(at + 4, true),
    bits: view.getUint16(at + 14, true),
  }
}

function faultOf({ tag, channels, sampleRate, bits }: WavFormat): string | undefined {
  if (channels < 1 || channels > 8) return `it has ${channels} channels`
  if (sampleRate < 1000 || sampleRate > 384_000) return `its rate is ${sampleRate} Hz`
  return readerOf(tag, bits) === undefined ? `its format is ${tag} with ${bits} bits` : undefined
}

type SampleReader = (view: DataView, at: number) => number

/** Function that reads one sample as a 16-bit number; undefined for formats that are not known. */
function readerOf(tag: number, bits: number): SampleReader | undefined {
  if (tag === formatTags.float) {
    if (bits === 32) return (view, at) => fromFloat(view.getFloat32(at, true))
    if (bits === 64) return (view, at) => fromFloat(view.getFloat64(at, true))
  }
  if (tag === formatTags.mulaw && bits === 8) return (view, at) => view.getUint8(at)
  if (tag !== formatTags.pcm) return undefined
  if (bits === 8) return (view, at) => (view.getUint8(at) - 128) << 8
  if (bits === 16) return (view, at) => view.getInt16(at, true)
  if (bits === 24) return (view, at) => view.getInt16(at + 1, true)
  if (bits === 32) return (view, at) => view.getInt16(at + 2, true)
  return undefined
}

const fromFloat = (value: number): number =>
  Number.isNaN(value) ? 0 : Math.max(-32_768, Math.min(32_767, Math.round(value * 32_768)))

function soundOf({ tag, bits, channels, sampleRate }: WavFormat, data: DataView): Sound {
  const read = readerOf(tag, bits) ?? (() => 0)
  const width = bits / 8
  const count = Math.floor(data.byteLength / width / channels) * channels
  const samples = new Int16Array(count)
  for (let index = 0; index < count; index++) samples[index] = read(data, index * width)
  return {
    sampleRate,
    channels,
    samples: tag === formatTags.mulaw ? decodeMulaw(samples) : samples,
  }
}
