import { describe, it } from 'vitest'
import { cartesiaVoice, emulateCartesia, ttsContract } from 'voxgraph/testing'
import cartesia from './index.ts'

describe('cartesia-tts, as every voice', () => {
  const contract = ttsContract({
    definition: cartesia,
    emulate: emulateCartesia,
    options: { voice: cartesiaVoice },
  })
  it.concurrent.each(contract)('$name', ({ run }) => run())
})
