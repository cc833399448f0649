import { basename } from 'node:path'
import {
  createConversion,
  createWavWriter,
  defineTransport,
  loadResamplerEngine,
  readWav,
  type ListenContext,
  type Listener,
  type Connection,
} from 'voxgraph/plugin'
import { connectFile, type SoundSource } from './connect-file.ts'
import { createHeardFile } from './heard-file.ts'

export { connectFile, type FileCall, type SoundSink, type SoundSource } from './connect-file.ts'

const voice = {
  type: 'audio',
  main: true,
  formats: [{ sampleRate: { option: 'sample_rate' }, channels: 1, encoding: 'pcm' }],
} as const

const options = {
  type: 'object',
  additionalProperties: false,
  required: ['in'],
  properties: {
    in: {
      type: 'string',
      minLength: 1,
      'x-input-path': true,
      description: 'WAV file that the caller says; any rate and number of channels.',
    },
    out: {
      type: 'string',
      minLength: 1,
      'x-output-path': true,
      description: 'WAV file for what the caller hears, from the beginning of the call.',
    },
    sample_rate: {
      type: 'integer',
      minimum: 8000,
      maximum: 48_000,
      default: 16_000,
      description: 'Sample rate of the call in Hz.',
    },
    tail: {
      'x-duration': true,
      default: '2s',
      description: 'Silence after the end of the file, before the caller hangs up.',
    },
  },
} as const

interface FileOptions {
  readonly in: string
  readonly out?: string | undefined
  readonly sample_rate: number
  readonly tail: number
}

/**
 * One call from a WAV file: it is spoken at the speed of the clock, then there is silence for `tail`, then
 * the caller hangs up. Works on virtual time. The listener's `done` resolves when the runtime has closed
 * the call and `out` is complete, and rejects with `sound-unwritable` when it could not be written.
 */
export default defineTransport({
  id: 'file',
  summary:
    'Plays a WAV file to the agent as its only caller, and can record what the caller hears.',
  ports: {
    in: { audio: voice, dtmf: 'dtmf', message: 'message' },
    out: { audio: voice, dtmf: 'dtmf', message: 'message' },
  },
  options,
  listen,
})

async function listen(
  { options, clock, log }: ListenContext<FileOptions>,
  accept: (connection: Connection) => void,
): Promise<Listener> {
  const { in: path, out, sample_rate: sampleRate, tail } = options
  const source = createFileSource(await readMono(path, sampleRate), (tail * sampleRate) / 1000)
  const writer = out === undefined ? undefined : await createWavWriter({ path: out, sampleRate })
  const heard = writer && createHeardFile(clock, writer, sampleRate)
  const over = Promise.withResolvers<void>()
  over.promise.catch(() => {})
  const connection = connectFile({
    clock,
    source,
    sink: heard,
    sampleRate,
    call: { from: basename(path), to: '', direction: 'inbound' },
    onSend: (frame) => log.info(`the bot sent a ${frame.type}`),
    async onClose() {
      await heard?.close().catch((thrown: unknown) => over.reject(thrown))
      over.resolve()
    },
  })
  accept(connection)
  return { address: path, done: over.promise, close: () => Promise.resolve() }
}

/** A WAV file as mono sound of one rate. */
async function readMono(path: string, sampleRate: number): Promise<Int16Array> {
  const { samples, sampleRate: rate, channels } = await readWav(path)
  const conversion = createConversion(
    await loadResamplerEngine(),
    { sampleRate: rate, channels, encoding: 'pcm' },
    { sampleRate, channels: 1, encoding: 'pcm' },
  )
  const body = conversion.convert(samples)
  const end = conversion.flush()
  conversion.close()
  const whole = new Int16Array(body.length + end.length)
  whole.set(body)
  whole.set(end, body.length)
  return whole
}

function createFileSource(samples: Int16Array, tail: number): SoundSource {
  let at = 0
  return {
    read(count) {
      if (at >= samples.length + tail) return undefined
      const part = new Int16Array(count)
      part.set(samples.subarray(at, at + count))
      at += count
      return part
    },
  }
}
