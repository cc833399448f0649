import { describe, test } from 'vitest'
import flux from 'voxgraph/processors/deepgram-flux'
import nova from 'voxgraph/processors/deepgram-stt'
import { emulateDeepgram, sttContract } from 'voxgraph/testing'

// Definitions come by their doors as any processor; what kind they are is known here.
const recognisers = [
  { definition: nova, finishes: true },
  { definition: flux, finishes: false },
]

describe.each(recognisers)('$definition.id', ({ definition, finishes }) => {
  const contract = sttContract({ definition, emulate: emulateDeepgram, finishes })
  test.each(contract)('$name', ({ run }) => run())
})
