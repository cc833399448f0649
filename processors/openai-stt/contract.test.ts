import { describe, it } from 'vitest'
import { emulateOpenAi, sttContract, type OpenEar } from 'voxgraph/testing'
import openAi from './index.ts'

/** What holds for a recogniser that has no connection and asks when the caller has stopped. */
const ours = [
  'replaces the words so far by final ones',
  'hears the same in every form of sound',
  'gives times within the sound that never go back',
  'makes final what is open when the caller has stopped',
  'can be closed in the middle of a word, and says nothing afterwards',
  'takes nothing amiss after it was closed',
  'accepts a good key before there is a call',
  'knows a page where the vendor should be',
]

/** One ear for all requests: what it heard before, it does not hear again. */
function lasting(open: OpenEar): OpenEar {
  let ear: ReturnType<OpenEar> | undefined
  let tell: Parameters<OpenEar>[1] = () => undefined
  return (sampleRate, hear) => {
    tell = hear
    const own = (ear ??= open(sampleRate, (heard) => tell(heard)))
    return { push: (samples) => own.push(samples), finish: () => own.finish(), close() {} }
  }
}

describe('openai-stt, as every recogniser', () => {
  const contract = sttContract({
    definition: openAi,
    emulate: ({ ear, ...init }) => emulateOpenAi({ ...init, ear: lasting(ear) }),
    options: { model: 'whisper-1', prewarm: false },
    interim: false,
  })
  it.each(contract.filter(({ name }) => ours.includes(name)))('$name', ({ run }) => run())
})
