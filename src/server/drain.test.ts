import { NEVER, Observable, type Subscriber } from 'rxjs'
import { describe, expect, it } from 'vitest'
import {
  audio,
  defineProcessor,
  defineTransport,
  response,
  type Accept,
  type Busy,
  type Connection,
  type Frame,
  type ListenContext,
  type Place,
} from '../plugin.ts'
import { programOf } from '../testing/program.ts'
import { createVirtualClock, type VirtualClock } from '../time/virtual-clock.ts'
import { serveGraphs, type Server, type ServeOptions } from './serve-graphs.ts'

/** A line of which the test is the far end. */
interface Line {
  admit(): Place | Busy
  /** Somebody calls; gives what hangs up. */
  call(): { hangUp(): void; readonly closed: () => string | undefined }
}

/** A program whose bot speaks for so long when somebody calls, in ms, or cannot start. */
function program(name: string, speaksMs: number | 'fails', opened: (line: Line) => void) {
  const phone = defineTransport({
    id: 'phone',
    summary: 'A line in the hand of a test.',
    ports: { in: { audio: 'audio' }, out: { audio: { type: 'audio', main: true } } },
    listen: async (ctx: ListenContext<object>, accept: Accept) => {
      opened(lineOf(ctx, accept))
      return { address: `test:${ctx.graph}`, close: async () => undefined }
    },
  })
  const speaker = defineProcessor({
    id: 'speaker',
    summary: 'Speaks for some time, at once.',
    ports: { in: { audio: 'audio' }, out: { audio: { type: 'audio', main: true } } },
    setup: () => {
      if (speaksMs === 'fails') throw new Error('it does not speak')
      return {
        *audio() {
          yield response({ state: 'started' })
          const samples = new Int16Array(16 * 20)
          for (let at = 0; at < speaksMs; at += 20) {
            yield audio({ role: 'agent', samples, sampleRate: 16_000 })
          }
        },
      }
    },
  })
  const made = programOf({
    nodes: { phone, speaker },
    flow: ['phone -> speaker -> phone'],
    buffer: 10,
  })
  return { ...made, plan: { ...made.plan, name } }
}

function lineOf(ctx: ListenContext<object>, accept: Accept): Line {
  return {
    admit: ctx.admit,
    call() {
      const place = ctx.admit()
      if ('busy' in place) throw new Error(place.busy)
      let caller: Subscriber<Frame> | undefined
      let closed: string | undefined
      const connection: Connection = {
        call: {},
        frames: new Observable((subscriber) => {
          caller = subscriber
          subscriber.next(audio({ role: 'user', samples: new Int16Array(320), sampleRate: 16_000 }))
          return NEVER.subscribe()
        }),
        play: () => undefined,
        send: () => undefined,
        clear: () => undefined,
        close: (reason) => void (closed = reason),
      }
      accept(connection, place)
      return { hangUp: () => caller?.complete(), closed: () => closed }
    },
  }
}

async function start(
  speaksMs: number | 'fails',
  options: Partial<ServeOptions> = {},
): Promise<{ readonly server: Server; readonly clock: VirtualClock; readonly lines: Line[] }> {
  const clock = createVirtualClock()
  const lines: Line[] = []
  const log = { debug() {}, info() {}, warn() {} }
  const programs = ['one', 'two'].map((name) =>
    program(name, speaksMs, (line) => void lines.push(line)),
  )
  const server = await serveGraphs(programs, { clock, log, ...options })
  return { server, clock, lines }
}

const asks = (lines: readonly Line[]): readonly string[] =>
  lines.map((line) => {
    const got = line.admit()
    if ('busy' in got) return got.busy
    got.leave()
    return 'room'
  })

