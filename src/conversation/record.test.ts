import { describe, expect, it } from 'vitest'
import { correction, playout } from '../frames/index.ts'
import { ConversationRecord } from './record.ts'

const none = (): boolean => false
const all = (): boolean => true

describe('the record of a conversation', () => {
  it('joins what the caller says in one go', () => {
    const record = new ConversationRecord()
    for (const text of ['I want', 'to book', 'a table']) record.user(text)
    expect(record.messages(none)).toEqual([{ role: 'user', text: 'I want to book a table' }])
  })

  it('takes a response for heard where no transport tells', () => {
    const record = new ConversationRecord()
    record.assistant(1)
    record.text({ span: 1, text: 'Hello there.', spoken: 'Hello there.' })
    const message = { text: 'Hello there.', generated: 'Hello there.', interrupted: false }
    expect(record.messages(none)).toEqual([{ role: 'assistant', ...message }])
  })

  it('keeps of a cut response whole words that were heard, and what was generated beside it', () => {
    const record = new ConversationRecord()
    record.assistant(1)
    record.text({ span: 1, text: 'One two three. ', spoken: 'One two three. ' })
    record.text({
      span: 2,
      text: 'Four five six seven eight nine ten. ',
      spoken: 'Four five six seven eight nine ten. ',
    })
    record.text({ span: 3, text: 'Never heard.', spoken: 'Never heard.' })
    record.heard(playout({ state: 'started', span: 1, of: 1, heardMs: 0 }))
    record.heard(playout({ state: 'stopped', span: 1, of: 1, heardMs: 1000 }))
    record.heard(playout({ state: 'started', span: 2, of: 1, heardMs: 0 }))
    record.heard(playout({ state: 'stopped', span: 2, of: 1, heardMs: 1000, cut: true }))
    const [message] = record.messages(all)
    expect(message).toEqual({
      role: 'assistant',
      text: 'One two three. Four five six',
      generated: 'One two three. Four five six seven eight nine ten. Never heard.',
      interrupted: true,
    })
  })

  it('has no message for a response of which nothing was heard', () => {
    const record = new ConversationRecord()
    record.heard(playout({ state: 'started', span: 9, of: 0, heardMs: 0 }))
    record.user('hello')
    record.assistant(1)
    record.text({ span: 1, text: 'Unheard.', spoken: 'Unheard.' })
    record.user('hello again')
    expect(record.messages(all)).toEqual([{ role: 'user', text: 'hello hello again' }])
  })

  it('says of a span that was corrected what was said, and keeps the gap to the next', () => {
    const record = new ConversationRecord()
    record.assistant(1)
    record.text({ span: 1, text: 'Your **card** 4111 ', spoken: 'Your card 4111' })
    record.text({ span: 2, text: 'Fine?', spoken: 'Fine?' })
    record.correct(correction({ of: 2, span: 1, text: 'of another response' }))
    record.correct(correction({ of: 1, span: 1, text: ' Your card [number]' }))
    record.text({ span: 1, text: ' 1111', spoken: ' 1111' })
    const text = 'Your card [number] Fine?'
    expect(record.messages(none)).toEqual([
      { role: 'assistant', text, generated: text, interrupted: false },
    ])
    expect(record.textOf(1)).toBe('Your card [number] ')
  })

  it('keeps nothing of a response after the span with which it was closed, whatever comes', () => {
    const record = new ConversationRecord()
    record.assistant(1)
    for (const [span, text] of ['One two. ', 'Bad. ', 'Three. '].entries()) {
      record.text({ span: span + 1, text, spoken: text })
    }
    record.correct(correction({ of: 1, span: 2, text: 'Sorry, no.', last: true }))
    expect([record.isClosed(1), record.isClosed(2), record.isClosed(0)]).toEqual([
      true,
      false,
      false,
    ])
    record.text({ span: 4, text: 'Four.', spoken: 'Four.' })
    record.assistant(1)
    record.text({ span: 5, text: 'Five.', spoken: 'Five.' })
    record.correct(correction({ of: 1, span: 5, text: '', last: true }))
    record.heard(playout({ state: 'started', span: 1, of: 1, heardMs: 0 }))
    record.heard(playout({ state: 'stopped', span: 1, of: 1, heardMs: 500 }))
    expect(record.messages(none)).toMatchObject([{ text: 'One two. Sorry, no.' }])
    record.heard(playout({ state: 'started', span: 2, of: 1, heardMs: 0 }))
    record.heard(playout({ state: 'stopped', span: 2, of: 1, heardMs: 200, words: 1, cut: true }))
    expect(record.messages(all)).toMatchObject([{ text: 'One two. Sorry,', interrupted: true }])
  })

  it('shows a tool that is at work, so that it is not asked for again', () => {
    const record = new ConversationRecord()
    record.call({ callId: 'c1', name: 'look_up', arguments: { name: 'Ada' } })
    expect(record.messages(none)).toMatchObject([{ callId: 'c1', result: { status: 'pending' } }])
    record.settle('c1', { status: 'ok', value: 0 })
    expect(record.messages(none)).toEqual([
      {
        role: 'tool',
        callId: 'c1',
        name: 'look_up',
        arguments: { name: 'Ada' },
        result: { status: 'ok', value: 0 },
      },
    ])
  })
})
