import { describe, it } from 'vitest'
import { type Accept, type ListenContext } from 'voxgraph/plugin'
import { createFarEar, transportContract, type FarEnd, type TransportRig } from 'voxgraph/testing'
import { connectFile } from './connect-file.ts'
import file from './index.ts'

const sampleRate = 16_000

/** The line of a file, whose caller is a program in the place of a recording. */
function rig(): TransportRig {
  let ring = (): FarEnd => {
    throw new Error('it is not open')
  }
  return {
    options: { in: 'nobody.wav' },
    async listen(ctx: ListenContext<never>, accept: Accept) {
      ring = () => call(ctx, accept)
      return { address: 'here', close: () => Promise.resolve() }
    },
    connect: async () => ring(),
  }
}

function call({ clock }: ListenContext<never>, accept: Accept): FarEnd {
  const ear = createFarEar(clock, sampleRate)
  const over = Promise.withResolvers<void>()
  const keys: string[] = []
  let waiting = new Int16Array()
  let isGone = false
  const connection = connectFile({
    ...{ clock, sampleRate },
    source: {
      read(count) {
        if (isGone) return undefined
        const samples = waiting.slice(0, count)
        waiting = waiting.slice(count)
        return samples
      },
    },
    sink: { write: (samples) => ear.play(samples), clear: () => ear.clear() },
    onSend: (frame) => void (frame.type === 'dtmf' && keys.push(frame.digit)),
    onClose: () => over.resolve(),
  })
  accept(connection)
  return {
    ...{ sampleRate, keys, over: over.promise },
    say(samples) {
      waiting = Int16Array.from([...waiting, ...samples])
    },
    heard: () => ear.heard,
    hangUp: () => (isGone = true),
    drop: () => undefined,
  }
}

describe('the line of a file, as every transport', () => {
  const contract = transportContract({
    definition: file,
    lacks: [
      ...(['played', 'press', 'messages', 'stopReading', 'drop'] as const),
      ...(['room', 'close', 'abandon', 'transfers'] as const),
    ],
    rig,
  })
  it.each(contract)('$name', ({ run }) => run())
})
