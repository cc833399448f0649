import { monitorEventLoopDelay } from 'node:perf_hooks'
import flite from 'voxgraph/processors/flite-tts'
import stt from 'voxgraph/processors/pocketsphinx-stt'
import vad from 'voxgraph/processors/webrtc-vad'
import { audio, type AudioFrame } from 'voxgraph/plugin'
import { createLiveClock, createProbe } from 'voxgraph/testing'
import { readOut } from '../../src/testing/read-out.ts'
import { liveSession, percentile } from './session.ts'

const sampleRate = 16_000
const frameLength = sampleRate / 50
const phrases = ['what time is breakfast', 'I would like to book a room', 'for two nights please']

/** What a caller says, with a second of quiet behind each phrase, in frames of 20 ms. */
async function speech(): Promise<AudioFrame[]> {
  const voice = { definition: flite, options: { voice: 'rms', speed: 1 } }
  const quiet = Array.from({ length: 50 }, () => new Int16Array(frameLength))
  const sounds = await readOut(phrases, voice, sampleRate)
  const pieces = sounds.flatMap((samples) => [
    ...Array.from({ length: Math.ceil(samples.length / frameLength) }, (_, index) =>
      samples.slice(index * frameLength, (index + 1) * frameLength),
    ),
    ...quiet,
  ])
  return pieces.map((samples) => audio({ role: 'user', samples, sampleRate }))
}

/**
 * How long the event loop is kept from its work while a recogniser listens in real time, in ms; it must
 * stay free, because the sound of all calls passes through it. And what of the phrases was heard, in %.
 */
export async function hearing(): Promise<Record<string, number>> {
  const frames = await speech()
  const clock = createLiveClock()
  const probe = createProbe()
  const session = liveSession(
    {
      nodes: {
        vad: { definition: vad, options: { mode: 2, start: 120, stop: 250 } },
        stt: {
          definition: stt,
          options: {
            ...{ phrases, slots: {}, pronunciations: {}, rejected: '' },
            ...{ min_confidence: 0.5, interim: true },
          },
        },
        end: probe.definition,
      },
      flow: ['vad -> stt -> end'],
    },
    { clock },
  )
  await session.start()
  const delays = monitorEventLoopDelay({ resolution: 1 })
  const worst: number[] = []
  for (let round = 0; round < 5; round++) {
    delays.reset()
    delays.enable()
    const from = clock.now()
    for (const [i, frame] of frames.entries()) {
      session.feed('vad', 'audio', frame)
      await clock.sleep(Math.max(0, from + (i + 1) * 20 - clock.now()))
    }
    delays.disable()
    worst.push(delays.max / 1e6)
  }
  session.cancel('done')
  await session.ended
  const heard = probe.frames.filter((frame) => frame.type === 'transcript' && frame.final)
  const right = heard.filter((frame) => 'text' in frame && isSaid(String(frame.text)))
  return {
    hearing_loop_ms_max: percentile(worst, 0.5),
    hearing_right_pct: (right.length / (phrases.length * worst.length)) * 100,
  }
}

const isSaid = (heard: string): boolean =>
  phrases.some((phrase) => phrase.toLowerCase() === heard.toLowerCase())
