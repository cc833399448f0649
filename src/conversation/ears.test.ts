import { describe, expect, it } from 'vitest'
import { createVirtualClock } from '../time/virtual-clock.ts'
import { Ears } from './ears.ts'

/** The floor has moved from the desk to billing while the caller speaks, or does not. */
function moved(isSpeaking: boolean, areOwn = true) {
  const clock = createVirtualClock()
  const ears = new Ears()
  ears.areOwn = areOwn
  ears.left('desk', isSpeaking, clock)
  return { clock, ears, hearing: () => ears.hearing('billing') }
}

describe('the ears', () => {
  it('are those of the old agent until the caller pauses', () => {
    const { ears, hearing } = moved(true)
    expect(hearing()).toBe('desk')
    ears.reset()
    expect(hearing()).toBe('billing')
  })

  it.each([
    ['the caller is silent', false, true],
    ['all hear with the same', true, false],
  ])('are those of the new agent at once where %s', (_, isSpeaking, areOwn) => {
    expect(moved(isSpeaking, areOwn).hearing()).toBe('billing')
  })

  it('are those of the new agent after 15 s in any case', async () => {
    const { clock, hearing } = moved(true)
    await clock.advance(14_999)
    expect(hearing()).toBe('desk')
    await clock.advance(1)
    expect(hearing()).toBe('billing')
  })

  it('are those of the new agent when the old one breaks down, and of nobody else', () => {
    const { ears, hearing } = moved(true)
    ears.lose('tech')
    expect(hearing()).toBe('desk')
    ears.lose('desk')
    expect(hearing()).toBe('billing')
  })
})
