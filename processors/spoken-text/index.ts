import { defineProcessor, derive, type TextFrame } from 'voxgraph/plugin'
import { createEnglish, ruleNames } from './english.ts'
import { readyLength } from './ready-text.ts'

/**
 * Writes numbers, dates, addresses and the like as they are spoken, for a voice that cannot be trusted to.
 * Stands between a brain and a TTS. Of a span it holds back the last word, and numbers and dates that the
 * next word may change, 200 characters at most, until more of the span comes, the next span begins or the
 * response ends; what is held of a cut response is forgotten. Text without a span is taken as it is.
 * The record knows the text before it was put in words; where the caller interrupts, what was heard is
 * found by matching words, else in proportion to the characters.
 */
export default defineProcessor({
  id: 'spoken-text',
  summary:
    'Writes numbers, dates, money, addresses and the like in English words, as they are spoken.',
  role: 'filter',
  ports: {
    in: { text: { type: 'text', many: true } },
    out: { text: { type: 'text' } },
  },
  options: {
    type: 'object',
    additionalProperties: false,
    properties: {
      language: {
        enum: ['en'],
        default: 'en',
        description: 'Language of the words; English for now.',
      },
      rules: {
        type: 'array',
        items: { enum: ruleNames },
        uniqueItems: true,
        default: ruleNames,
        description: 'What is put in words; all of it unless listed.',
      },
      date_order: {
        enum: ['month-day', 'day-month'],
        default: 'month-day',
        description: 'Which comes first in 3/4/2025.',
      },
      replace: {
        type: 'object',
        additionalProperties: { type: 'string' },
        default: {},
        description:
          'Words and phrases of your own and how they are said: { SQL: sequel }. Capitals count.',
      },
    },
  },
  setup({ options }) {
    const { rules, date_order: dateOrder, replace } = options
    const say = createEnglish({ rules, dateOrder, replace })
    const begun = new Set(
      Object.keys(replace).flatMap((phrase) => phrase.split(/\s+/).slice(0, -1)),
    )
    const isOpen = (word: string): boolean => begun.has(word)
    let held: { readonly frame: TextFrame; readonly text: string } | undefined

    const letGo = (): TextFrame[] => {
      const last = held
      held = undefined
      return last === undefined ? [] : [derive(last.frame, { text: say(last.text) })]
    }
    return {
      text(frame) {
        if (frame.type !== 'text' || !frame.speak) return frame
        const { span, response } = frame
        if (span === 0) return [...letGo(), derive(frame, { text: say(frame.text) })]
        const isSame = held?.frame.span === span && held.frame.response === response
        const before = isSame ? [] : letGo()
        // A span that begins without a text says that the one before is complete.
        if (!isSame && frame.text === '') return [...before, frame]
        const text = (held?.text ?? '') + frame.text
        const ready = readyLength(text, isOpen)
        held = ready < text.length ? { frame, text: text.slice(ready) } : undefined
        if (ready === 0) return before
        return [...before, derive(frame, { text: say(text.slice(0, ready)) })]
      },
      signal(frame) {
        if (frame.type === 'response' && frame.state === 'ended') return letGo()
        const isCut = frame.type === 'interrupt' && frame.phase === 'confirm'
        if (isCut && held !== undefined && held.frame.response <= frame.through) held = undefined
        return undefined
      },
    }
  },
})
