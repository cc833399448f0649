import { describe, it } from 'vitest'
import { ttsContract } from 'voxgraph/testing'
import flite from './index.ts'

/** It has no Arabic. */
const beyond = 'passes over what cannot be said in a text that can'

describe('flite-tts, as every voice', () => {
  const contract = ttsContract({ definition: flite, options: { voice: 'kal' } })
  it.each(contract.filter(({ name }) => name !== beyond))('$name', ({ run }) => run())
})
