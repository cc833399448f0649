import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Place } from '../define/index.ts'
import { createVirtualClock } from '../time/virtual-clock.ts'
import { createAdmission, type Admission, type AdmissionInit } from './admission.ts'

const open = (init: Partial<AdmissionInit> = {}): Admission =>
  createAdmission({
    clock: createVirtualClock(),
    maxCalls: 2,
    maxLagMs: 100,
    lag: { p99: () => 0 },
    ...init,
  })

describe('admission', () => {
  it('lets in as many as there may be, and another one when somebody has left', () => {
    const house = open()
    const first = house.admit() as Place
    expect(house.admit()).toHaveProperty('leave')
    expect(house.admit()).toEqual({ busy: 'full' })
    first.leave()
    expect(house.admit()).toHaveProperty('leave')
    expect(house.turnedAway).toEqual({ full: 1, overloaded: 0, draining: 0 })
  })

  it('never counts more than there may be, nor less than nobody, whoever leaves how often', () => {
    const steps = fc.array(fc.oneof(fc.constant('in' as const), fc.nat(20)), { maxLength: 80 })
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 5 }), (todo, maxCalls) => {
        const house = open({ maxCalls })
        const places: Place[] = []
        const inside = new Set<Place>()
        for (const step of todo) {
          if (step === 'in') {
            const got = house.admit()
            expect('busy' in got).toBe(inside.size === maxCalls)
            if ('busy' in got) continue
            places.push(got)
            inside.add(got)
          } else {
            const place = places[step]
            place?.leave()
            if (place !== undefined) inside.delete(place)
          }
          expect(house.taken).toBe(inside.size)
        }
      }),
    )
  })

  it('turns callers away while the loop is late, until it is late half as much', async () => {
    const clock = createVirtualClock()
    let p99 = 0
    const house = open({ clock, lag: { p99: () => p99 }, maxCalls: 100 })
    const looks: (string | undefined)[] = []
    for (const lag of [100, 101, 60, 99, 51, 50, 100]) {
      p99 = lag
      await clock.advance(100)
      looks.push(house.busy)
    }
    const late = 'overloaded'
    expect(looks).toEqual([undefined, late, late, late, late, undefined, undefined])
  })

  it('lets nobody in once it drains', () => {
    const house = open()
    const place = house.admit() as Place
    house.drain()
    expect(house.admit()).toEqual({ busy: 'draining' })
    place.leave()
    expect(house.busy).toBe('draining')
    expect(house.taken).toBe(0)
  })
})