describe('a server', () => {
  it('counts the calls of all its graphs against one limit', async () => {
    const { server, clock, lines } = await start(0, { maxCalls: 2 })
    const [one, two] = lines
    const calls = [one?.call(), two?.call()]
    await clock.advance(20)
    expect([server.calls, server.notReady, asks(lines)]).toEqual([2, 'full', ['full', 'full']])
    calls[0]?.hangUp()
    await clock.advance(20)
    expect([server.calls, server.notReady, asks(lines)]).toEqual([1, undefined, ['room', 'room']])
    expect(server.turnedAway).toMatchObject({ full: 2 })
    calls[1]?.hangUp()
    await clock.advance(20)
    expect(await server.close()).toEqual({ finished: 0, ended: 0, cut: 0 })
  })

  it('gives the place of a call back that could not start', async () => {
    const { server, clock, lines } = await start('fails', { maxCalls: 1 })
    const call = lines[0]?.call()
    expect(asks(lines)).toEqual(['full', 'full'])
    await clock.advance(20)
    expect(call?.closed()).toBe('the call could not start')
    expect([server.calls, asks(lines)]).toEqual([0, ['room', 'room']])
    await server.close()
  })

  it('is closed at once when nobody is there', async () => {
    const { server, clock } = await start(0)
    expect(await server.close()).toEqual({ finished: 0, ended: 0, cut: 0 })
    expect(clock.now()).toBe(0)
  })

  it('lets calls go on, tells them to end ten seconds before its time, and cuts off the rest', async () => {
    const { server, clock, lines } = await start(1000 * 1000)
    const [line] = lines
    const [soon, never] = [line?.call(), line?.call()]
    await clock.advance(100)
    const told: string[] = []
    const onProgress = (calls: number, leftMs: number): void =>
      void told.push(`${calls} ${Math.round(leftMs / 1000)}`)
    const closed = server.close({ withinMs: 60_000, onProgress })
    await clock.advance(20_000)
    expect([server.notReady, ...asks(lines)]).toEqual(['draining', 'draining', 'draining'])
    soon?.hangUp()
    await clock.advance(100)
    expect([soon?.closed(), never?.closed()]).toEqual(['the call is over', undefined])
    await clock.advance(40_000)
    expect(await closed).toEqual({ finished: 1, ended: 0, cut: 1 })
    expect(never?.closed()).toBe('the call is over')
    expect(told).toEqual(['2 60', '2 50', '2 40', '1 40', '1 30', '1 20', '1 10'])
  })

  it('counts as ended who says what there was to say after it was told to', async () => {
    const { server, clock, lines } = await start(5000)
    const call = lines[0]?.call()
    await clock.advance(100)
    const closed = server.close({ withinMs: 6000 })
    // Told after three seconds; the rest of the sound takes two.
    await clock.advance(4000)
    expect(call?.closed()).toBeUndefined()
    await clock.advance(2000)
    expect(await closed).toEqual({ finished: 0, ended: 1, cut: 0 })
  })

  it('waits for callers who have a place and no call yet', async () => {
    const { server, clock, lines } = await start(0)
    const place = lines[0]?.admit() as Place
    let isClosed = false
    void server.close().then(() => (isClosed = true))
    await clock.advance(5000)
    expect(isClosed).toBe(false)
    place.leave()
    await clock.advance(100)
    expect(isClosed).toBe(true)
  })

  it('cuts calls off when somebody is in a hurry', async () => {
    const { server, clock, lines } = await start(1000 * 1000)
    lines[0]?.call()
    await clock.advance(100)
    const hurry = new AbortController()
    const closed = server.close({ signal: hurry.signal })
    await clock.advance(1000)
    hurry.abort()
    await clock.advance(100)
    expect(await closed).toEqual({ finished: 0, ended: 0, cut: 1 })
    expect(clock.now()).toBe(1200)
  })
})

describe('the names of graphs', () => {
  const log = { debug() {}, info() {}, warn() {} }
  const serve = (...names: string[]): Promise<Server> =>
    serveGraphs(
      names.map((name) => program(name, 0, () => undefined)),
      { clock: createVirtualClock(), log },
    )

  it('have to differ', async () => {
    await expect(serve('a', 'b', 'a')).rejects.toThrow(
      '2 graphs are called "a" (in code, in code); one server tells them apart by name.',
    )
  })

  it.each([
    '',
    'front desk',
    '../a',
    '.',
    'a/b',
    'healthz',
    'readyz',
    'playground',
    'é',
    'a'.repeat(65),
  ])('have to be parts of an address: %o is none', async (name) => {
    await expect(serve(name)).rejects.toThrow('cannot be served')
  })
})
