import type { TwilioSdk } from './load-sdk.ts'
import type { TwilioOptions } from './options.ts'

type VoiceResponse = InstanceType<TwilioSdk['twiml']['VoiceResponse']>

/** What a call is to be connected with. */
export interface StreamOf {
  /** Of the socket. */
  readonly url: string
  /** Where Twilio says what becomes of the stream. */
  readonly status: string
  readonly parameters: Readonly<Record<string, string>>
}

/** Writes what Twilio is to do with a call. The SDK makes the XML, so that nothing can break out of its place. */
export class Twiml {
  readonly #sdk: TwilioSdk
  readonly #options: TwilioOptions

  constructor(sdk: TwilioSdk, options: TwilioOptions) {
    this.#sdk = sdk
    this.#options = options
  }

  /** Connects the call with a socket. */
  stream({ url, status, parameters }: StreamOf): string {
    return this.#write((response) => {
      const callback = { statusCallback: status, statusCallbackMethod: 'POST' } as const
      const stream = response.connect().stream({ url, ...callback })
      for (const [name, value] of Object.entries(parameters)) stream.parameter({ name, value })
    })
  }

  /** Sends a caller away for whom there is no room. */
  busy(): string {
    const { busy } = this.#options
    return this.#write((response) => {
      if (typeof busy === 'string') response.reject({ reason: 'busy' })
      else if ('redirect' in busy) response.dial(busy.redirect)
      else {
        response.say(this.#voice, busy.say)
        response.hangup()
      }
    })
  }

  hangUp(): string {
    return this.#write((response) => response.hangup())
  }

  /** Gives the call to a number, an address of SIP, or a queue: `queue:<name>`. */
  hand(destination: string): string {
    const queue = /^queue:(.+)$/s.exec(destination)?.[1]
    return this.#write((response) => {
      if (queue !== undefined) response.enqueue(queue)
      else if (/^sips?:/.test(destination)) response.dial().sip(destination)
      else response.dial(destination)
    })
  }

  /** Puts the call into a conference, which is over when one of the two leaves it. */
  conference(name: string): string {
    const manner = {
      startConferenceOnEnter: true,
      endConferenceOnExit: true,
      beep: 'false',
    } as const
    return this.#write((response) => response.dial().conference(manner, name))
  }

  /** Tells a human of the call that waits; at `taken` is asked what is done when they take it. */
  brief(text: string, taken: string): string {
    return this.#write((response) => {
      if (this.#options.transfer_accept === 'answer') {
        response.say(this.#voice, text)
        response.redirect({ method: 'POST' }, taken)
        return
      }
      const gather = response.gather({ numDigits: 1, timeout: 10, action: taken, method: 'POST' })
      gather.say(this.#voice, `${text} Press any key to take the call.`)
      response.hangup()
    })
  }

  get #voice(): object {
    const { say_voice: voice, say_language: language } = this.#options
    return { ...(voice !== undefined && { voice }), ...(language !== undefined && { language }) }
  }

  #write(fill: (response: VoiceResponse) => unknown): string {
    const response = new this.#sdk.twiml.VoiceResponse()
    fill(response)
    return response.toString()
  }
}
