import { describe, expect, it } from 'vitest'
import { createUtteranceSound } from './utterance-sound.ts'

/** 1000 Hz, so that a sample is a millisecond; samples count up from the start of the stream. */
function stream() {
  const sound = createUtteranceSound(1000)
  let next = 0
  const pass = (ms: number): void => {
    for (let left = ms; left > 0; left -= 20) {
      sound.take(Int16Array.from({ length: Math.min(20, left) }, () => next++))
    }
  }
  return { sound, pass }
}
const ends = (samples: Int16Array | undefined) => samples && [samples[0], samples.at(-1)]

describe('the sound of an utterance', () => {
  it('begins before anybody knew of it', () => {
    const { sound, pass } = stream()
    pass(5000)
    sound.begin(320)
    expect(ends(sound.next())).toEqual([4680, 4999])
  })

  it('goes back a second and no further, and not before the stream', () => {
    const { sound, pass } = stream()
    pass(300)
    sound.begin(500)
    expect(ends(sound.end())).toEqual([0, 299])
    pass(4700)
    sound.begin(3000)
    expect(ends(sound.end())).toEqual([4000, 4999])
  })

  it('comes in pieces of a tenth of a second, then what is left', () => {
    const { sound, pass } = stream()
    pass(200)
    sound.begin(40)
    expect(sound.next()).toBeUndefined()
    pass(60)
    expect(ends(sound.next())).toEqual([160, 259])
    expect(sound.next()).toBeUndefined()
    pass(50)
    expect(ends(sound.end())).toEqual([260, 309])
    expect(sound.end()).toHaveLength(0)
  })

  it('has none between utterances', () => {
    const { sound, pass } = stream()
    pass(500)
    expect(sound.next()).toBeUndefined()
  })
})
