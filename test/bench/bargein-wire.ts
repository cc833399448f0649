import { openCall } from '../wire/call.ts'
import { asks, wires, type Wire } from '../wire/wires.ts'
import { median, percentile } from './session.ts'

/** Interruptions of each vendor that count; the first ones warm the machine up. */
const [counted, warm] = [25, 5]

/**
 * From the emission of an interruption until the vendor sees that its answer is not wanted any more, through
 * the real SDKs and sockets on loopback; in ms. Vendor and call share a thread, so what the vendor's stand-in
 * does meanwhile is in it.
 */
export async function bargeInWire(): Promise<Record<string, number>> {
  const figures: Record<string, number> = {}
  const all: number[] = []
  for (const wire of wires) {
    const times = await timesOf(wire)
    all.push(...times)
    figures[`bargein_${wire.name.replaceAll(/\W+/g, '_')}`] = median(times)
  }
  return {
    ...figures,
    bargein_wire_ms_p50: percentile(all, 0.5),
    bargein_wire_ms_p95: percentile(all, 0.95),
  }
}

async function timesOf(wire: Wire): Promise<readonly number[]> {
  const call = await openCall(wire)
  const { emulator } = call
  const cancels = (): readonly { readonly at: number }[] =>
    wire.isCancel ? emulator.received.filter(wire.isCancel) : emulator.abandoned
  const times: number[] = []
  for (let run = 0; run < warm + counted; run++) {
    await call.say(asks.long)
    const { length } = cancels()
    const at = call.interrupt()
    await call.until('a cancellation', () => cancels().length > length)
    times.push((cancels()[length]?.at ?? Number.NaN) - at)
  }
  await call.close()
  return times.slice(warm)
}
