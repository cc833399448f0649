import type { Clock } from 'voxgraph/plugin'
import { connectClient, type Client } from 'voxgraph/transports/websocket'
import { FarEnd } from './far-end.ts'

/** Sound that a caller says, from its first loud sample on; 16 kHz. */
export type Utterance = Int16Array

/** A moment at which the caller began to speak, and what the far end did about it. */
export interface Interruption {
  /** When the first sample of the caller's voice was spoken, in ms. */
  readonly spokeAt: number
  /** When the far end was told to fall silent. */
  readonly clearedAt: number
  /** When the last sound of the bot was played; before `spokeAt` when it was silent anyway. */
  readonly silentAt: number
  /** Bot's sound that was played since it had begun to speak, in ms. */
  readonly playedMs: number
}

const sampleRate = 16_000
const frameMs = 20
const frame = (sampleRate * frameMs) / 1000
/** Sound of the bot that counts as it speaking, in ms; before it there is nothing to interrupt. */
const speakingMs = 300

/**
 * Calls, and interrupts the bot `count` times: each time it has spoken for a moment that `moment` gives, in
 * ms. Everything happens in real time. Told of each interruption when the bot speaks again.
 */
export async function interrupt(init: {
  readonly url: string
  /** By which the call is known again. */
  readonly name: string
  readonly clock: Clock
  readonly count: number
  readonly utterances: readonly Utterance[]
  readonly moment: () => number
  readonly onInterruption: (one: Interruption, index: number) => void
}): Promise<void> {
  const { clock, count, utterances } = init
  const farEnd = new FarEnd(sampleRate)
  let clearedAt = 0
  const client: Client = await connectClient(init.url, {
    sampleRate,
    reportsPlayed: true,
    call: { from: init.name },
    onAudio: (samples) => farEnd.take(samples, clock.now()),
    onClear: () => {
      clearedAt = clock.now()
      farEnd.clear(clearedAt)
    },
  })
  const line = talker(client, clock, farEnd)
  const pause = (ms: number): Promise<void> => line(new Int16Array(0), ms)
  for (let index = 0; index < count; index++) {
    while (soundMs(farEnd) < speakingMs) await pause(frameMs)
    await pause(init.moment())
    // Nobody begins to speak where a frame does.
    const offset = Math.floor(Math.random() * frame)
    const utterance = utterances[index % utterances.length] ?? new Int16Array(0)
    const said = new Int16Array(offset + utterance.length)
    said.set(utterance, offset)
    const spokeAt = clock.now() + (offset * 1000) / sampleRate
    const before = clearedAt
    await line(said, 0)
    const isCleared = clearedAt > before
    init.onInterruption(
      {
        spokeAt,
        clearedAt: isCleared ? clearedAt : Infinity,
        silentAt: farEnd.lastSoundAt() ?? 0,
        playedMs: soundMs(farEnd),
      },
      index,
    )
    farEnd.reset()
  }
  await pause(2000)
  await client.close()
}

const soundMs = ({ played }: FarEnd): number =>
  played.reduce((sum, { samples }) => sum + (samples.length * 1000) / sampleRate, 0)

/** Sends sound at the pace of speaking, and silence for `silenceMs` after it; a telephone never stops. */
function talker(client: Client, clock: Clock, farEnd: FarEnd) {
  const startedAt = clock.now()
  let sent = 0
  return async (said: Int16Array, silenceMs: number): Promise<void> => {
    const frames = Math.ceil(said.length / frame) + Math.round(silenceMs / frameMs)
    for (let index = 0; index < frames; index++) {
      sent++
      await clock.sleep(Math.max(0, startedAt + sent * frameMs - clock.now()))
      const samples = hiss()
      said.subarray(index * frame, (index + 1) * frame).forEach((sample, at) => {
        samples[at] = (samples[at] ?? 0) + sample
      })
      client.send(samples)
      farEnd.settle(clock.now())
      client.played(farEnd.playedMs)
    }
  }
}

/** 20 ms of a quiet line: noise at -60 dB. */
const hiss = (): Int16Array =>
  Int16Array.from({ length: frame }, () => Math.round((Math.random() - 0.5) * 60))
