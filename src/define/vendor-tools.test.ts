import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { pcmToBytes } from '../frames/codec-samples.ts'
import { createInbox, readAhead } from './inbox.ts'
import { refusalError } from './refusal.ts'
import { createSampleReader } from './sample-reader.ts'

/** Reads to the end. */
async function read<T>(items: AsyncIterable<T>): Promise<{ items: T[]; error: unknown }> {
  const all: T[] = []
  try {
    for await (const item of items) all.push(item)
  } catch (error) {
    return { items: all, error }
  }
  return { items: all, error: undefined }
}

describe('an inbox', () => {
  it('gives what was pushed in order, before and while it is read, then ends', async () => {
    const inbox = createInbox<number>()
    inbox.push(1)
    const reading = read(inbox)
    await Promise.resolve()
    inbox.push(2)
    inbox.push(3)
    inbox.end()
    inbox.push(4)
    expect(await reading).toEqual({ items: [1, 2, 3], error: undefined })
  })

  it('gives what came before a failure', async () => {
    const inbox = createInbox<number>()
    const failure = new Error('broken')
    inbox.push(1)
    inbox.fail(failure)
    inbox.fail(new Error('later'))
    expect(await read(inbox)).toEqual({ items: [1], error: failure })
  })

  it('forgets everything when nobody wants it, its failure too', async () => {
    const inbox = createInbox<number>()
    inbox.push(1)
    inbox.fail(new Error('broken'))
    inbox.drop()
    expect(await read(inbox)).toEqual({ items: [], error: undefined })
  })
})

describe('reading ahead', () => {
  it('reads as fast as it comes, and gives what came before a failure', async () => {
    let made = 0
    const failure = new Error('broken')
    async function* source() {
      for (; made < 5; made++) yield await Promise.resolve(made)
      throw failure
    }
    const ahead = readAhead(source())
    expect((await ahead.next()).value).toBe(0)
    await new Promise((resolve) => setImmediate(resolve))
    expect(made).toBe(5)
    expect(await read(ahead)).toEqual({ items: [1, 2, 3, 4], error: failure })
  })

  it('stops reading when it is closed', async () => {
    let isClosed = false
    async function* source() {
      try {
        for (let item = 0; ; item++)
          yield await new Promise<number>((resolve) => setImmediate(resolve, item))
      } finally {
        isClosed = true
      }
    }
    for await (const item of readAhead(source())) if (item === 2) break
    await expect.poll(() => isClosed).toBe(true)
  })
})

describe('a sample reader', () => {
  it('makes the same samples however the bytes are cut', () => {
    fc.assert(
      fc.property(fc.int16Array(), fc.array(fc.integer({ min: 1, max: 7 })), (samples, cuts) => {
        const reader = createSampleReader('pcm')
        const bytes = pcmToBytes(samples)
        const out: number[] = []
        for (let at = 0, turn = 0; at < bytes.length; turn++) {
          const end = at + (cuts[turn % cuts.length] ?? 3)
          out.push(...reader.read(bytes.subarray(at, end)))
          at = end
        }
        expect(out).toEqual([...samples])
      }),
    )
  })

  it('makes a sample of each byte of µ-law', () => {
    expect(createSampleReader('mulaw').read(Uint8Array.of(0, 127, 255))).toEqual(
      Int16Array.of(0, 127, 255),
    )
  })
})

describe('a refusal', () => {
  const of = (status: number, body: unknown, retryAfter?: string) =>
    refusalError({ provider: 'some-tts', status, body, secret: 'key-1', retryAfter })

  it.each([
    [401, { message: 'no' }, 'auth'],
    [401, { detail: { status: 'quota_exceeded', message: 'none left' } }, 'quota'],
    [402, '', 'quota'],
    [404, '{"title":"Not found"}', 'invalid'],
    [429, { error_code: 'quota' }, 'rate-limit'],
    [429, { detail: { status: 'system_busy' } }, 'overloaded'],
    [503, '<html>', 'overloaded'],
    [500, '', 'server'],
    [200, '<html>', 'server'],
    [404, ' <!doctype html>', 'server'],
  ])('of status %j with %j is of its category', (status, body, category) => {
    expect(of(status, body).category).toBe(category)
  })

  it('says what the vendor said, without the key, in one line', () => {
    const body = JSON.stringify({ error: { code: 'bad', message: 'the key\nkey-1 is not known' } })
    const { message, retryAfterMs } = of(401, body, '7')
    expect(message).toBe('some-tts did not accept the key: 401 bad: the key *** is not known.')
    expect(retryAfterMs).toBe(7000)
  })

  it('is an error of some category whatever the answer', () => {
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 599 }), fc.jsonValue(), (status, body) => {
        expect(of(status, body).message).toMatch(/^some-tts /)
      }),
    )
  })
})
