import { Subject } from 'rxjs'
import { defineTransport, type Clock, type Connection } from 'voxgraph/plugin'
import { audio, durationMs, type AudioFrame, type Frame } from 'voxgraph/plugin'

/** Rate of the line, in Hz. */
export const lineRate = 16_000
const frameMs = 20

/** A stretch of time on the clock of the call, in ms. */
export interface Stretch {
  readonly from: number
  readonly to: number
}

/** A telephone line of which one end is held by a test. */
export interface Line {
  readonly definition: ReturnType<typeof defineTransport>
  readonly connection: Connection
  /** When the caller spoke. */
  readonly spoken: readonly Stretch[]
  /** When the caller heard something. */
  heard(): readonly Stretch[]
  /** By how much the caller's sound was late in all, in ms: so long the machine did something else. */
  readonly lateMs: number
  /** True when the bot has been silent for so long. */
  isQuiet(ms: number): boolean
  /** Speaks for so long. */
  speak(ms: number): Promise<void>
  hangUp(): void
}

/** Pitch of the caller's voice in the first utterance, and by how much it is higher in each one after it, in Hz. */
const pitch = { first: 200, step: 200 } as const

/** Sound of a caller who speaks: loud enough for any detector of loudness, each utterance at a pitch of its own. */
const voiceAt = (utterance: number): Int16Array =>
  Int16Array.from({ length: (lineRate * frameMs) / 1000 }, (_, at) => {
    const hz = pitch.first + utterance * pitch.step
    return Math.round(8000 * Math.sin((at * 2 * Math.PI * hz) / lineRate))
  })
const silence = new Int16Array((lineRate * frameMs) / 1000)

/** Which of the caller's utterances a sound is, by the pitch of its first second. */
export function utteranceIn(sound: Int16Array, sampleRate: number): number {
  let loud = 0
  let crossings = 0
  let before = 0
  for (const sample of sound) {
    if (Math.abs(sample) <= 50) continue
    if (loud > 0 && sample > 0 && before <= 0) crossings++
    before = sample
    if (++loud === sampleRate) break
  }
  const hz = (crossings * sampleRate) / Math.max(1, loud)
  return Math.max(0, Math.round((hz - pitch.first) / pitch.step))
}

/** Opens the line: from here on the caller's sound comes every 20 ms. */
export function openLine(clock: Clock): Line {
  const frames = new Subject<Frame>()
  const spoken: Stretch[] = []
  let played: { readonly from: number; readonly to: number; readonly isLoud: boolean }[] = []
  let speaksUntil = -1
  let voice = voiceAt(0)
  let due = clock.now()
  let cancel = (): void => undefined
  let lateMs = 0
  let isOver = false
  const tick = (): void => {
    if (isOver) return
    lateMs += Math.max(0, clock.now() - due - frameMs)
    // A busy machine comes late: the sound that is owed is made good.
    for (; due <= clock.now(); due += frameMs) {
      const samples = due < speaksUntil ? voice : silence
      frames.next(audio({ role: 'user', samples, sampleRate: lineRate }))
    }
    if (!isOver) cancel = clock.after(Math.max(1, due - clock.now()), tick)
  }
  tick()
  return {
    definition: defineTransport({
      id: 'line',
      summary: 'A line that a test holds.',
      ports: {
        in: { audio: { type: 'audio', main: true } },
        out: {
          audio: { type: 'audio', main: true, formats: [{ sampleRate: lineRate, channels: 1 }] },
        },
      },
      listen: () => Promise.reject(new Error('nobody calls')),
    }) as Line['definition'],
    connection: {
      call: {},
      frames,
      play(frame: AudioFrame) {
        const from = Math.max(clock.now(), played.at(-1)?.to ?? 0)
        const isLoud = frame.samples.some((sample) => Math.abs(sample) > 300)
        played.push({ from, to: from + durationMs(frame), isLoud })
      },
      send: () => undefined,
      clear() {
        const now = clock.now()
        played = played
          .filter(({ from }) => from < now)
          .map((one) => ({ ...one, to: Math.min(one.to, now) }))
      },
      close() {
        isOver = true
        cancel()
      },
    },
    spoken,
    get lateMs() {
      return lateMs
    },
    heard: () => joined(played.filter(({ isLoud }) => isLoud)),
    isQuiet: (ms) => clock.now() - (played.at(-1)?.to ?? 0) >= ms,
    async speak(ms) {
      const from = clock.now()
      speaksUntil = from + ms
      voice = voiceAt(spoken.length)
      spoken.push({ from, to: speaksUntil })
      await clock.sleep(ms)
    },
    hangUp: () => frames.complete(),
  }
}

/** Pauses between words are no silence. */
const longestPauseMs = 150

function joined(stretches: readonly Stretch[]): readonly Stretch[] {
  const all: { from: number; to: number }[] = []
  for (const { from, to } of stretches) {
    const last = all.at(-1)
    if (last !== undefined && from - last.to <= longestPauseMs) last.to = to
    else all.push({ from, to })
  }
  return all
}
