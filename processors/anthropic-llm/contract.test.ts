import { describe, it } from 'vitest'
import { brainContract, emulateAnthropic } from 'voxgraph/testing'
import anthropicLlm from './index.ts'
import { optionsOf } from './testing.ts'

describe('anthropic-llm', () => {
  const cases = brainContract({
    definition: anthropicLlm,
    emulate: (init) => emulateAnthropic(init),
    options: optionsOf({ prewarm: false }),
    unknownModel: { model: 'gpt-6' },
  })
  it.each(cases)('$name', ({ run }) => run())
})
