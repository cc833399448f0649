import { afterEach, describe, expect, it } from 'vitest'
import { besiege } from './serve/besiege.ts'
import { listen } from './serve/caller.ts'
import { startServe, type ServeProcess } from './serve/cli.ts'

/** So many words take so long to say, at 60 ms each. */
const words = (count: number): string => Array.from({ length: count }, () => 'word').join(' ')
const sentenceMs = 50 * 60

const open: ServeProcess[] = []
const serve = async (...args: string[]): Promise<ServeProcess & { readonly url: string }> => {
  // However busy the machine is: whom lag turns away is tested elsewhere.
  const server = await startServe(['test/serve/bot.yaml', '--max-lag', '60s', ...args])
  open.push(server)
  return { ...server, url: `${server.address.replace('http', 'ws')}/bot/` }
}
afterEach(async () => {
  for (const { kill, exited } of open.splice(0)) {
    kill('SIGKILL')
    await exited
  }
})

const ready = async (address: string): Promise<unknown> => (await fetch(`${address}/readyz`)).json()

describe('voxgraph serve', () => {
  it('loses none of twenty calls when it is told to end, and takes no more', async () => {
    const server = await serve('--set', `start=${words(50)}`, '--drain', '20s', '--max-rate', '200')
    const callers = await Promise.all(Array.from({ length: 20 }, () => listen(server.url)))
    await Promise.all(callers.map(({ hear }) => hear(500)))
    expect(callers.every(({ heardMs }) => heardMs() < sentenceMs)).toBe(true)
    server.kill('SIGTERM')
    expect(await server.until('draining')).toMatchObject({ calls: 20 })
    expect(await ready(server.address)).toEqual({ ready: false, why: 'draining' })
    await expect(listen(server.url)).rejects.toThrow('4503 the server is going down')
    const ends = await Promise.all(
      callers.map(async ({ hear, heardMs, client, end }) => {
        await hear(sentenceMs)
        const heard = heardMs()
        await client.close()
        return [heard, await end]
      }),
    )
    expect(ends).toEqual(callers.map(() => [sentenceMs, undefined]))
    expect(await server.until('drained')).toMatchObject({ finished: 20, ended: 0, cut: 0 })
    expect(await server.exited).toBe(0)
  })

  it('tells calls that do not end to end; they say what they were saying', async () => {
    const server = await serve('--set', `start=${words(50)}`, '--drain', '4s')
    const { hear, heardMs, end } = await listen(server.url)
    await hear(200)
    server.kill('SIGTERM')
    // Nobody hangs up.
    expect(await end).toBeUndefined()
    expect(heardMs()).toBe(sentenceMs)
    expect(await server.until('drained')).toMatchObject({ finished: 0, ended: 1, cut: 0 })
    expect(await server.exited).toBe(0)
  })

  it('cuts off what is left at the deadline, or when it is told again', async () => {
    const server = await serve('--set', `start=${words(5000)}`, '--drain', '1h')
    const { hear, heardMs, end } = await listen(server.url)
    await hear(200)
    server.kill('SIGTERM')
    await server.until('draining')
    server.kill('SIGINT')
    expect(await end).toBeUndefined()
    expect(heardMs()).toBeLessThan(10_000)
    expect(await server.until('drained')).toMatchObject({ finished: 0, ended: 0, cut: 1 })
    expect(await server.exited).toBe(1)
  })

  it('survives what a processor throws beside everybody, blocks or floods, tells it, and plays on', async () => {
    const server = await serve('--set', `start=${words(30)}`, '--drain', '2s')
    const calm = await listen(server.url)
    const bad = await listen(server.url)
    await Promise.all([calm.hear(200), bad.hear(200)])
    for (const key of ['1', '2', '1', '3', '4']) bad.client.sendKey(key)
    await calm.hear(30 * 60)
    await expect.poll(() => server.err()).toMatch(/rejected beside everybody/)
    expect(
      server.err().match(/error stray-error: .*thrown in a timer\n {4}at .*nodes\.ts/g),
    ).toHaveLength(2)
    calm.client.sendKey('5')
    await calm.hear(calm.heardMs() + 150)
    await calm.client.close()
    server.kill('SIGTERM')
    // Whoever floods never comes to rest.
    expect(await server.until('drained')).toMatchObject({ cut: 1 })
    expect(await server.exited).toBe(1)
  })

  it('keeps its calls whole under siege, and takes calls as before when it is over', async () => {
    const server = await serve('--set', `start=${words(160)}`)
    const callers = await Promise.all(Array.from({ length: 5 }, () => listen(server.url)))
    await Promise.all(callers.map(({ hear }) => hear(200)))
    const { attack, leave } = besiege(server.url)
    const [stalled, sent, joined] = await Promise.all([
      attack('stall'),
      attack('malformed'),
      attack('join'),
    ])
    leave()
    expect([stalled, joined]).toEqual([500, 100])
    expect(sent).toBeGreaterThan(4900)
    await Promise.all(callers.map(({ hear }) => hear(160 * 60)))
    expect(await ready(server.address)).toEqual({ ready: true })
    await Promise.all(callers.map(({ client }) => client.close()))
    const late = await listen(server.url)
    await late.hear(200)
    await late.client.close()
    server.kill('SIGTERM')
    expect(await server.exited).toBe(0)
  }, 60_000)
})
