import { describe, expect, it } from 'vitest'
import type { Clock } from './clock.ts'
import { createLoopLag } from './loop-lag.ts'
import { createVirtualClock } from './virtual-clock.ts'

/** A clock whose loop can be held up. */
function heldUp(): {
  readonly clock: Clock
  pass(ms: number): Promise<void>
  hold(ms: number): void
} {
  const virtual = createVirtualClock()
  let held = 0
  const clock = { ...virtual, scheduler: virtual.scheduler, now: () => virtual.now() + held }
  return { clock, pass: (ms) => virtual.advance(ms), hold: (ms) => void (held += ms) }
}

describe('the lag of the loop', () => {
  it('is nothing where timers fire when they are due', async () => {
    const { clock, pass } = heldUp()
    const lag = createLoopLag(clock)
    expect(lag.p99()).toBe(0)
    await pass(20_000)
    expect(lag.p99()).toBe(0)
    lag.close()
  })

  it('says nothing of one stall or two, however long', async () => {
    const { clock, pass, hold } = heldUp()
    const lag = createLoopLag(clock)
    await pass(1000)
    hold(300)
    await pass(1000)
    hold(300)
    await pass(1000)
    expect(lag.p99()).toBe(0)
    lag.close()
  })

  it('is what one tick in a hundred exceeds, and is forgotten after ten seconds', async () => {
    const { clock, pass, hold } = heldUp()
    const lag = createLoopLag(clock)
    await pass(5000)
    for (let stall = 0; stall < 6; stall++) {
      hold(120)
      await pass(200)
    }
    // A tick was due somewhere within the 20 ms before the loop was held up.
    expect(lag.p99()).toBeGreaterThan(99)
    expect(lag.p99()).toBeLessThanOrEqual(120)
    await pass(10_000)
    expect(lag.p99()).toBe(0)
    lag.close()
  })

  it('is high where every tick is late, though there are few of them', async () => {
    const { clock, pass, hold } = heldUp()
    const lag = createLoopLag(clock)
    for (let stall = 0; stall < 10; stall++) {
      hold(200)
      await pass(20)
    }
    expect(lag.p99()).toBeGreaterThan(150)
    lag.close()
  })

  it('is no longer measured when it is closed', async () => {
    const { clock, pass } = heldUp()
    createLoopLag(clock).close()
    let fired = 0
    clock.after(20, () => fired++)
    await pass(40)
    expect(fired).toBe(1)
  })
})
