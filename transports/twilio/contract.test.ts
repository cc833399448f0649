import { describe, it } from 'vitest'
import {
  emulateTwilio,
  transportContract,
  type FarEnd,
  type TransportRig,
  type TransportStage,
  type TwilioEmulator,
} from 'voxgraph/testing'
import definition from './index.ts'

const key = 'canary-key-7f3a'
const numbers = { taken: '+15550002001', refused: '+15550002002', ringing: '+15550002003' } as const

/** A telephone whose call comes in by Twilio. */
async function call(twilio: TwilioEmulator, { listener, clock }: TransportStage): Promise<FarEnd> {
  let waiting = new Int16Array()
  const made = twilio.call({
    url: listener.address,
    farEnd: {
      speak(count) {
        const samples = new Int16Array(count)
        samples.set(waiting.subarray(0, count))
        waiting = waiting.slice(count)
        return samples
      },
    },
  })
  while (made.stream === undefined && !made.isOver) await clock.sleep(2)
  const { stream } = made
  if (stream === undefined) throw new Error(`${made.status} ${made.done.join()}`)
  return {
    sampleRate: 8000,
    over: made.ended,
    say(samples) {
      waiting = Int16Array.from([...waiting, ...samples])
    },
    heard: () => Int16Array.from(stream.heard.flatMap(({ samples }) => [...samples])),
    press: (digit) => stream.press(digit),
    hangUp: () => made.end('completed'),
    drop: () => stream.drop(),
    stopReading: () => stream.freeze(),
  }
}

async function rig(): Promise<TransportRig> {
  const twilio = await emulateTwilio({ key })
  const { accountSid, endpoint } = twilio
  twilio.answers(numbers.taken, { presses: '1' })
  twilio.answers(numbers.refused, { refuses: 'busy' })
  twilio.answers(numbers.ringing, { ringMs: 60_000, refuses: 'no-answer' })
  return {
    options: { account_sid: accountSid, auth_token: key, endpoint, stream_timeout: 3000 },
    connect: (stage) => call(twilio, stage),
    async abandon({ listener, clock }) {
      const made = twilio.call({ url: listener.address, holdsStream: true })
      while (made.answers.length === 0) await clock.sleep(2)
      await made.end('completed')
    },
    transfers: numbers,
    close: () => twilio.close(),
  }
}

describe('twilio, as every transport', () => {
  // Keys are pressed as their tones: Twilio has no message for them.
  const lacks = ['keys', 'messages'] as const
  const contract = transportContract({ definition, secrets: [key], lacks, rig })
  it.each(contract)('$name', { timeout: 60_000 }, ({ run }) => run())
})
