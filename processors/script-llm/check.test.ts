import { describe, expect, it } from 'vitest'
import { openDialogue } from './index.ts'
import { specOf } from './testing.ts'

const rule = { on: 'hello', say: 'Hello.' }
const faults: readonly (readonly [string, object, string])[] = [
  [
    'a slot in a pattern',
    { rules: [{ on: 'a {rom}', say: 'x' }], slots: { room: ['b'] } },
    'rules[1]: there is no slot called "rom"; there are: room',
  ],
  [
    'a slot in an answer',
    { rules: [{ on: 'a', say: '{rom}' }] },
    'rules[1]: there is no slot called "rom"',
  ],
  [
    'a slot under ask',
    { rules: [{ on: 'a', ask: { rom: 'x' } }] },
    '"ask" names "rom", which is no slot',
  ],
  [
    'a slot that may not be known',
    { rules: [{ on: 'a [{room}]', say: '{room}' }], slots: { room: ['b'] } },
    '{room} may not be known by then',
  ],
  [
    'a slot that only one way to a topic knows',
    twoWays(),
    'topics.t[1]: {room} may not be known by then',
  ],
  [
    'a result without a tool',
    { rules: [{ on: 'a', say: '{result.x}' }] },
    '{result.x} is used, but no tool has been called',
  ],
  [
    'cases without a tool',
    { rules: [{ ...rule, cases: [{ if: {}, say: 'x' }] }] },
    'no tool is called',
  ],
  [
    'a tool that is not listed',
    { rules: [{ on: 'a', tool: { name: 'find' } }] },
    'rules[1]: there is no tool or hand-off called "find"; there are: none',
  ],
  [
    'an end that is not listed',
    { rules: [{ ...rule, end_call: true }] },
    'add end_call to "tools"',
  ],
  [
    'a topic that is not there',
    { rules: [{ ...rule, then: 't' }], topics: { u: [rule] } },
    'there is no topic called "t"; there are: u',
  ],
  [
    'a topic that none opens',
    { rules: [rule], topics: { t: [rule] } },
    'topics.t: no rule leads there',
  ],
  [
    'the same rule twice',
    { rules: [rule, { on: 'Hello!', say: 'x' }] },
    'rules[2] can never match: rules[1] comes first and answers "hello" as well',
  ],
  [
    'a rule inside another',
    {
      rules: [
        { on: '(a|b) [c]', say: 'x' },
        { on: 'b c', say: 'y' },
      ],
    },
    'rules[2] can never match',
  ],
  [
    'a rule without words',
    { rules: [{ on: '?', say: 'x' }] },
    'rules[1] can never match: its patterns hold no words',
  ],
  [
    'a rule that does nothing',
    { rules: [{ on: 'a' }] },
    'says nothing, asks nothing and calls no tool',
  ],
  [
    'a slot with a value twice',
    { rules: [rule], slots: { room: ['One', 'one!'] } },
    'the value "one" is there twice',
  ],
  ['a slot without values', { rules: [rule], slots: { room: [] } }, 'slots.room has no values'],
  [
    'a slot with a bad name',
    { rules: [rule], slots: { Room: ['a'] } },
    '"Room" cannot be the name of a slot',
  ],
  ['a slot in the greeting', { start: 'Hi {room}', rules: [rule] }, 'start: {room} is not known'],
  [
    'a broken pattern',
    { rules: [{ on: 'a (b', say: 'x' }] },
    'the pattern "a (b" of "on" is wrong: a ")" is missing',
  ],
]

function twoWays(): object {
  return {
    slots: { room: ['b'] },
    rules: [
      { on: 'x {room}', say: 'x', then: 't' },
      { on: 'y', say: 'y', then: 't' },
    ],
    topics: { t: [{ on: 'z', say: '{room}' }] },
  }
}

describe('a bad dialogue is refused', () => {
  it.each(faults)('for %s', (_, spec, reason) => {
    expect(() => openDialogue(specOf(spec))).toThrow(reason)
  })

  it('with everything that is wrong at once', () => {
    const spec = {
      rules: [
        { on: 'a', say: '{x} {y}' },
        { on: 'a', say: '' },
      ],
    }
    expect(() => openDialogue(specOf(spec))).toThrow('the dialogue has 4 faults: ')
  })

  it('but not for rules that something longer is said for', () => {
    const rules = [
      { on: 'a', say: 'x' },
      { on: 'a b', say: 'y' },
      { on: 'c [a]', say: 'z' },
    ]
    expect(() => openDialogue(specOf({ rules }))).not.toThrow()
  })
})
