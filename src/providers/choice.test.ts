import { describe, expect, it } from 'vitest'
import { ProviderError } from '../define/index.ts'
import type { ErrorCategory } from '../frames/index.ts'
import { usualLimitsOf, type PlanLimits, type PlanMember } from '../graph/plan.ts'
import type { Member } from '../kernel/members.ts'
import { createVirtualClock } from '../time/virtual-clock.ts'
import { createBreakers } from './breakers.ts'
import { Choice } from './choice.ts'
import { scriptedVoice } from './rig.ts'

const member = (name: string, limits: Partial<PlanLimits> = {}): Member<never> => {
  const definition = scriptedVoice(name, async function* () {})
  const usual = usualLimitsOf({ kind: 'tts', vendor: name })
  const plan = { use: name, options: {}, limits: { ...usual, ...limits } } as unknown as PlanMember
  const prepare = () => Promise.resolve({ options: {}, shared: undefined })
  return { name, plan, definition: definition as never, prepare }
}
const fault = (category: ErrorCategory, retryAfterMs?: number): ProviderError =>
  new ProviderError(category, {
    provider: 'x',
    reason: 'a test',
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  })

function rig(...members: Member<never>[]) {
  const clock = createVirtualClock()
  const breakers = createBreakers(clock)
  return { clock, breakers, choose: () => new Choice(members, breakers) }
}
const shown = (next: ReturnType<Choice<never>['after']>): string =>
  next === undefined ? 'nobody' : `${next.member.name} ${next.attempt} +${next.afterMs}`

describe('who is asked', () => {
  it('asks the same once more after a passing failure, and then the next', () => {
    const choice = rig(member('one'), member('two')).choose()
    expect(shown(choice.first())).toBe('one 1 +0')
    expect(shown(choice.after(fault('connectivity')))).toBe('one 2 +200')
    expect(shown(choice.after(fault('connectivity')))).toBe('two 1 +0')
    expect(shown(choice.after(fault('server')))).toBe('two 2 +200')
    expect(shown(choice.after(fault('server')))).toBe('nobody')
  })

  it.each(['auth', 'invalid', 'quota', 'bug'] as const)(
    'asks the next at once after %s',
    (what) => {
      const choice = rig(member('one'), member('two')).choose()
      choice.first()
      expect(shown(choice.after(fault(what)))).toBe('two 1 +0')
    },
  )

  it('does not wait twice for one that let its time pass while there is another', () => {
    const choice = rig(member('one'), member('two')).choose()
    choice.first()
    expect(shown(choice.after(fault('timeout')))).toBe('two 1 +0')
    expect(shown(choice.after(fault('timeout')))).toBe('two 2 +200')
  })

  it('doubles the pause before each further attempt', () => {
    const choice = rig(member('one', { retry: { max: 3, backoffMs: 100 } })).choose()
    choice.first()
    const all = [1, 2, 3, 4].map(() => shown(choice.after(fault('server'))))
    expect(all).toEqual(['one 2 +100', 'one 3 +200', 'one 4 +400', 'nobody'])
  })

  it('waits as long as a vendor asks for, where there is nobody else and the caller can bear it', () => {
    const alone = rig(member('one')).choose()
    alone.first()
    expect(shown(alone.after(fault('rate-limit', 1500)))).toBe('one 2 +1500')
    const long = rig(member('one')).choose()
    long.first()
    expect(shown(long.after(fault('rate-limit', 30_000)))).toBe('nobody')
    const two = rig(member('one'), member('two')).choose()
    two.first()
    expect(shown(two.after(fault('rate-limit', 1500)))).toBe('two 1 +0')
  })

  it('gives who has failed a rest, for all calls, and then lets one of them try', () => {
    const { choose, clock } = rig(member('one'), member('two'))
    const first = choose()
    first.first()
    first.after(fault('timeout'))
    expect(shown(choose().first())).toBe('two 1 +0')
    return clock.advance(10_000).then(() => {
      const probe = choose()
      expect(shown(probe.first())).toBe('one 1 +0')
      expect(shown(choose().first())).toBe('two 1 +0')
      probe.done()
      expect(shown(choose().first())).toBe('one 1 +0')
    })
  })

  it('does not take one that has only been set up for one that has been tried', async () => {
    const { choose, clock } = rig(member('one'), member('two'))
    const first = choose()
    first.first()
    first.after(fault('timeout'))
    await clock.advance(10_000)
    const call = choose()
    expect(shown(call.first())).toBe('one 1 +0')
    call.opened()
    expect(shown(choose().first())).toBe('one 1 +0')
    expect(shown(choose().first())).toBe('two 1 +0')
  })

  it('does not hold against a provider with one key what became of another', () => {
    const keyed = (key: string): Member<never> => {
      const made = member('one')
      return { ...made, plan: { ...made.plan, options: { api_key: key } } }
    }
    const clock = createVirtualClock()
    const breakers = createBreakers(clock)
    breakers.failed(keyed('a'))
    expect(breakers.allows(keyed('a'))).toBe(false)
    expect(breakers.allows(keyed('b'))).toBe(true)
  })

  it('does not hold against a provider what was wrong with the request', () => {
    const { choose } = rig(member('one'), member('two'))
    const first = choose()
    first.first()
    first.after(fault('invalid'))
    expect(shown(choose().first())).toBe('one 1 +0')
  })

  it('asks even who is at rest when nobody else is left', () => {
    const { choose } = rig(member('one', { retry: { max: 0, backoffMs: 1 } }))
    const first = choose()
    first.first()
    expect(shown(first.after(fault('server')))).toBe('nobody')
    expect(shown(choose().first())).toBe('one 1 +0')
  })
})
