import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Message, ToolOutcome } from 'voxgraph/plugin'
import { follow, utter } from './follow.ts'
import { openDialogue } from './index.ts'
import { specOf } from './testing.ts'

const long = 'We have a pool. It is warm. There is a sauna too. It is hot.'

const hotel = openDialogue(
  specOf({
    start: 'Good morning.',
    slots: {
      room: ['single', 'double'],
      nights: { 'one night': 1, 'two nights': 2 },
      guest: 'words',
    },
    tools: ['find', 'end_call'],
    rules: [
      { on: 'breakfast', say: 'At seven.' },
      { on: 'breakfast and dinner', say: 'At seven, and at six.' },
      { on: 'what is a {room} room', say: 'A {room} room is small.' },
      { on: 'tell me about the house', say: long, cut_short: goOn() },
      {
        on: ['book [a {room} room] [for {nights}]', 'a room please'],
        ask: { room: 'Single or double?', nights: 'How many nights?' },
        tool: {
          name: 'find',
          with: { room: '{room}', nights: '{nights}', note: '{room}, {nights}' },
          before: 'One moment.',
        },
        cases: [{ if: { 'offer.free': 0 }, say: 'No {room} room is left.' }],
        say: 'A {room} room for {nights} is {result.offer.price} pounds.',
        prompt: 'Shall I book it?',
        then: 'confirm',
        failed: 'The book is closed.',
      },
      { on: 'my name', ask: { guest: 'Who is speaking?' }, say: 'Hello {guest}.' },
      { on: 'goodbye', say: 'Goodbye.', end_call: true },
    ],
    topics: {
      confirm: [
        { on: 'yes [please]', say: 'Booked for {nights}.' },
        { on: 'no', say: 'As you like.' },
      ],
    },
    otherwise: ['Pardon?', 'Could you say it in other words?'],
  }),
)

function goOn(): object {
  return { on: ['go on', 'yes'], say: 'Where was I.', offer: 'Shall I go on about the house?' }
}

const ok = (value: object): ToolOutcome => ({ status: 'ok', value: value as never })
const offer = ok({ offer: { price: 90, free: 1 } })

/**
 * Plays a conversation. What the caller says is a text; `heard` cuts the last answer short; an outcome is
 * what the tool gives. Gives every answer of the bot, tool calls in brackets.
 */
function play(...steps: readonly (string | { heard: string } | ToolOutcome)[]): string[] {
  const messages: Message[] = []
  const said: string[] = []
  const answer = (result: ToolOutcome | undefined): void => {
    const { text, call, endsCall } = utter(hotel, follow(hotel, messages))
    const tool = call && `[${call.name} ${JSON.stringify(call.arguments)}]`
    said.push([text, tool, endsCall && '[end]'].filter(Boolean).join(' '))
    if (text !== '') {
      messages.push({ role: 'assistant', text, generated: text, interrupted: false })
    }
    if (call !== undefined && result !== undefined) {
      const { name, arguments: args } = call
      messages.push({ role: 'tool', callId: 'x', name, arguments: args, result })
      answer(undefined)
    }
  }
  steps.forEach((step, index) => {
    if (typeof step === 'string') {
      messages.push({ role: 'user', text: step })
      const next = steps[index + 1]
      answer(typeof next === 'object' && 'status' in next ? next : undefined)
    } else if ('heard' in step) {
      const last = messages.pop()
      if (step.heard !== '' && last?.role === 'assistant') {
        messages.push({ ...last, text: step.heard, interrupted: true })
      }
    }
  })
  return said
}

