import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { VoxgraphError } from '../errors/index.ts'
import { message, type Frame } from '../frames/index.ts'
import { createCallFrames, type CallFrames } from './call-frames.ts'

/** What somebody gets who subscribes now. */
function listen({ frames }: CallFrames): string[] {
  const got: string[] = []
  frames.subscribe({
    next: (frame) => got.push((frame as Frame & { name: string }).name),
    complete: () => got.push('complete'),
    error: (thrown: unknown) => got.push(String((thrown as VoxgraphError).code)),
  })
  return got
}

const send = (call: CallFrames, name: number): void =>
  call.emit(message({ name: String(name), data: null, lane: 'user' }))

describe('the frames of a call', () => {
  it('come in their order whenever somebody subscribes, the newest 250 of those before, and end once', () => {
    const step = fc.constantFrom('emit', 'listen', 'hang up', 'break')
    const scenario = fc.array(step, { maxLength: 600, size: 'max' })
    fc.assert(
      fc.property(scenario, (steps) => {
        const call = createCallFrames()
        let got: string[] | undefined
        let [expected, ending]: [string[], string | undefined] = [[], undefined]
        let count = 0
        for (const one of steps) {
          if (one === 'emit') {
            send(call, ++count)
            if (ending === undefined) expected.push(String(count))
            if (got === undefined) expected = expected.slice(-250)
          } else if (one === 'listen') got ??= listen(call)
          else if (one === 'hang up') {
            call.finish()
            ending ??= 'complete'
          } else {
            call.finish(new VoxgraphError('connection-lost'))
            ending ??= 'connection-lost'
          }
        }
        got ??= listen(call)
        expect(got).toEqual(ending === undefined ? expected : [...expected, ending])
        expect(call.end !== undefined).toBe(ending !== undefined)
      }),
    )
  })

  it('are 250 at the most before somebody subscribes: of more the oldest are dropped', () => {
    const call = createCallFrames()
    for (let name = 1; name <= 252; name++) send(call, name)
    const got = listen(call)
    expect([got.length, got[0], got.at(-1)]).toEqual([250, '3', '252'])
  })
})
