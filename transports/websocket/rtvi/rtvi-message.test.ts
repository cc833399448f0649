import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readRtvi, writeRtvi } from './rtvi-message.ts'

/** What is read of a message with this type and data. */
const read = (type: string, data?: unknown): unknown =>
  readRtvi(JSON.stringify({ label: 'rtvi-ai', id: 'a1', type, data }))

describe('a message of RTVI', () => {
  it.each([
    ['client-ready', { version: '2.1.0', about: {} }, { version: '2.1.0' }],
    ['client-ready', undefined, { version: '' }],
    ['client-message', { t: 'cart', d: [1] }, { name: 'cart', data: [1] }],
    ['client-message', { t: 'cart' }, { name: 'cart', data: null }],
    ['send-text', { content: 'hi' }, { content: 'hi', runsNow: true, isSpoken: true }],
    [
      'send-text',
      { content: 'hi', options: { run_immediately: false, audio_response: false } },
      { content: 'hi', runsNow: false, isSpoken: false },
    ],
    ['dtmf', { buttons: ['1', '#'] }, { digits: ['1', '#'] }],
    ['dtmf', { button: '5' }, { digits: ['5'] }],
    ['disconnect-bot', {}, {}],
  ])('%s %o is read', (type, data, expected) => {
    expect(read(type, data)).toEqual({ id: 'a1', type, ...expected })
  })

  it.each([
    ['raw-audio', { base64Audio: 'AAA=', sampleRate: 8000, numChannels: 2 }, ['AAA=']],
    [
      'raw-audio-batch',
      { base64AudioBatch: ['AA', 'BB'], sampleRate: 8000, numChannels: 2 },
      ['AA', 'BB'],
    ],
  ])('%s is read as pieces of sound', (type, data, pieces) => {
    const expected = { id: 'a1', type: 'raw-audio', pieces, sampleRate: 8000, channels: 2 }
    expect(read(type, data)).toEqual(expected)
  })

  it.each(['ui-event', 'ui-snapshot', 'ui-cancel-job-group'])('%s goes on as it is', (type) => {
    expect(read(type, { a: 1 })).toEqual({ id: 'a1', type: 'ui', name: type, data: { a: 1 } })
  })

  it.each([
    ['client-message', {}],
    ['client-message', { t: 'x'.repeat(201) }],
    ['send-text', { content: ' ' }],
    ['send-text', { content: 'hi', options: { run_immediately: 1 } }],
    ['dtmf', { buttons: [] }],
    ['dtmf', { buttons: ['1', 'x'] }],
    ['dtmf', { buttons: Array.from({ length: 65 }, () => '1') }],
    ['raw-audio', {}],
    ['raw-audio-batch', { base64AudioBatch: Array.from({ length: 257 }, () => '') }],
    ['llm-function-call-result', {}],
    ['append-to-context', {}],
    ['constructor', {}],
    ['__proto__', {}],
    ['what', {}],
  ])('%s %o is refused, with a reason', (type, data) => {
    expect(read(type, data)).toEqual({ id: 'a1', type: 'refused', reason: expect.any(String) })
  })

  it('is a fault where it is no object, and nobody’s without the label', () => {
    expect(['', '[]', 'null', '{', '"x"'].map(readRtvi)).toEqual(
      Array.from({ length: 5 }, () => 'fault'),
    )
    expect(readRtvi('{"type":"client-ready"}')).toBeUndefined()
  })

  it('can be anything without harm', () => {
    const types = fc.constantFrom(
      'client-ready',
      'client-message',
      'send-text',
      'dtmf',
      'raw-audio',
    )
    fc.assert(
      fc.property(types, fc.jsonValue(), fc.jsonValue(), (type, id, data) => {
        const request = readRtvi(JSON.stringify({ label: 'rtvi-ai', type, id, data }))
        if (request === 'fault' || request === undefined) throw new Error('it has a label')
        expect(request.id.length).toBeLessThanOrEqual(200)
      }),
    )
  })

  it('is written with a number where it answers nothing', () => {
    expect(JSON.parse(writeRtvi({ type: 'bot-ready', id: 'a1', data: 1 }, 7))).toEqual({
      label: 'rtvi-ai',
      type: 'bot-ready',
      id: 'a1',
      data: 1,
    })
    expect(JSON.parse(writeRtvi({ type: 'bot-llm-started' }, 7))).toEqual({
      label: 'rtvi-ai',
      type: 'bot-llm-started',
      id: '7',
    })
  })
})
