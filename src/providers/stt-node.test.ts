import { describe, expect, it } from 'vitest'
import { ProviderError, type SttDefinition, type SttStream } from '../define/index.ts'
import { audio, speech, type Frame } from '../frames/index.ts'
import { createProbe } from '../testing/probe.ts'
import { testSession } from '../testing/session.ts'
import { createVirtualClock } from '../time/virtual-clock.ts'
import { rate, scriptedBrain, scriptedEars, source } from './rig.ts'

/** A stream that says what it was told to when the caller has stopped; undefined: it never does. */
const stream = (heard: (() => void) | undefined): SttStream => ({
  push: () => undefined,
  finish: () => heard?.(),
  close: () => undefined,
})

/** Ears whose streams hear one thing after the other. */
function ears(id: string, words: (string | undefined)[]): SttDefinition {
  let pushed = 0
  return scriptedEars(id, (init) => {
    const text = words.shift()
    const heard = (): void => init.heard({ type: 'final', text: text ?? '', untilMs: pushed })
    const made = stream(text === undefined ? undefined : heard)
    return { ...made, push: ({ length }) => void (pushed += (length * 1000) / rate) }
  })
}

/** A caller who speaks for 400 ms. */
async function call(one: SttDefinition, ...fallback: SttDefinition[]) {
  const probe = createProbe()
  const brain = scriptedBrain('mind', async function* ({ reason, messages }) {
    const last = messages.at(-1)
    if (reason === 'turn' && last?.role === 'user') yield `You said ${last.text}.`
  })
  const { session, clock, start, end, frames, logs } = testSession({
    nodes: {
      phone: source('audio'),
      stt: { definition: one, fallback },
      llm: brain,
      probe: probe.definition,
    },
    flow: ['phone -> stt -> llm -> probe'],
  })
  await start()
  const hear = async (ms: number): Promise<void> => {
    for (let at = 0; at < ms; at += 20) {
      const samples = new Int16Array(rate / 50)
      session.feed('phone', 'in', audio({ role: 'user', samples, sampleRate: rate }))
      await clock.advance(20)
    }
  }
  session.feed('phone', undefined, speech({ state: 'started', by: 'vad', latency: 0 }))
  await hear(400)
  session.feed('phone', undefined, speech({ state: 'stopped', by: 'vad', latency: 0 }))
  await hear(6000)
  const { error } = await end()
  const said = probe.frames.flatMap((frame: Frame) =>
    frame.type === 'text' ? [`${frame.at - 400} ${frame.text}`] : [],
  )
  return {
    said,
    error,
    errors: frames.flatMap((frame) =>
      frame.type === 'error' ? [`${frame.node} ${frame.code}`] : [],
    ),
    usage: frames.filter((frame) => frame.type === 'usage'),
    logs: logs.map(({ message }) => message),
  }
}

it('closes a stream that opens when the call is over', async () => {
  const late = Promise.withResolvers<void>()
  let opened = 0
  let closed = 0
  const one = scriptedEars('one', async (init) => {
    const isFirst = opened++ === 0
    if (!isFirst) await late.promise
    const broken = new ProviderError('connectivity', { provider: 'one', reason: 'a test' })
    const push = (): void => (isFirst ? init.failed(broken) : undefined)
    return { push, close: () => void closed++ }
  })
  const { session, clock, start, end } = testSession({
    nodes: { phone: source('audio'), stt: one, probe: createProbe().definition },
    flow: ['phone -> stt -> probe'],
  })
  await start()
  const samples = new Int16Array(rate / 50)
  session.feed('phone', 'in', audio({ role: 'user', samples, sampleRate: rate }))
  await clock.advance(1000)
  expect([opened, closed]).toEqual([2, 1])
  await end()
  late.resolve()
  await clock.settle()
  expect(closed).toBe(2)
})

describe('a recogniser in a call', () => {
  it('says what it hears, and what it costs', async () => {
    const { said, errors, usage } = await call(ears('one', ['hello']))
    expect(said.map((line) => line.replace(/^\d+ /, ''))).toEqual(['You said hello.'])
    expect(errors).toEqual([])
    const seconds = usage.reduce((sum, frame) => sum + (frame.usage.audio_seconds ?? 0), 0)
    expect(seconds).toBeCloseTo(6.4, 1)
  })

  it('asks the caller to wait when the words do not come, and gives the silent one up', async () => {
    const { said, errors, error } = await call(ears('one', [undefined, 'hello']))
    expect(said).toEqual(['1000 One moment, please.', expect.stringContaining('You said hello.')])
    expect(errors).toEqual(['stt words-late', 'stt provider-timeout'])
    expect(error).toBeUndefined()
  })

  it('goes to the next one, which hears the same sound', async () => {
    const one = scriptedEars('one', () => {
      throw new ProviderError('auth', { provider: 'one', reason: 'the key is not known' })
    })
    const { said, logs } = await call(one, ears('two', ['hello']))
    expect(said.join()).toContain('You said hello.')
    expect(logs[0]).toBe(
      'one did not accept the key: the key is not known. stt/1 (two) is asked now.',
    )
  })

  it('is opened again however often it breaks while nobody speaks', async () => {
    const clock = createVirtualClock()
    let opened = 0
    const brittle = scriptedEars('one', (init) => {
      let breaksAt = ++opened > 30 ? Infinity : clock.now() + 12_000
      return {
        push() {
          if (clock.now() < breaksAt) return
          breaksAt = Infinity
          init.failed(new ProviderError('connectivity', { provider: 'one', reason: 'it broke' }))
        },
        close: () => undefined,
      }
    })
    const nodes = { phone: source('audio'), stt: brittle, probe: createProbe().definition }
    const flow = ['phone -> stt -> probe']
    const { session, start, end } = testSession({ nodes, flow }, { clock })
    await start()
    const samples = new Int16Array(rate / 50)
    for (let at = 0; at < 400_000; at += 20) {
      session.feed('phone', 'in', audio({ role: 'user', samples, sampleRate: rate }))
      await clock.advance(20)
    }
    expect(opened).toBe(31)
    expect((await end()).error).toBeUndefined()
  })

  it('knows a sound without words when it is told of one', async () => {
    const { said, errors } = await call(ears('one', ['']))
    expect([said, errors]).toEqual([[], []])
  })
})

describe('a recogniser that works utterance by utterance', () => {
  it('is told when the caller speaks, and again when its stream is another one', async () => {
    const told: string[] = []
    let opened = 0
    const one = scriptedEars('one', (init) => {
      const own = String(++opened)
      return {
        push: () => undefined,
        started: () => void told.push(`${own} started`),
        finish() {
          told.push(`${own} finish`)
          if (own === '1')
            init.failed(new ProviderError('server', { provider: 'one', reason: '?' }))
          else init.heard({ type: 'final', text: 'tea', untilMs: 400 })
        },
        close: () => undefined,
      }
    })
    const { error } = await call(one)
    expect(error).toBeUndefined()
    expect(told).toEqual(['1 started', '1 finish', '2 started', '2 finish'])
  })
})
