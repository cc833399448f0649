import { defineBrain } from 'voxgraph/plugin'

/** Sentences that take about half a minute to say. */
const speech = [
  'We are a small hotel, right by the harbour, with forty rooms on three floors.',
  'Nearly all of them look out over the sea, and in the morning you can hear the fishing boats go out.',
  'The pool is on the roof, and it is heated all year round, so bring something to swim in.',
  'In the evening our restaurant serves fish from the market, and bread that we bake ourselves.',
  'There is a garden behind the house, where breakfast is served when the weather is good.',
  'The old town is ten minutes away on foot, and the bus stops right in front of our door.',
]

/** Talks and talks, and logs what it was told each time. */
export const talker = defineBrain({
  id: 'talker',
  summary: 'Talks for half a minute, whatever it is asked.',
  options: { type: 'object', properties: {} },
  setup: ({ log }) => ({
    *respond({ messages }) {
      log.info('told', { messages })
      for (const sentence of speech) for (const word of sentence.split(' ')) yield `${word} `
    },
  }),
})
