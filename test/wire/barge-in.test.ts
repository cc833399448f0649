import { afterEach, describe, expect, it } from 'vitest'
import type { Received } from 'voxgraph/testing'
import { openCall, type WireCall } from './call.ts'
import { asks, wires, type Wire } from './wires.ts'

/** What a vendor says to a cancellation, and digits of numbers that differ between two answers, in bytes. */
const slack = 200

let call: WireCall | undefined
afterEach(async () => {
  const violations = call?.emulator.violations
  await call?.close()
  call = undefined
  expect(violations).toEqual([])
})

/** A whole answer, one that is cut, and the first one again. */
async function cutBetween(wire: Wire, opened: WireCall) {
  const { emulator } = opened
  const cancels = () => (wire.isCancel ? emulator.received.filter(wire.isCancel) : [])
  await opened.sayAndHear(asks.short)
  const wholeBytes = emulator.sentBytes
  // A context that has been heard to its end may be closed by the same message.
  const before = cancels().length
  await opened.say(asks.long)
  const answering = wire.isCancel === undefined ? emulator.open : 1
  opened.interrupt()
  const isCut = (): boolean =>
    wire.isCancel ? cancels().length > before : emulator.abandoned.length === answering
  await opened.until('a cancellation', isCut)
  const sentBytes = emulator.sentBytes
  const asked = emulator.received.length
  const [cancel] = cancels().slice(before)
  return { wholeBytes, sentBytes, asked, answering, cancel }
}

const contextOf = ({ body }: Received): unknown =>
  (Object(body) as { readonly context_id?: unknown }).context_id

describe.each(wires)('an interruption of $name', (wire) => {
  it('stops the answer at the vendor: nothing more of it is asked for, made or sent', async () => {
    call = await openCall(wire)
    const { emulator } = call
    const cut = await cutBetween(wire, call)
    expect(cut.answering).toBeGreaterThan(0)
    expect(emulator.open).toBe(wire.isCancel === undefined ? 0 : 1)
    await call.sayAndHear(asks.short)
    // All that was sent since is the next answer, as long as it was the first time.
    const since = emulator.sentBytes - cut.sentBytes
    expect(Math.abs(since - cut.wholeBytes)).toBeLessThan(slack)
    if (wire.isCancel === undefined) {
      expect(emulator.abandoned).toHaveLength(cut.answering)
      return
    }
    const later = emulator.received.slice(cut.asked)
    const id = cut.cancel && contextOf(cut.cancel)
    if (id === undefined) expect(later.filter(wire.isCancel)).toEqual([])
    // Neither more text of what was cut, nor a second cancellation.
    else expect(later.filter((message) => contextOf(message) === id)).toEqual([])
    expect(emulator.received.filter(({ kind }) => kind === 'socket')).toHaveLength(1)
  })
})
