import { expect, it } from 'vitest'
import recogniser from 'voxgraph/processors/pocketsphinx-stt'
import detector from 'voxgraph/processors/webrtc-vad'
import voice from 'voxgraph/processors/flite-tts'
import { createLiveClock } from '../../time/live-clock.ts'
import { emulatedRate, type EmulatedHearing } from '../emulators/minds.ts'
import { transcriptOf } from '../emulators/openai-sound.ts'
import { atRate } from '../read-out.ts'
import { openPhraseEar } from './phrase-ear.ts'
import { openSpokenVoice } from './spoken-voice.ts'

const clock = createLiveClock()

it('an emulated recogniser hears what an emulated voice says', async () => {
  const options = { phrases: ['what time is breakfast', 'goodbye'], rejected: '[unclear]' }
  const ears = await openPhraseEar({ detector, recogniser, options, clock })
  const voices = { tina: { voice: 'slt' } }
  const mouth = await openSpokenVoice({ definition: voice, voices, usual: {}, clock })
  const heard: EmulatedHearing[] = []
  const over = Promise.withResolvers<void>()
  const ear = ears.open(emulatedRate, (one) => {
    heard.push(one)
    if (one.type === 'stopped') over.resolve()
  })
  try {
    const { samples, words } = await mouth.speak('What time is breakfast?', 'tina')
    expect(words.map(({ text }) => text)).toEqual(['What', 'time', 'is', 'breakfast?'])
    for (let at = 0; at < samples.length; at += 320) {
      ear.push(samples.slice(at, at + 320))
      await new Promise<void>((resolve) => clock.breathe(resolve))
    }
    // Nothing comes behind it: somebody else has seen that it is over.
    ear.finish()
    await over.promise
    expect(heard.map(({ type }) => type)).toEqual(['started', 'final', 'stopped'])
    expect(heard[1]).toMatchObject({ text: 'what time is breakfast' })
  } finally {
    await mouth.close()
    await ears.close()
  }
}, 20_000)

it('a recording is heard to its end, at another rate too', async () => {
  const options = { phrases: ['goodbye', 'yes please'], rejected: '[unclear]' }
  const ears = await openPhraseEar({ detector, recogniser, options, clock })
  const mouth = await openSpokenVoice({ definition: voice, voices: {}, usual: {}, clock })
  try {
    const { samples } = await mouth.speak('Yes please.', '')
    const sound = await atRate(samples, emulatedRate, 24_000)
    const heard = await transcriptOf({ samples: sound, sampleRate: 24_000, fields: {} }, ears.open)
    expect(heard).toBe('yes please')
  } finally {
    await mouth.close()
    await ears.close()
  }
}, 20_000)

it('options that the recogniser does not have are refused', async () => {
  const options = { phrase: ['goodbye'] }
  await expect(openPhraseEar({ detector, recogniser, options, clock })).rejects.toThrow(
    "pocketsphinx-stt:  must have required property 'phrases'",
  )
})
