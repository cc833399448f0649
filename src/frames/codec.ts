import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { VoxgraphError, reasonOf } from '../errors/index.ts'
import type { AudioFrame } from './audio.ts'
import type { Catalogue } from './catalogue.ts'
import { createByteReader, malformed, utf8, type ByteReader } from './codec-bytes.ts'
import { jsonFault, type JsonLimits } from './codec-json.ts'
import { bytesToPcm, writePcm } from './codec-samples.ts'
import { lanes, type AnyFrameKind, type Frame, type Header, type Lane } from './frame.ts'

/**
 * Frames as bytes, for wires and recordings. All numbers are little-endian:
 *
 * | bytes | what |
 * |---|---|
 * | 1 | `0x56` |
 * | 1 | version, 1 |
 * | 1 | lane, its place in `lanes` |
 * | 1 | length of the type, t |
 * | 1 | length of the source, s |
 * | 32 | `id`, `cause`, `response`, `at`, a double each |
 * | t, s | type and source, UTF-8 |
 * | 4 | length of the payload, n |
 * | n | the payload, and nothing after it |
 *
 * The payload is JSON in UTF-8, except that of `audio`: role (1 byte, 0 `user`, 1 `agent`), encoding
 * (1 byte, 0 `pcm`, 1 `mulaw`), channels (1 byte), 0, sample rate (4 bytes), span (8 bytes, a double), then
 * the samples: 2 bytes each, or 1 byte each for µ-law. `words` of a piece of sound stay behind: they are for
 * the account of what was heard, which is kept where the sound is paced.
 */
export interface FrameCodec {
  /**
   * The bytes of a frame, in memory of their own.
   * @throws VoxgraphError `wire-unknown-type`, `wire-payload` or `wire-too-large` when it cannot travel
   */
  encode(frame: Frame): Uint8Array<ArrayBuffer>
  /**
   * The frame that the bytes hold, checked against the schema of its kind. It shares no memory with them.
   * @throws VoxgraphError with a code that begins with `wire-`, and nothing else, whatever the bytes are
   */
  decode(bytes: Uint8Array): Frame
}

/** Bounds of a codec. */
export interface CodecOptions {
  /** Longest frame in bytes; 1 MiB unless given. */
  readonly maxBytes?: number
  /** Longest string of a payload in UTF-16 units; 262144 unless given. */
  readonly maxString?: number
  /** Deepest nesting of a payload; 32 unless given. */
  readonly maxDepth?: number
}

interface KnownKind {
  readonly kind: AnyFrameKind
  readonly name: Uint8Array
  readonly check: () => ValidateFunction
}

const magic = 0x56
const version = 1
/** Bytes in front of type, source, length and payload. */
const fixedBytes = 5 + 32
/** Bytes of an audio payload in front of its samples. */
const audioBytes = 16
const encodings = ['pcm', 'mulaw'] as const
const roles = ['user', 'agent'] as const

/** Makes the codec of one graph's frames. Schemas are compiled when a frame of their kind first travels. */
export function createCodec(catalogue: Catalogue, options: CodecOptions = {}): FrameCodec {
  const { maxBytes = 1_048_576, maxString = 262_144, maxDepth = 32 } = options
  const limits: JsonLimits = { maxString, maxDepth }
  const kinds = knownKinds(catalogue)

  return {
    encode(frame) {
      const known = kinds.get(frame.type)
      if (known === undefined) throw unknownType(frame.type)
      const payload = frame.type === 'audio' ? undefined : jsonPayload(frame, known, limits)
      if (frame.type === 'audio') checkAudio(frame, known)
      const source = utf8(frame.source)
      checkHeader(frame, source)
      const length =
        frame.type === 'audio' ? audioBytes + soundBytes(frame) : (payload?.length ?? 0)
      const total = fixedBytes + known.name.length + source.length + 4 + length
      if (total > maxBytes) throw tooLarge(total, maxBytes)
      const bytes = new Uint8Array(total)
      const at = writeHeader(bytes, frame, known.name, source, length)
      if (frame.type === 'audio') writeAudio(bytes, at, frame)
      else if (payload !== undefined) bytes.set(payload, at)
      return bytes
    },

    decode(bytes) {
      if (bytes.length > maxBytes) throw tooLarge(bytes.length, maxBytes)
      const reader = createByteReader(bytes)
      const { lane, header, known } = readHeader(reader, kinds)
      const { type } = known.kind
      const length = reader.u32()
      if (length > reader.left()) throw malformed('it ends too early')
      if (length < reader.left()) throw malformed('there are bytes after its end')
      const payload = type === 'audio' ? readAudio(reader) : readJson(reader, type, limits)
      const check = known.check()
      if (!check(payload)) throw wrongPayload(type, faultOf(check))
      const frame = known.kind.build(header, { ...payload, lane } as never)
      if (frame.lane !== lane) throw wrongLane(known.kind, lane)
      return frame
    },
  }
}

