import { busyTexts, VoxgraphError, type Busy, type DialInit, type Place } from 'voxgraph/plugin'
import type { Legs } from './legs.ts'
import type { TwilioOptions } from './options.ts'
import type { ExpectedCall } from './reception.ts'
import type { StreamCall } from './stream-call.ts'
import type { Twiml } from './twiml.ts'

/** What `createDial` takes. */
export interface DialerInit {
  readonly legs: Legs
  readonly twiml: Twiml
  readonly options: TwilioOptions
  admit(): Place | Busy
  /** TwiML that connects a call with its stream. */
  expect(call: ExpectedCall): string
  /** The call while its stream runs. */
  live(sid: string): StreamCall | undefined
}

/** What can be called: a number, or an address of SIP. */
const callable = /^(\+[1-9]\d{1,14}|sips?:[^\s@]+@[^\s@]+)$/

/**
 * Calls somebody; see `Listener.dial`. Resolves when the call was answered and its sound has come. Fails when
 * a machine has answered, where that is known by then and such calls are not wanted.
 */
export function createDial({ legs, twiml, options, admit, expect, live }: DialerInit) {
  const { from, machine_detection: detection, on_machine: onMachine } = options
  const isAsync = detection !== 'off' && options.machine_detection_async
  return async ({ to, call = {}, signal }: DialInit): Promise<void> => {
    if (from === undefined) {
      throw new VoxgraphError('cannot-dial', { reason: 'the option "from" names no number' })
    }
    const failed = (reason: string): VoxgraphError =>
      new VoxgraphError('dial-failed', { to, reason })
    if (!callable.test(to)) throw failed('it is no number in the form +15551234567')
    const place = admit()
    if ('busy' in place) throw failed(busyTexts[place.busy])
    const begun = Promise.withResolvers<void>()
    begun.promise.catch(() => undefined)
    let isExpected = false
    const leg = {
      to,
      from,
      machineDetection: detectionOf(detection),
      answered(sid: string, form: Readonly<Record<string, string>>) {
        const by = form['AnsweredBy']
        if (isMachine(by) && onMachine === 'hang_up') {
          begun.reject(failed('a machine answered'))
          return twiml.hangUp()
        }
        isExpected = true
        return expect({
          sid,
          call: { ...call, from, to, direction: 'outbound', sid, answered_by: by ?? 'unknown' },
          place,
          onStream: begun.resolve,
          onMissed: () => begun.reject(failed('its sound did not come')),
        })
      },
      ...(isAsync && {
        answeredBy(sid: string, by: string) {
          const running = live(sid)
          running?.tell('answered-by', { answered_by: by })
          if (isMachine(by) && onMachine === 'hang_up') running?.ended(failed('a machine answered'))
        },
      }),
    }
    try {
      await legs.place(leg, begun.promise, signal)
    } catch (thrown) {
      if (!isExpected) place.leave()
      throw thrown
    }
  }
}

const isMachine = (by: string | undefined): boolean => by !== undefined && /^(machine|fax)/.test(by)

function detectionOf(
  detection: TwilioOptions['machine_detection'],
): 'Enable' | 'DetectMessageEnd' | undefined {
  if (detection === 'off') return undefined
  return detection === 'answer' ? 'Enable' : 'DetectMessageEnd'
}
