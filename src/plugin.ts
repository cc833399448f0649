/** Everything that the author of a processor, a transport or a tool imports. */
export {
  createConversion,
  sameFormat,
  type Conversion,
  type SoundFormat,
} from './audio/conversion.ts'
export { fileFault } from './audio/file-fault.ts'
export { decodeMulaw, encodeMulaw } from './audio/g711.ts'
export { keyTones } from './audio/key-tones.ts'
export {
  createResampler,
  loadResamplerEngine,
  type Resampler,
  type ResamplerEngine,
  type ResamplerOptions,
} from './audio/resampler.ts'
export { bytesPerSample, bytesToSound, soundToBytes } from './audio/sound-bytes.ts'
export { decodeWav, readWav, type Sound } from './audio/wav.ts'
export { encodeWav } from './audio/wav-header.ts'
export { createWavWriter, type WavWriter, type WavWriterOptions } from './audio/wav-writer.ts'
export * from './define/index.ts'
export { VoxgraphError } from './errors/index.ts'
export { bytesToPcm, pcmToBytes } from './frames/codec-samples.ts'
export { createCodec, type CodecOptions, type FrameCodec } from './frames/codec.ts'
export * from './frames/index.ts'
export { createTurnLog, type Moment, type TurnLog } from './observe/turns.ts'
export type { TurnRecord } from './observe/turn-record.ts'
export { pulledModel } from './models/pulled-model.ts'
export type { Infer } from './schema/infer.ts'
export type { JsonSchema } from './schema/json-schema.ts'
export type { Cancel, Clock } from './time/clock.ts'
