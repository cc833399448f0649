import { describe, expect, it } from 'vitest'
import { readClientMessage, readHello, readServerMessage } from './protocol.ts'

const wanted = { encoding: 'pcm', sampleRate: 16_000 } as const
const hello = (more: object = {}): string =>
  JSON.stringify({ type: 'hello', version: 1, audio: wanted, ...more })

describe('a hello', () => {
  it('is completed with what it leaves out, and keeps nothing else', () => {
    expect(readHello(hello({ more: 1, audio: { ...wanted, channels: 7 } }), wanted)).toEqual({
      type: 'hello',
      version: 1,
      audio: wanted,
      frames: 'raw',
      token: '',
      played: false,
      call: {},
      events: 'none',
    })
  })

  it('may leave the sound to the server, and ask for events', () => {
    const asked = hello({ audio: 'any', events: 'conversation' })
    expect(readHello(asked, wanted)).toMatchObject({ audio: wanted, events: 'conversation' })
    const curious = hello({ events: 'inspect' })
    expect(readHello(curious, wanted, true)).toMatchObject({ events: 'inspect' })
    expect(readHello(curious, wanted)).toEqual({
      code: 'forbidden',
      message: 'this server does not let callers inspect calls',
    })
  })

  it.each([
    ['text', 'hi there', 'badMessage', 'the first message must be a hello'],
    ['another message', '{"type":"bye"}', 'badMessage', 'the first message must be a hello'],
    ['a list', '[]', 'badMessage', 'the first message must be a hello'],
    ['a poisoned one', '{"type":"hello","__proto__":{}}', 'badMessage', 'the first message'],
    [
      'a later version',
      hello({ version: 2 }),
      'unsupportedVersion',
      'this server speaks version 1',
    ],
    ['no audio', hello({ audio: null }), 'badMessage', 'does not say what its audio is'],
    [
      'another rate',
      hello({ audio: { ...wanted, sampleRate: 44_100 } }),
      'unsupportedAudio',
      'this call is pcm at 16000 Hz',
    ],
    ['another encoding', hello({ audio: { ...wanted, encoding: 'opus' } }), 'unsupportedAudio', ''],
    ['unknown frames', hello({ frames: 'opus' }), 'badMessage', 'frames is "raw" or "codec"'],
    ['unknown events', hello({ events: true }), 'badMessage', 'events is "none", "conversation"'],
    ['any other sound', hello({ audio: 'all' }), 'badMessage', 'does not say what its audio is'],
    ['a token that is no text', hello({ token: 7 }), 'badMessage', 'the token is not a text'],
    ['a promise that is none', hello({ played: 'yes' }), 'badMessage', 'played is true or false'],
    [
      'variables that are no texts',
      hello({ call: { a: {} } }),
      'badMessage',
      'call holds up to 16',
    ],
    ['a strange variable', hello({ call: { 'A-B': 'x' } }), 'badMessage', 'call holds up to 16'],
    ['a long variable', hello({ call: { a: 'x'.repeat(201) } }), 'badMessage', 'call holds up to'],
  ])('is refused when it is %s', (_name, text, code, message) => {
    expect(readHello(text, wanted)).toEqual({ code, message: expect.stringContaining(message) })
  })
})

describe('a text message', () => {
  it('is read without what it should not hold', () => {
    expect(readClientMessage('{"type":"dtmf","digit":"A","x":1}')).toEqual({
      type: 'dtmf',
      digit: 'A',
    })
    expect(readClientMessage('{"type":"message","name":"n","data":null}')).toEqual({
      type: 'message',
      name: 'n',
      data: null,
    })
    expect(readClientMessage('{"type":"played","ms":0.5}')).toEqual({ type: 'played', ms: 0.5 })
    expect(readClientMessage('{"type":"text","text":" yes \\n"}')).toEqual({
      type: 'text',
      text: 'yes',
    })
    expect(readServerMessage('{"type":"clear"}')).toEqual({ type: 'clear' })
    expect(readServerMessage('{"type":"dance"}')).toBeUndefined()
  })

  it.each([
    ['{"type":', 'a text message is not a JSON object'],
    ['{"type":"reboot"}', 'a text message has no type that is known'],
    ['{"type":"hello"}', 'a text message has no type that is known'],
    ['{"type":"dtmf","digit":"12"}', 'a key is one of 0-9, *, #, A-D'],
    ['{"type":"message","name":7,"data":1}', 'a message has a name and data'],
    ['{"type":"message","name":"n"}', 'a message has a name and data'],
    ['{"type":"text","text":" "}', 'a text is not empty and has up to 4000 characters'],
    ['{"type":"text","text":["a"]}', 'a text is not empty and has up to 4000 characters'],
    [
      `{"type":"text","text":"${'x'.repeat(4001)}"}`,
      'a text is not empty and has up to 4000 characters',
    ],
    ['{"type":"played","ms":"1"}', 'played says how many ms'],
    ['{"type":"played","ms":-1}', 'played says how many ms'],
  ])('is refused when it is %s', (text, message) => {
    expect(readClientMessage(text)).toEqual({ code: 'badMessage', message })
  })
})
