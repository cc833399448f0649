import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { rate, sound, wordMs } from './rig.ts'
import { Script } from './script.ts'

const words = fc.array(fc.stringMatching(/^[a-z]{1,6}[,.]?$/), { minLength: 1, maxLength: 6 })

describe('what has been said', () => {
  it('goes on behind the last whole word, however often a voice breaks off', () => {
    fc.assert(
      fc.property(
        fc.array(words, { minLength: 1, maxLength: 4 }),
        fc.array(fc.integer({ min: 0, max: 900 }), { maxLength: 4 }),
        (spans, breaks) => {
          const script = new Script()
          for (const [index, span] of spans.entries())
            script.push({ span: index + 1, text: span.join(' ') })
          const heard: string[] = []
          const take = (piece: Parameters<Script['take']>[0]): void => {
            for (const one of script.take(piece, (piece.samples.length * 1000) / rate))
              heard.push(...(one.words ?? []).map(({ text }) => text))
          }
          for (const breakMs of breaks) {
            let left = breakMs
            for (const { span, text } of script.rest()) {
              if (left <= 0) break
              for (const piece of sound(span, text, left)) take(piece)
              left -= text.split(' ').length * wordMs
            }
            script.restart()
          }
          for (const { span, text } of script.rest())
            for (const piece of sound(span, text)) take(piece)
          for (const piece of script.finish())
            heard.push(...(piece.words ?? []).map(({ text }) => text))
          expect(heard).toEqual(spans.flat())
          expect(script.rest()).toEqual([])
          expect(script.isLacking()).toBe(false)
        },
      ),
    )
  })

  it('says a sentence again where a voice gives no times', () => {
    const script = new Script()
    script.push({ span: 1, text: 'One two.' })
    script.push({ span: 2, text: 'Three four.' })
    for (const piece of sound(1, 'One two.', Infinity, false)) script.take(piece, 50)
    for (const piece of sound(2, 'Three four.', 100, false)) script.take(piece, 50)
    script.restart()
    expect(script.rest()).toEqual([{ span: 2, text: 'Three four.' }])
  })

  it('owes nothing for what makes no sound', () => {
    const script = new Script()
    script.push({ span: 1, text: '…' })
    expect(script.isLacking()).toBe(false)
    expect(script.isOwed()).toBe(false)
  })
})
