import { describe, it } from 'vitest'
import { brainContract, emulateOpenAi } from 'voxgraph/testing'
import openAiLlm from './index.ts'

describe('openai-llm', () => {
  const cases = brainContract({
    definition: openAiLlm,
    emulate: (init) => emulateOpenAi(init),
    // Where a key is needed, unless an emulator is put in its place.
    options: {
      endpoint: 'https://api.openai.com/v1',
      model: 'gpt-5.4-mini',
      max_tokens: 1024,
      refusal: '',
      body: {},
    },
    unknownModel: { model: 'claude-haiku-4-5' },
  })
  it.each(cases)('$name', ({ run }) => run())
})
