import { describe, it } from 'vitest'
import { elevenLabsVoice, emulateElevenLabs, ttsContract } from 'voxgraph/testing'
import elevenLabs from './index.ts'

describe.each(['websocket', 'http'])('elevenlabs-tts in mode %s, as every voice', (mode) => {
  const contract = ttsContract({
    definition: elevenLabs,
    emulate: emulateElevenLabs,
    options: { voice: elevenLabsVoice, mode },
  })
  it.concurrent.each(contract)('$name', ({ run }) => run())
})
