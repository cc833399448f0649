import { Subject } from 'rxjs'
import { expect, it } from 'vitest'
import { defineProcessor, type Connection, type Frame } from 'voxgraph/plugin'
import { testSession } from 'voxgraph/testing'
import { line } from './line.ts'

/** A node whose set-up takes so many turns of the queue of promises. */
const slow = (turns: number, opened: string[], closed: string[]) =>
  defineProcessor({
    id: `slow-${turns}`,
    summary: 'Takes its time to be set up.',
    ports: { in: { text: 'text' }, out: { text: 'text' } },
    async setup() {
      for (let turn = 0; turn < turns; turn++) await Promise.resolve()
      opened.push(`${turns}`)
      return { text: (frame) => frame, close: () => void closed.push(`${turns}`) }
    },
  })

it('a call that is given up while it is being set up closes all that it has opened, and hangs up once', async () => {
  for (let moment = 0; moment < 30; moment++) {
    const [opened, closed, hungUp]: [string[], string[], string[]] = [[], [], []]
    const connection: Connection = {
      call: {},
      frames: new Subject<Frame>(),
      play: () => undefined,
      send: () => undefined,
      clear: () => undefined,
      close: (reason) => void hungUp.push(reason),
    }
    const nodes = Object.fromEntries(
      [0, 1, 3, 8, 20].map((turns) => [`node${turns}`, slow(turns, opened, closed)]),
    )
    const { session, clock } = testSession(
      {
        nodes: { line, ...nodes },
        flow: ['line -> node0 -> node1 -> node3 -> node8 -> node20'],
      },
      { connections: { line: connection } },
    )
    session.start().catch(() => undefined)
    for (let turn = 0; turn < moment; turn++) await Promise.resolve()
    session.cancel('given up')
    await clock.advance(20_000)
    await session.ended
    expect(hungUp, `${moment}`).toHaveLength(1)
    expect(closed.toSorted(), `${moment}`).toEqual(opened.toSorted())
  }
})
