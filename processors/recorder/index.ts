import {
  VoxgraphError,
  createWavWriter,
  defineProcessor,
  type AudioFrame,
  type Clock,
  type Log,
  type PlayoutFrame,
  type WavWriter,
} from 'voxgraph/plugin'
import { createBotTrack } from './bot-track.ts'
import { createCallerTrack } from './caller-track.ts'
import { createStereoLine } from './stereo-line.ts'

const voice = {
  type: 'audio',
  formats: [{ sampleRate: { option: 'sample_rate' }, channels: 1, encoding: 'pcm' }],
} as const

/**
 * Records a call as stereo WAV on one time line, the session's clock: the caller on the left as it came
 * in, the bot on the right as it was heard. The file is valid at any time; it runs about three seconds
 * behind the call. When it cannot be written that is one error, `sound-unwritable`; what was recorded
 * stays, and a path that failed is not opened again while the process runs.
 */
export default defineProcessor({
  id: 'recorder',
  summary: 'Records the call as stereo WAV: the caller left, the bot right, as it was heard.',
  role: 'sink',
  ports: {
    in: {
      caller: { ...voice, description: 'What the caller says.' },
      bot: { ...voice, description: 'What the bot says; recorded when it is heard.' },
    },
  },
  options: {
    type: 'object',
    additionalProperties: false,
    required: ['path'],
    properties: {
      path: {
        type: 'string',
        minLength: 1,
        'x-output-path': true,
        'x-template': true,
        description: 'File to write, for example recordings/{{call.id}}.wav. Folders are made.',
      },
      sample_rate: {
        type: 'integer',
        minimum: 8000,
        maximum: 48_000,
        default: 16_000,
        description: 'Sample rate of the file in Hz.',
      },
    },
  },
  share: () => new Set<string>(),
  async setup({ options, shared, clock, log }) {
    const { path, sample_rate: sampleRate } = options
    const zero = clock.now()
    if (shared.has(path)) throw new VoxgraphError('sound-unwritable', failedBefore(path))
    const writer = await clock.work(createWavWriter({ path, sampleRate, channels: 2 }))
    const recording = createRecording({ writer, sampleRate, zero, clock, log })
    const guarded = <T>(work: () => T): T => {
      try {
        return work()
      } catch (thrown) {
        shared.add(path)
        throw thrown
      }
    }
    return {
      caller: (frame: AudioFrame) => guarded(() => recording.caller(frame)),
      bot: (frame: AudioFrame) => recording.bot(frame),
      signal: (frame) =>
        frame.type === 'playout' ? guarded(() => recording.heard(frame)) : undefined,
      close: () => recording.close(),
    }
  },
})

const failedBefore = (file: string): { readonly file: string; readonly reason: string } => ({
  file,
  reason: 'that failed before, and what was recorded then is kept',
})

interface Recording {
  caller(frame: AudioFrame): Promise<void> | undefined
  bot(frame: AudioFrame): void
  heard(fact: PlayoutFrame): Promise<void> | undefined
  close(): Promise<void>
}

interface RecordingOptions {
  readonly writer: WavWriter
  readonly sampleRate: number
  /** Time on the clock at which the recording begins, in ms. */
  readonly zero: number
  readonly clock: Clock
  readonly log: Log
}

/** How long a place on the line stays open for the bot's sound, in ms: facts may be two seconds late. */
const openMs = 3000
/** How much is written at a time, in ms. */
const stepMs = 1000

function createRecording(init: RecordingOptions): Recording {
  const { writer, sampleRate, zero, clock, log } = init
  const positionOf = (ms: number): number => Math.round(((ms - zero) * sampleRate) / 1000)
  const line = createStereoLine(writer)
  const caller = createCallerTrack(line, sampleRate)
  const bot = createBotTrack(line, sampleRate, () =>
    log.warn('The recording leaves out what the bot has not said yet: more than ten minutes wait.'),
  )
  let written = zero

  /** Writes what is old enough. Under virtual time the clock waits for the disk when that is behind. */
  function proceed(): Promise<void> | undefined {
    const now = clock.now()
    if (now - openMs - written < stepMs) return undefined
    written = now - openMs
    const wait = line.writeUntil(positionOf(written))
    return wait === undefined ? undefined : clock.work(wait)
  }

  return {
    caller(frame) {
      const wait = proceed()
      caller.take(frame, positionOf(frame.at))
      return wait
    },
    bot: (frame) => bot.take(frame),
    heard(fact) {
      const wait = proceed()
      bot.heard(fact, positionOf(fact.at))
      return wait
    },
    async close() {
      try {
        caller.settle()
        void line.writeUntil(Math.max(line.end(), positionOf(clock.now())))
      } finally {
        await clock.work(writer.close())
      }
    },
  }
}
