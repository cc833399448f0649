import { describe, it } from 'vitest'
import { emulateDeepgram, ttsContract } from 'voxgraph/testing'
import definition from './index.ts'

describe('deepgram-tts, as every voice', () => {
  const contract = ttsContract({ definition, emulate: emulateDeepgram, options: {}, untimed: true })
  it.each(contract)('$name', ({ run }) => run())
})
