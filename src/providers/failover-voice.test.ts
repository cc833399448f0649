import { describe, expect, it } from 'vitest'
import { ProviderError, type TtsDefinition, type Utterance } from '../define/index.ts'
import { response, text, type AudioFrame, type Frame } from '../frames/index.ts'
import { createProbe } from '../testing/probe.ts'
import { testSession } from '../testing/session.ts'
import { rate, scriptedVoice, sound } from './rig.ts'

type Speak = Parameters<typeof scriptedVoice>[1]

const sayAll: Speak = async function* (utterance) {
  for await (const { span, text: said } of utterance.text) yield* sound(span, said)
}

const broken: Speak = async function* () {
  yield* []
  throw new ProviderError('auth', { provider: 'one', reason: 'a test' })
}

/** The first three utterances are the phrases that are kept; `speak` gets the others. */
function afterPhrases(id: string, speak: Speak, phrase: Speak = sayAll): TtsDefinition {
  let utterances = 0
  return scriptedVoice(id, (utterance: Utterance, ctx) =>
    (utterances++ < 3 ? phrase : speak)(utterance, ctx),
  )
}

/** A call in which the phrases are there before anything is said. */
async function call(definition: TtsDefinition, ...fallback: TtsDefinition[]) {
  const probe = createProbe()
  const { session, clock, start, end, frames } = testSession({
    nodes: { tts: { definition, fallback }, probe: probe.definition },
    flow: ['tts -> probe'],
  })
  await start()
  await clock.advance(10_000)
  const feed = (port: string | undefined, frame: Frame): void =>
    session.feed('tts', port, { ...frame, response: 1 })
  feed(undefined, response({ state: 'started' }))
  const audio = () => probe.frames.filter((one): one is AudioFrame => one.type === 'audio')
  return {
    clock,
    end,
    say: (span: number, said: string) => feed('text', text({ span, text: said })),
    over: () => feed(undefined, response({ state: 'ended' })),
    /** Sound of a span so far, in ms. */
    ms: (span: number) =>
      audio()
        .filter((one) => one.span === span && one.response === 1)
        .reduce((sum, { samples }) => sum + (samples.length * 1000) / rate, 0),
    words: () =>
      audio()
        .flatMap((one) => (one.response === 1 ? (one.words ?? []) : []))
        .map((word) => `${word.text} ${word.startMs}`),
    errors: () => frames.flatMap((one) => (one.type === 'error' ? [one.code] : [])),
  }
}

describe('a voice with phrases of trouble', () => {
  it('keeps each phrase alone, however long the voice takes to begin', async () => {
    const slow: Speak = async function* (utterance, { sleep }) {
      await sleep(1000)
      yield* sayAll(utterance, { sleep })
    }
    const { clock, say, over, ms, end } = await call(afterPhrases('one', broken, slow))
    say(1, 'Hello there.')
    over()
    await clock.advance(5000)
    // "I am sorry, I am having trouble. One moment, please."
    expect(ms(0)).toBe(1000)
    await end()
  })

  it('does not ask the caller to wait for what it has only just been given', async () => {
    const slow: Speak = async function* (utterance, { sleep }) {
      for await (const { span, text: said } of utterance.text) {
        await sleep(span === 1 ? 0 : 700)
        yield* sound(span, said)
      }
    }
    const { clock, say, over, ms, errors, end } = await call(afterPhrases('one', slow))
    say(1, 'Let me look.')
    await clock.advance(1500)
    say(2, 'Here it is.')
    over()
    await clock.advance(5000)
    expect([ms(0), ms(1), ms(2)]).toEqual([0, 300, 300])
    expect(errors()).toEqual([])
    await end()
  })
})

it('asks the caller to wait in the middle of a span as a part of it', async () => {
  const stalling: Speak = async function* (utterance, { sleep }) {
    for await (const { span, text: said } of utterance.text) {
      const [first, ...rest] = [...sound(span, said)]
      yield first!
      await sleep(1000)
      yield* rest
    }
  }
  const { clock, say, over, ms, words, end } = await call(afterPhrases('one', stalling))
  say(1, 'One two three.')
  over()
  await clock.advance(5000)
  // "One moment, please." takes 300 ms, behind the first 50 of "One".
  expect([ms(0), ms(1)]).toEqual([0, 600])
  expect(words()).toEqual(['One 300', 'two 400', 'three. 500'])
  await end()
})

it('gives up a voice without word times that stops in the middle of the last sentence', async () => {
  const stalling: Speak = async function* (utterance, { sleep }) {
    for await (const { span, text: said } of utterance.text) {
      yield* sound(span, said, 100, false)
      await sleep(60_000)
    }
  }
  const two = scriptedVoice('two', sayAll)
  const { clock, say, over, ms, errors, end } = await call(afterPhrases('one', stalling), two)
  say(1, 'One two three.')
  over()
  await clock.advance(8000)
  expect(ms(1)).toBe(100 + 300)
  expect(errors()).toEqual(['provider-timeout'])
  await end()
})

describe('the text that a voice is given', () => {
  it('has the span without a text that says that the one before is complete', async () => {
    const gathering: Speak = async function* (utterance) {
      let open = { span: 0, text: '' }
      for await (const piece of utterance.text) {
        if (piece.span === open.span) open = { ...open, text: open.text + piece.text }
        else {
          yield* sound(open.span, open.text)
          open = piece
        }
      }
      yield* sound(open.span, open.text)
    }
    const { clock, say, over, ms, end } = await call(
      afterPhrases('one', broken),
      scriptedVoice('two', gathering),
    )
    say(1, 'Let me look.')
    say(2, '')
    await clock.advance(100)
    // The last 20 ms wait for what comes behind them.
    expect(ms(1)).toBe(280)
    over()
    await end()
  })

  it('is said by the next one where a voice ends without having gone on', async () => {
    const half: Speak = async function* (utterance) {
      for await (const { span, text: said } of utterance.text) {
        yield* sound(span, said, 250)
        throw new ProviderError('auth', { provider: 'one', reason: 'a test' })
      }
    }
    const mute: Speak = async function* (utterance) {
      yield* []
      for await (const piece of utterance.text) void piece
    }
    const { clock, say, over, ms, end } = await call(
      afterPhrases('one', half),
      scriptedVoice('two', mute),
      scriptedVoice('three', sayAll),
    )
    say(1, 'One two three four.')
    over()
    await clock.advance(10_000)
    expect(ms(1)).toBe(250 + 200)
    await end()
  })
})
