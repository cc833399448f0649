import { defineTool } from 'voxgraph/plugin'

const nothing = { type: 'object', additionalProperties: false, properties: {} } as const

/** Takes down the caller's name; the graph keeps it in a variable, and remembers it for the next call. */
export const noteName = defineTool({
  description: 'Takes down the name of the caller.',
  parameters: {
    type: 'object',
    additionalProperties: false,
    required: ['name'],
    properties: { name: { type: 'string', maxLength: 40, description: 'First name.' } },
  },
  run: ({ name }) => ({ name }),
})

/** Looks an invoice up. */
export const findInvoice = defineTool({
  description: 'Looks up an invoice and says how often it was paid.',
  effect: 'read',
  parameters: {
    type: 'object',
    additionalProperties: false,
    required: ['number'],
    properties: { number: { type: 'integer', minimum: 1, description: 'Number of the invoice.' } },
  },
  run: ({ number }) => ({ payments: number === 42 ? 2 : 1, amount: 80 }),
})

/** Pays back what was paid too much. */
export const refundInvoice = defineTool({
  description: 'Pays back one payment of an invoice.',
  parameters: nothing,
  run: () => ({ amount: 80 }),
})

/** Looks at the line of the caller: long work that the agent does not wait for. */
export const runDiagnosis = defineTool({
  description: 'Measures the line of the caller. Takes a while; says how far it is.',
  effect: 'read',
  job: true,
  parameters: nothing,
  async run(_, { progress, sleep }) {
    progress('I am measuring the line.')
    await sleep(4_000)
    progress('The line is fine. I am looking at the router now.')
    await sleep(6_000)
    return { fault: 'the router needs an update' }
  },
})
