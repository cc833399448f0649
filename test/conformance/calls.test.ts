import { NEVER } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { runProgram, type Connection } from 'voxgraph'
import { defineProcessor, defineTransport, type Accept } from 'voxgraph/plugin'
import { createVirtualClock, programOf } from 'voxgraph/testing'

/** A program whose transport hands over what the test gives it; `setup` is that of a node beside it. */
async function opened(setup: () => void, closed = async (): Promise<void> => undefined) {
  const taken: Accept[] = []
  const phone = defineTransport({
    id: 'phone',
    summary: 'Callers in the hand of a test.',
    ports: { in: { dtmf: 'dtmf' }, out: { dtmf: 'dtmf' } },
    async listen(_ctx, accept) {
      taken.push(accept)
      return { address: 'here', close: closed }
    },
  })
  const node = defineProcessor({
    id: 'node',
    summary: 'Is set up as the test says.',
    ports: { in: { dtmf: 'dtmf' } },
    setup: () => {
      setup()
      return {}
    },
  })
  const clock = createVirtualClock()
  const warnings: string[] = []
  const program = programOf({ nodes: { phone, node }, flow: ['phone -> node'] })
  const log = { debug() {}, info() {}, warn: (text: string) => void warnings.push(text) }
  const calls = runProgram(program, {
    clock,
    log,
    observe: (event) => {
      if (event.type === 'session.started') started()
    },
  })
  let started = (): void => undefined
  await calls.listen()
  const call = (close: Connection['close']) => {
    let left = 0
    const connection: Connection = {
      call: {},
      frames: NEVER,
      play: () => undefined,
      send: () => undefined,
      clear: () => undefined,
      close,
    }
    taken[0]?.(connection, { leave: () => void left++ })
    return { left: () => left }
  }
  const cancelAtOnce = (): void => {
    started = () => {
      for (const session of calls.sessions.values()) session.cancel('never mind')
    }
  }
  return { calls, clock, warnings, call, cancelAtOnce }
}

const broken = (): never => {
  throw new Error('out of order')
}

describe('the place of a call', () => {
  it('is given back where nothing could be set up and the far end does not let itself be closed', async () => {
    const { calls, clock, warnings, call } = await opened(broken)
    const hangs = call(() => new Promise(() => undefined))
    const fails = call(() => Promise.reject(new Error('it is stuck')))
    await clock.advance(5000)
    expect([hangs.left(), fails.left(), calls.sessions.size]).toEqual([1, 1, 0])
    expect(warnings.map((text) => text.replace(/call \S+/, 'call'))).toEqual(
      expect.arrayContaining([
        'call was not hung up within 2000 ms',
        'call was not hung up: it is stuck',
      ]),
    )
  })

  it('is given back, and the caller hung up, where the call is called off before it begins', async () => {
    const { calls, clock, call, cancelAtOnce } = await opened(() => undefined)
    cancelAtOnce()
    const closed: string[] = []
    const one = call((reason) => void closed.push(reason))
    await clock.advance(100)
    expect([one.left(), calls.sessions.size, closed.length]).toEqual([1, 0, 1])
  })
})

describe('a transport that cannot be closed', () => {
  it('keeps nobody on the line', async () => {
    const stuck = (): Promise<void> => Promise.reject(new Error('the port is stuck'))
    const { calls, clock, warnings, call } = await opened(() => undefined, stuck)
    const one = call(() => undefined)
    await clock.advance(100)
    const closed = calls.close('enough')
    await clock.advance(100)
    await closed
    expect([one.left(), calls.sessions.size]).toEqual([1, 0])
    expect(warnings).toEqual(['the transport was not closed: the port is stuck'])
  })
})
