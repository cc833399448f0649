import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import { bytesToPcm, pcmToBytes } from 'voxgraph/plugin'

/** Sound as it stands in a frame of the protobuf package `pipecat`: linear, 16-bit, interleaved. */
export interface PipecatSound {
  readonly kind: 'audio'
  readonly samples: Int16Array
  /** In Hz. */
  readonly sampleRate: number
  readonly channels: number
}

/** A frame of the protobuf package `pipecat`; of those that carry no sound and no message only that they came. */
export type PipecatFrame =
  | PipecatSound
  | { readonly kind: 'message'; readonly data: string }
  | { readonly kind: 'other' }

/** Bytes that are no frame; the reason is for whoever sent them. */
export interface NoFrame {
  readonly kind: 'fault'
  readonly reason: string
}

/** Fields of `Frame`, a oneof. */
const audioField = 2
const messageField = 4
/** Fields of `AudioRawFrame`; `id` (1), `pts` (6) and `name` (2) say nothing that is needed. */
const nameField = 2
const soundField = 3
const rateField = 4
const channelsField = 5
/** Field of `MessageFrame`. */
const dataField = 1

/** Rates that sound may come in, in Hz: what microphones give. */
const lowestRate = 8000
const highestRate = 48_000
/** Bytes of a 16-bit sample. */
const sampleBytes = 2

const fault = (reason: string): NoFrame => ({ kind: 'fault', reason })

/** Writes a frame as clients read it. */
export function encodePipecat(frame: Exclude<PipecatFrame, { kind: 'other' }>): Uint8Array {
  const writer = new BinaryWriter()
  if (frame.kind === 'message') {
    writer.tag(messageField, WireType.LengthDelimited).fork()
    writer.tag(dataField, WireType.LengthDelimited).string(frame.data)
  } else {
    writer.tag(audioField, WireType.LengthDelimited).fork()
    writer.tag(nameField, WireType.LengthDelimited).string('audio')
    writer.tag(soundField, WireType.LengthDelimited).bytes(pcmToBytes(frame.samples))
    writer.tag(rateField, WireType.Varint).uint32(frame.sampleRate)
    writer.tag(channelsField, WireType.Varint).uint32(frame.channels)
  }
  return writer.join().finish()
}

/** Reads a frame; says what is wrong with it instead. Never throws. Of several frames the last counts. */
export function decodePipecat(bytes: Uint8Array): PipecatFrame | NoFrame {
  try {
    let found: PipecatFrame | NoFrame | undefined
    eachField(bytes, {
      [audioField]: (part) => (found = decodeSound(part)),
      [messageField]: (part) => (found = decodeMessage(part)),
    })
    return found ?? (bytes.length === 0 ? fault('it is empty') : { kind: 'other' })
  } catch {
    return fault('it is no protobuf frame of the package pipecat')
  }
}

function decodeSound(bytes: Uint8Array): PipecatSound | NoFrame {
  let sound: Uint8Array = new Uint8Array()
  let sampleRate = 0
  let channels = 0
  eachField(
    bytes,
    { [soundField]: (part) => (sound = part) },
    {
      [rateField]: (value) => (sampleRate = value),
      [channelsField]: (value) => (channels = value),
    },
  )
  return readSound(sound, sampleRate, channels)
}

/** Reads samples, little-endian, interleaved; says what is wrong with them instead. */
export function readSound(
  bytes: Uint8Array,
  sampleRate: number,
  channels: number,
): PipecatSound | NoFrame {
  const isRate = sampleRate >= lowestRate && sampleRate <= highestRate
  const isWhole = bytes.length % (sampleBytes * channels) === 0
  if (!Number.isInteger(sampleRate) || !isRate || ![1, 2].includes(channels) || !isWhole) {
    return fault('sound is 16-bit, mono or stereo, at 8000 to 48000 Hz')
  }
  return { kind: 'audio', samples: bytesToPcm(bytes), sampleRate, channels }
}

function decodeMessage(bytes: Uint8Array): PipecatFrame {
  let data = ''
  const decoder = new TextDecoder('utf-8', { fatal: true })
  eachField(bytes, { [dataField]: (part) => (data = decoder.decode(part)) })
  return { kind: 'message', data }
}

type Takers<T> = Readonly<Record<number, (value: T) => unknown>>

/**
 * Goes over the fields of a message, those that are not known too.
 * @throws Error when the bytes are no message
 */
function eachField(
  bytes: Uint8Array,
  parts: Takers<Uint8Array>,
  numbers: Takers<number> = {},
): void {
  const reader = new BinaryReader(bytes)
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag()
    const part = type === WireType.LengthDelimited ? parts[field] : undefined
    const number = type === WireType.Varint ? numbers[field] : undefined
    if (part !== undefined) part(reader.bytes())
    else if (number !== undefined) number(reader.uint32())
    // Groups are not in proto3, and could be nested without end.
    else if (type === WireType.StartGroup) throw new Error('a group')
    else reader.skip(type, field)
  }
}
