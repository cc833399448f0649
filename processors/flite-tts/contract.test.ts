import { describe, it } from 'vitest'
import { ttsContract } from 'voxgraph/testing'
import flite from './index.ts'

describe('flite-tts, as every voice', () => {
  const contract = ttsContract({ definition: flite, options: { voice: 'slt' } })
  it.each(contract)('$name', ({ run }) => run())
})
