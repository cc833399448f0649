import { defineTool } from 'voxgraph/plugin'

const day = { type: 'string', description: 'Day of the week.' } as const
const stay = {
  type: 'object',
  additionalProperties: false,
  required: ['room', 'day', 'nights'],
  properties: {
    room: { enum: ['single', 'double', 'family'], description: 'Kind of room.' },
    day,
    nights: { type: 'integer', minimum: 1, description: 'How long the guest stays.' },
  },
} as const

/** Pounds a night. */
const prices = { single: 80, double: 120, family: 150 } as const

/** Says when a part of the hotel is open. */
export const openingHours = defineTool({
  description: 'Opening hours of the swimming pool or the restaurant on a day of the week.',
  parameters: {
    type: 'object',
    additionalProperties: false,
    required: ['place', 'day'],
    properties: { place: { enum: ['swimming pool', 'restaurant'] }, day },
  },
  run({ place, day: asked }) {
    if (place === 'restaurant' && asked === 'Monday') return { is_open: false }
    return place === 'restaurant'
      ? { is_open: true, from: 'six in the evening', until: 'eleven' }
      : { is_open: true, from: 'eight in the morning', until: 'six' }
  },
})

/** Looks for a room and says what it costs. */
export const findRoom = defineTool({
  description: 'Looks for a free room and says what the whole stay costs.',
  parameters: stay,
  run({ room, day: arrival, nights }) {
    const free = room === 'family' && arrival === 'Saturday' ? 0 : 3
    return { free, price: prices[room] * nights }
  },
})

/** Books a room. */
export const bookRoom = defineTool({
  description: 'Books a room and gives the number of the booking.',
  parameters: stay,
  // A real one would ask the booking system; `callId` keeps a request that is sent twice from counting twice.
  run: () => ({ number: 'four two seven' }),
})