describe('a dialogue', () => {
  it('answers by the rule that accounts for most words', () => {
    expect(play('is there breakfast', 'breakfast and dinner?')).toEqual([
      'At seven.',
      'At seven, and at six.',
    ])
  })

  it('asks for what is missing, in order, and remembers what it was told', () => {
    expect(play('a room please', 'a double', 'two nights', offer, 'yes')).toEqual([
      'Single or double?',
      'How many nights?',
      'One moment. [find {"room":"double","nights":2,"note":"double, 2"}]',
      'A double room for two nights is 90 pounds. Shall I book it?',
      'Booked for two nights.',
    ])
  })

  it('takes several slots at once, in any order, and does not ask for them', () => {
    const call = '[find {"room":"single","nights":1,"note":"single, 1"}]'
    expect(play('book a single room for one night')).toEqual([`One moment. ${call}`])
    expect(play('a room please', 'one night in a single')[1]).toBe(`One moment. ${call}`)
  })

  it('answers a question by the way and comes back to its own', () => {
    expect(play('a room please', 'when is breakfast', 'single', 'one night', offer)).toEqual([
      'Single or double?',
      'At seven. Single or double?',
      'How many nights?',
      'One moment. [find {"room":"single","nights":1,"note":"single, 1"}]',
      'A single room for one night is 90 pounds. Shall I book it?',
    ])
    expect(play('book a single room for one night', offer, 'breakfast', 'no').slice(2)).toEqual([
      'At seven. Shall I book it?',
      'As you like.',
    ])
  })

  it('does not take what is named in another question for an answer', () => {
    const said = play('what is a single room', 'a room please', 'what is a double room', 'double')
    expect(said).toEqual([
      'A single room is small.',
      'Single or double?',
      'A double room is small. Single or double?',
      'How many nights?',
    ])
  })

  it('takes a correction while its question is open', () => {
    const said = play('book a single room for one night', offer, 'a double', offer, 'yes')
    expect(said[3]).toBe('A double room for one night is 90 pounds. Shall I book it?')
    expect(said[4]).toBe('Booked for one night.')
  })

  it('forgets slots when the matter is settled', () => {
    const said = play('book a single room for one night', offer, 'yes', 'a room please')
    expect(said.at(-1)).toBe('Single or double?')
  })

  it('chooses its answer by the result, and has one for a tool that failed', () => {
    const none = ok({ offer: { price: 90, free: 0 } })
    expect(play('book a single room for one night', none)[1]).toBe('No single room is left.')
    const failed: ToolOutcome = { status: 'timeout', message: 'late' }
    expect(play('book a single room for one night', failed)[1]).toBe('The book is closed.')
  })

  it('says so when it does not understand, differently the second time, and repeats its question', () => {
    expect(play('hm', 'hm', 'hm', 'breakfast', 'hm')).toEqual([
      'Pardon?',
      'Could you say it in other words?',
      'Could you say it in other words?',
      'At seven.',
      'Pardon?',
    ])
    expect(play('a room please', 'purple')[1]).toBe('Pardon? Single or double?')
  })

  it('takes anything for an answer where free words are asked for', () => {
    expect(play('my name', 'Ada Lovelace')[1]).toBe('Hello ada lovelace.')
  })

  it('hangs up after its goodbye', () => {
    expect(play('goodbye')).toEqual(['Goodbye. [end]'])
  })

  it('knows a topic only after the answer that opens it', () => {
    expect(play('yes')).toEqual(['Pardon?'])
  })
})

describe('an answer that is cut short', () => {
  const cut = { heard: 'We have a pool. It is' }

  it('is offered again after the answer to another question, and goes on at the cut sentence', () => {
    expect(play('tell me about the house', cut, 'breakfast?', 'yes').slice(1)).toEqual([
      'At seven. Shall I go on about the house?',
      'Where was I. It is warm. There is a sauna too. It is hot.',
    ])
  })

  it('goes on at once when it is asked to, as often as it is cut', () => {
    const again = { heard: 'Where was I. It is warm. There' }
    expect(play('tell me about the house', cut, 'go on', again, 'go on').slice(1)).toEqual([
      'Where was I. It is warm. There is a sauna too. It is hot.',
      'Where was I. There is a sauna too. It is hot.',
    ])
  })

  it('is offered once, and forgotten when the caller wants something else', () => {
    expect(
      play('tell me about the house', cut, 'breakfast', 'breakfast', 'go on').slice(1),
    ).toEqual(['At seven. Shall I go on about the house?', 'At seven.', 'Pardon?'])
    expect(play('tell me about the house', cut, 'a room please', 'go on').slice(1)).toEqual([
      'Single or double?',
      'Pardon? Single or double?',
    ])
  })

  it('is not offered when all of it was heard', () => {
    expect(play('tell me about the house', { heard: long }, 'breakfast')[1]).toBe('At seven.')
  })

  it('is given again when nothing of it was heard and the caller only made a noise', () => {
    const messages: Message[] = [
      { role: 'user', text: 'book a single room for one night' },
      { role: 'tool', callId: 'x', name: 'find', arguments: {}, result: offer },
      { role: 'user', text: 'hello' },
    ]
    expect(utter(hotel, follow(hotel, messages)).text).toMatch(
      /^A single room .* Shall I book it\?$/,
    )
  })
})

const words = fc.constantFrom(
  'book',
  'a room please',
  'single',
  'two nights',
  'yes',
  'no',
  'go on',
  'hm',
)
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.array(words, { minLength: 1, maxLength: 3 }).map((all) => all.join(' ')),
  },
  { weight: 1, arbitrary: fc.constant('tell me about the house') },
  { weight: 1, arbitrary: fc.constant('breakfast') },
  { weight: 1, arbitrary: fc.constantFrom('', 'We have a', 'We').map((text) => ({ heard: text })) },
  { weight: 1, arbitrary: fc.constant(offer) },
)

describe('any conversation', () => {
  it('has an answer to everything that is said, the same every time', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const answers = play(...steps)
        expect(answers.every((answer) => answer !== '')).toBe(true)
        expect(play(...steps)).toEqual(answers)
      }),
    )
  })

  it('goes on after a cut with exactly the sentences that were not heard whole', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 15 }), (count) => {
        const heard = long.split(' ').slice(0, count).join(' ')
        const [, answer = ''] = play('tell me about the house', { heard }, 'go on')
        const sentences = long.split(/(?<=\.) /)
        const whole = sentences.filter((_, index) =>
          heard.startsWith(sentences.slice(0, index + 1).join(' ')),
        )
        const rest = sentences.slice(whole.length).join(' ')
        expect(answer).toBe(rest === '' ? 'Pardon?' : `Where was I. ${rest}`)
      }),
    )
  })
})