function knownKinds(catalogue: Catalogue): ReadonlyMap<string, KnownKind> {
  const ajv = new Ajv2020({ strict: false, validateFormats: false })
  const kinds = new Map<string, KnownKind>()
  for (const kind of catalogue.values()) {
    let compiled: ValidateFunction | undefined
    kinds.set(kind.type, {
      kind,
      name: utf8(kind.type),
      check: () => (compiled ??= compile(ajv, kind)),
    })
  }
  return kinds
}

function compile(ajv: Ajv2020, kind: AnyFrameKind): ValidateFunction {
  try {
    if (utf8(kind.type).length > 255) throw new Error('its name is longer than 255 bytes')
    return ajv.compile(kind.payload)
  } catch (thrown) {
    throw new VoxgraphError('wire-schema', { type: kind.type, reason: reasonOf(thrown) })
  }
}

function checkHeader(frame: Frame, source: Uint8Array): void {
  const { type, id, cause, response, at } = frame
  if (source.length > 255) throw wrongPayload(type, 'its source is longer than 255 bytes')
  if (!isCount(id) || !isCount(cause) || !isCount(response) || !(at >= 0 && at < Infinity)) {
    throw wrongPayload(type, 'a number of its header is not a whole number, or its time is no time')
  }
}

const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 0

function writeHeader(
  bytes: Uint8Array<ArrayBuffer>,
  frame: Frame,
  name: Uint8Array,
  source: Uint8Array,
  payloadLength: number,
): number {
  const view = new DataView(bytes.buffer)
  bytes[0] = magic
  bytes[1] = version
  bytes[2] = lanes.indexOf(frame.lane)
  bytes[3] = name.length
  bytes[4] = source.length
  view.setFloat64(5, frame.id, true)
  view.setFloat64(13, frame.cause, true)
  view.setFloat64(21, frame.lane === 'bot' ? frame.response : 0, true)
  view.setFloat64(29, frame.at, true)
  bytes.set(name, fixedBytes)
  bytes.set(source, fixedBytes + name.length)
  const at = fixedBytes + name.length + source.length
  view.setUint32(at, payloadLength, true)
  return at + 4
}

function readHeader(
  reader: ByteReader,
  kinds: ReadonlyMap<string, KnownKind>,
): { readonly lane: Lane; readonly header: Header; readonly known: KnownKind } {
  if (reader.u8() !== magic) throw malformed('it does not begin like a frame')
  const written = reader.u8()
  if (written !== version) {
    throw new VoxgraphError('wire-version', { version: written, supported: version })
  }
  const lane = lanes[reader.u8()]
  if (lane === undefined) throw malformed('its lane does not exist')
  const typeLength = reader.u8()
  const sourceLength = reader.u8()
  const id = reader.count('its id')
  const cause = reader.count('its cause')
  const response = reader.count('its response')
  const at = reader.f64()
  if (!Number.isFinite(at) || at < 0) throw malformed('its time is not a time')
  const type = reader.text(typeLength, 'its type')
  const known = kinds.get(type)
  if (known === undefined) throw unknownType(type)
  if (!known.kind.lanes.includes(lane)) throw wrongLane(known.kind, lane)
  if (response !== 0 && lane !== 'bot') throw malformed('its lane has no responses')
  const source = reader.text(sourceLength, 'its source')
  return { lane, header: { id, at, source, cause, response }, known }
}

