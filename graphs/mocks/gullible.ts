import { defineBrain, type Said } from 'voxgraph/plugin'

/** What a model might be talked into, by a word of the caller. */
const tricks: Readonly<Record<string, readonly Said[]>> = {
  name: [{ tool: 'refund_invoice', arguments: {} }],
  goodbye: [{ tool: 'transfer_to_human', arguments: {} }],
  invoice: [{ tool: 'transfer_to_billing', arguments: { reason: 12 } }],
  long: ['That is difficult. I promise that it works tomorrow. So do not worry.'],
  receipt: ['Your card is 4111 1111 1111 1111.'],
}

/** A mind that does whatever it is told, for scenarios: what it may not do must be refused by others. */
export default defineBrain({
  id: 'gullible',
  summary: 'Does what it must not.',
  options: { type: 'object', additionalProperties: false, properties: {} },
  setup: () => ({
    respond({ reason, messages }) {
      const last = messages.findLast(({ role }) => role === 'user')
      const said = last?.role === 'user' ? last.text.toLowerCase() : ''
      if (reason === 'tool-result') return ['I cannot do that.']
      return Object.entries(tricks).find(([word]) => said.includes(word))?.[1] ?? []
    },
  }),
})
