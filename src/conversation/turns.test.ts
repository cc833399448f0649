import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { initialTurns, takeTurn, type TurnEvent, type TurnState } from './turns.ts'

const started = { type: 'speech', state: 'started' } as const
const stopped = { type: 'speech', state: 'stopped' } as const
const said = (text: string) => ({ type: 'said', text }) as const

/** Commands of each event in turn, as short words. */
function run(events: readonly TurnEvent[]): string[] {
  let state = initialTurns
  return events.map((event) => {
    const [next, commands] = takeTurn(state, event)
    state = next
    return commands
      .map((command) => (command.type === 'infer' ? command.reason : command.type))
      .join(' ')
  })
}

describe('turn-taking', () => {
  it('asks the brain at the start of the call', () => {
    expect(run([{ type: 'start' }])).toEqual(['start'])
  })

  it('answers a final transcript', () => {
    expect(run([started, stopped, said('hello')])).toEqual(['', '', 'turn'])
  })

  it('answers a transcript that no detector announced', () => {
    expect(run([said('hello')])).toEqual(['turn'])
  })

  it('does not answer silence or noise', () => {
    expect(run([started, stopped, said('  ')])).toEqual(['', '', ''])
  })

  it('lets the caller interrupt a response while it is made or heard', () => {
    expect(run([{ type: 'responding', response: 1 }, started])).toEqual(['', 'interrupt'])
  })

  it('interrupts nothing that has been heard to its end', () => {
    const finished = { type: 'finished', response: 1 } as const
    expect(run([{ type: 'responding', response: 1 }, finished, started])).toEqual(['', '', ''])
  })

  it('takes the end of an old response for nothing', () => {
    const finished = { type: 'finished', response: 1 } as const
    const events = [{ type: 'responding', response: 2 } as const, finished, started]
    expect(run(events)).toEqual(['', '', 'interrupt'])
  })

  it('starts over when the caller says more while the answer is made', () => {
    const responding = { type: 'responding', response: 1 } as const
    expect(run([said('a'), responding, said('b')])).toEqual(['turn', '', 'interrupt turn'])
  })

  it('waits with the answer while the caller goes on speaking', () => {
    expect(run([started, said('a'), stopped])).toEqual(['', '', 'turn'])
  })

  it('owes an answer for what was said before a stretch of noise', () => {
    const events = [started, stopped, started, said('late'), stopped, said('')]
    expect(run(events)).toEqual(['', '', '', '', 'turn', ''])
  })
})

describe('turn-taking, whatever happens', () => {
  const event: fc.Arbitrary<TurnEvent> = fc.oneof(
    fc.constant<TurnEvent>({ type: 'start' }),
    fc.constantFrom<TurnEvent>(started, stopped),
    fc.constantFrom('', ' ', 'a', 'b').map(said),
    fc.nat(5).map((response): TurnEvent => ({ type: 'responding', response: response + 1 })),
    fc.nat(5).map((response): TurnEvent => ({ type: 'finished', response: response + 1 })),
  )

  it('never owes an answer once the caller is silent, and never asks twice for one event', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), (events) => {
        let state: TurnState = initialTurns
        for (const next of events) {
          const [after, commands] = takeTurn(state, next)
          state = after
          expect(commands.filter((command) => command.type === 'infer').length).toBeLessThan(2)
          if (!state.isCallerSpeaking) expect(state.isOwed).toBe(false)
        }
      }),
      { numRuns: 2000 },
    )
  })
})
