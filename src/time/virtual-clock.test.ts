import fc from 'fast-check'
import { interval, take, toArray, lastValueFrom } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { createVirtualClock } from './virtual-clock.ts'

describe('a virtual clock', () => {
  it('fires timers in order of time, and of one instant in the order in which they were set', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(50), { maxLength: 40 }), async (delays) => {
        const clock = createVirtualClock()
        const fired: (readonly [number, number])[] = []
        for (const [i, delay] of delays.entries()) clock.after(delay, () => fired.push([delay, i]))
        await clock.advance(50)
        const expected = delays.map((delay, i) => [delay, i] as const)
        expect(fired).toEqual(expected.toSorted(([a, i], [b, j]) => a - b || i - j))
      }),
      { numRuns: 60 },
    )
  })

  it('stands where it was told to, and fires nothing that is later', async () => {
    const clock = createVirtualClock(1000)
    let fired = false
    clock.after(101, () => (fired = true))
    await clock.advance(100)
    expect([clock.now(), clock.wall(), fired]).toEqual([100, 1100, false])
  })

  it('does not fire what was taken back', async () => {
    const clock = createVirtualClock()
    let fired = false
    clock.after(10, () => (fired = true))()
    await clock.advance(20)
    expect(fired).toBe(false)
  })

  it('lets promises settle before it moves on', async () => {
    const clock = createVirtualClock()
    const log: string[] = []
    clock.after(10, () => void Promise.resolve().then(() => log.push('first')))
    clock.after(20, () => log.push('second'))
    await clock.advance(20)
    expect(log).toEqual(['first', 'second'])
  })

  it('stands still while work is under way and delivers it in the order of asking', async () => {
    const clock = createVirtualClock()
    const log: string[] = []
    const slow = new Promise<string>((resolve) => {
      setImmediate(() => setImmediate(() => setImmediate(() => resolve('slow'))))
    })
    void clock.work(slow).then((it) => log.push(`${it} at ${clock.now()}`))
    void clock.work(Promise.resolve('fast')).then((it) => log.push(`${it} at ${clock.now()}`))
    clock.after(1, () => log.push('timer'))
    await clock.advance(1)
    expect(log).toEqual(['slow at 0', 'fast at 0', 'timer'])
  })

  it('delivers work at its declared latency', async () => {
    const clock = createVirtualClock()
    const log: string[] = []
    void clock.work(Promise.resolve('done'), 30).then((it) => log.push(`${it} at ${clock.now()}`))
    await clock.settle()
    expect(log).toEqual(['done at 30'])
  })

  it('hands on the failure of work', async () => {
    const clock = createVirtualClock()
    const failed = clock.work(Promise.reject(new Error('no')))
    const outcome = failed.catch((thrown: unknown) => String(thrown))
    await clock.settle()
    expect(await outcome).toBe('Error: no')
  })

  it('wakes a sleeper in time, or at once when its signal aborts', async () => {
    const clock = createVirtualClock()
    const controller = new AbortController()
    const woken: string[] = []
    void clock.sleep(50).then(() => woken.push(`slept until ${clock.now()}`))
    clock.sleep(100, controller.signal).catch((thrown: Error) => woken.push(thrown.message))
    clock.after(20, () => controller.abort(new Error('enough')))
    await clock.settle()
    expect(woken).toEqual(['enough', 'slept until 50'])
  })

  it('is a scheduler for RxJS', async () => {
    const clock = createVirtualClock()
    const ticks = lastValueFrom(interval(20, clock.scheduler).pipe(take(3), toArray()))
    await clock.settle()
    expect(await ticks).toEqual([0, 1, 2])
    expect(clock.now()).toBe(60)
  })

  it('ends when it is told that all is done, with timers still set', async () => {
    const clock = createVirtualClock()
    let ticks = 0
    const again = (): void => void clock.after(10, () => (ticks++, again()))
    again()
    await clock.settle({ isDone: () => ticks === 5 })
    expect(clock.now()).toBe(50)
  })
})