function jsonPayload(frame: Frame, known: KnownKind, limits: JsonLimits): Uint8Array {
  const { type, lane: _lane, id: _id, at: _at, source: _source, ...rest } = frame
  const { cause: _cause, response: _response, ...payload } = rest
  const fault = jsonFault(payload, limits)
  if (fault !== undefined) throw wrongPayload(type, fault)
  const check = known.check()
  if (!check(payload)) throw wrongPayload(type, faultOf(check))
  return utf8(JSON.stringify(payload))
}

function readJson(reader: ByteReader, type: string, limits: JsonLimits): object {
  const written = reader.text(reader.left(), 'its payload')
  let payload: unknown
  try {
    payload = JSON.parse(written)
  } catch {
    throw wrongPayload(type, 'it is not JSON')
  }
  const fault = jsonFault(payload, limits)
  if (fault !== undefined) throw wrongPayload(type, fault)
  if (typeof payload !== 'object' || payload === null) throw wrongPayload(type, 'it is no object')
  return payload
}

const soundBytes = (frame: AudioFrame): number =>
  frame.encoding === 'mulaw' ? frame.samples.length : frame.samples.byteLength

function checkAudio(frame: AudioFrame, known: KnownKind): void {
  const { role, samples, sampleRate, channels, encoding, span } = frame
  const check = known.check()
  if (!check({ role, samples, sampleRate, channels, encoding, span })) {
    throw wrongPayload('audio', faultOf(check))
  }
  if (samples.length % channels !== 0) throw wrongPayload('audio', 'its last sample is incomplete')
  if (encoding === 'mulaw' && samples.some((code) => code < 0 || code > 255)) {
    throw wrongPayload('audio', 'a µ-law code is not from 0 to 255')
  }
}

function writeAudio(bytes: Uint8Array<ArrayBuffer>, at: number, frame: AudioFrame): void {
  const view = new DataView(bytes.buffer)
  bytes[at] = roles.indexOf(frame.role)
  bytes[at + 1] = encodings.indexOf(frame.encoding)
  bytes[at + 2] = frame.channels
  view.setUint32(at + 4, frame.sampleRate, true)
  view.setFloat64(at + 8, frame.span, true)
  if (frame.encoding === 'mulaw') bytes.set(frame.samples, at + audioBytes)
  else writePcm(frame.samples, bytes, at + audioBytes)
}

function readAudio(reader: ByteReader): object {
  const role = roles[reader.u8()]
  const encoding = encodings[reader.u8()]
  const channels = reader.u8()
  if (role === undefined || encoding === undefined || reader.u8() !== 0) {
    throw wrongPayload('audio', 'its role or its encoding does not exist')
  }
  const sampleRate = reader.u32()
  const span = reader.count('its span')
  const sound = reader.take(reader.left())
  if (encoding === 'pcm' && sound.length % 2 !== 0) throw malformed('half a sample is missing')
  const samples = encoding === 'pcm' ? bytesToPcm(sound) : Int16Array.from(sound)
  if (samples.length % channels !== 0) throw wrongPayload('audio', 'its last sample is incomplete')
  return { role, samples, sampleRate, channels, encoding, span }
}

/** Longest piece of foreign text in a message, in UTF-16 units. */
const longestQuote = 60
const quote = (text: string): string => JSON.stringify(text.slice(0, longestQuote))

function faultOf(check: ValidateFunction): string {
  const [first] = check.errors ?? []
  const path = first?.instancePath ?? ''
  const place = path === '' ? '' : `${quote(path.slice(1))} `
  return `${place}${first?.message ?? 'it does not fit'}`
}

const unknownType = (type: string): VoxgraphError =>
  new VoxgraphError('wire-unknown-type', { type: quote(type) })
const wrongPayload = (type: string, reason: string): VoxgraphError =>
  new VoxgraphError('wire-payload', { type, reason })
const wrongLane = (kind: AnyFrameKind, lane: Lane): VoxgraphError =>
  new VoxgraphError('wire-lane', { type: kind.type, lane, lanes: kind.lanes.join(', ') })
const tooLarge = (bytes: number, max: number): VoxgraphError =>
  new VoxgraphError('wire-too-large', { bytes, max })
