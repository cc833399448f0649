import assert from 'node:assert/strict'
import type { RigCall } from './rig-call.ts'
import { refusalOf, type OpenTransport, type TransportCases } from './transport-rig.ts'

/** Length of what is said afterwards, in ms, and its tone in Hz. */
const saidMs = 200
const hz = 440
/** What a human is told first. */
const brief = 'Ada has been charged twice.'

/** The caller is still there, and hears the bot. */
async function goesOn(on: OpenTransport, call: RigCall): Promise<void> {
  assert.equal(call.end, undefined)
  await call.speak(hz, saidMs)
  await on.until(async () => (await call.heardMs(hz)) >= saidMs - on.slackMs, 'the sound')
}

/** How a call is given to somebody else, cold and warm. */
export const transferCases: TransportCases = {
  'gives the call to whoever takes it': async (on) => {
    const { transfers } = on.rig
    assert(transfers)
    for (const told of [undefined, brief]) {
      const call = await on.call()
      assert(call.connection.transfer)
      const { signal } = new AbortController()
      await call.connection.transfer(transfers.taken, { signal, brief: told })
      assert.equal(
        call.end,
        undefined,
        'the caller has hung up, before it is known that the call was taken',
      )
    }
  },
  'goes on with the call when nobody takes it': async (on) => {
    const { transfers } = on.rig
    assert(transfers)
    const call = await on.call()
    assert(call.connection.transfer)
    const { signal } = new AbortController()
    // Cold, the carrier has the call at once, and nobody hears any more of it.
    on.note(await refusalOf(call.connection.transfer(transfers.refused, { signal, brief })))
    await goesOn(on, call)
  },
  'lets go of whoever still rings when the signal aborts': async (on) => {
    const { transfers } = on.rig
    assert(transfers)
    const call = await on.call()
    assert(call.connection.transfer)
    const controller = new AbortController()
    const { signal } = controller
    const attempt = refusalOf(call.connection.transfer(transfers.ringing, { signal, brief }))
    await on.clock.sleep(saidMs)
    controller.abort(new DOMException('nobody has taken it', 'TimeoutError'))
    on.note(await attempt)
    await goesOn(on, call)
  },
}
