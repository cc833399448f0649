import { describe, it } from 'vitest'
import { emulateOpenAi, ttsContract } from 'voxgraph/testing'
import openAi from './index.ts'

describe('openai-tts, as every voice', () => {
  const contract = ttsContract({
    definition: openAi,
    emulate: emulateOpenAi,
    options: { model: 'gpt-4o-mini-tts', voice: 'marin', prewarm: false },
    untimed: true,
  })
  it.each(contract)('$name', ({ run }) => run())
})
