import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { decodeMulaw, encodeMulaw, loadResamplerEngine } from 'voxgraph/plugin'
import { createFlite, type Flite, type Voice } from '../flite-tts/engine.ts'
import { createRecognisers, type Recognisers, type RecogniserStream } from './engine.ts'

const rate = 16_000
const spec = {
  slots: {
    room: ['single', 'double', 'family'],
    day: ['Monday', 'Tuesday', 'Friday', 'Saturday', 'Sunday'],
    nights: ['one night', 'two nights', 'three nights', 'four nights', 'five nights'],
  },
  phrases: [
    '(what time|when) is breakfast',
    'I would like to book a [{room}] room [on {day}] [for {nights}]',
    'are you open on {day}',
    'do you have a car park',
    'where are you',
    'how much is it',
    'cancel my booking',
    '(yes|no) [please|thank you]',
    'stop',
    'goodbye',
  ],
}
const inside = [
  'what time is breakfast',
  'i would like to book a double room on friday for three nights',
  'i would like to book a room',
  'are you open on sunday',
  'do you have a car park',
  'how much is it',
  'cancel my booking',
  'yes please',
  'stop',
  'goodbye',
]
const outside = [
  'The quick brown fox jumps over the lazy dog.',
  'Ask not what your country can do for you.',
  'The stock market fell sharply this morning.',
  'My uncle lives in Argentina with seven cats.',
  'Tell me a joke about penguins.',
  'Umbrella.',
]

let flite: Flite
let recognisers: Recognisers
beforeAll(async () => {
  flite = await createFlite({ threads: 1 })
  recognisers = createRecognisers({ threads: 1 })
})
afterAll(() => Promise.all([flite.close(), recognisers.close()]))

/** What a detector would cut out: speech with 200 ms of a quiet room before and 250 ms after it. */
async function say(text: string, voice: Voice = 'slt'): Promise<Int16Array> {
  const { samples } = await flite.speak(text, { voice })
  const sound = Int16Array.from({ length: samples.length + 0.45 * rate }, (_, index) =>
    Math.round(4 * Math.sin(index * index)),
  )
  for (const [index, sample] of samples.entries()) sound[0.2 * rate + index]! += sample
  return sound
}

async function hear(stream: RecogniserStream, sound: Int16Array) {
  await stream.start()
  const pushes: Promise<string | undefined>[] = []
  for (let from = 0; from < sound.length; from += rate / 10) {
    pushes.push(stream.push(sound.slice(from, from + rate / 10)))
  }
  const soFar = (await Promise.all(pushes)).filter((text) => text !== undefined)
  return { ...(await stream.finish()), soFar }
}

/** Opens a stream for a test and closes it afterwards. */
async function withStream<T>(use: (stream: RecogniserStream) => Promise<T>): Promise<T> {
  const stream = await recognisers.open(spec)
  try {
    return await use(stream)
  } finally {
    await stream.close()
  }
}

describe('the recogniser', () => {
  it.each(['slt', 'rms', 'awb'] as const)('hears what %s says', async (voice) => {
    await withStream(async (stream) => {
      const heard: string[] = []
      for (const phrase of inside) {
        const { text, confidence } = await hear(stream, await say(phrase, voice))
        heard.push(confidence >= 0.5 ? text : `rejected: ${text}`)
      }
      expect(heard).toEqual(inside)
    })
  })

  it('hears over the telephone', async () => {
    const engine = await loadResamplerEngine()
    const overPhone = (sound: Int16Array): Int16Array => {
      const down = engine.create({ from: rate, to: 8000 })
      const up = engine.create({ from: 8000, to: rate })
      const narrow = decodeMulaw(encodeMulaw(down.process(sound)))
      return up.process(narrow)
    }
    await withStream(async (stream) => {
      const heard: string[] = []
      for (const phrase of inside.slice(0, 6)) {
        heard.push((await hear(stream, overPhone(await say(phrase, 'rms')))).text)
      }
      expect(heard).toEqual(inside.slice(0, 6))
    })
  })

  it('is not sure of what is in no phrase', async () => {
    await withStream(async (stream) => {
      for (const voice of ['slt', 'rms'] as const) {
        for (const sentence of outside) {
          const { confidence, text } = await hear(stream, await say(sentence, voice))
          expect(confidence, `${sentence} was heard as ${text}`).toBeLessThan(0.5)
        }
      }
    })
  })

  it('tells where each word is', async () => {
    const phrase = 'i would like to book a single room on monday'
    const { words: spoken } = await flite.speak(phrase, { voice: 'rms' })
    await withStream(async (stream) => {
      const { words } = await hear(stream, await say(phrase, 'rms'))
      expect(words.map((word) => word.text)).toEqual(phrase.split(' '))
      for (const [index, word] of words.entries()) {
        expect(Math.abs(word.startMs - 200 - spoken[index]!.startMs)).toBeLessThan(80)
        expect(Math.abs(word.endMs - 200 - spoken[index]!.endMs)).toBeLessThan(120)
      }
    })
  })

  it('tells the words so far while they are spoken', async () => {
    await withStream(async (stream) => {
      const { soFar, text } = await hear(stream, await say('what time is breakfast'))
      expect(soFar).toContain('what time')
      expect(soFar.at(-1)).toBe(text)
      expect(new Set(soFar).size).toBeGreaterThan(2)
    })
  })

  it('hears the same in every run, whoever else speaks', async () => {
    const sounds = await Promise.all(inside.slice(0, 3).map((phrase) => say(phrase, 'awb')))
    const run = (): Promise<unknown[]> =>
      withStream(async (stream) => {
        const heard: unknown[] = []
        for (const sound of sounds) heard.push(await hear(stream, sound))
        return heard
      })
    const alone = await run()
    const [one, other] = await Promise.all([run(), run()])
    expect(one).toEqual(alone)
    expect(other).toEqual(alone)
  })

  it('knows words that are told to it', async () => {
    const stream = await recognisers.open({
      phrases: ['call voxgraph', 'call the doctor'],
      pronunciations: { voxgraph: 'V AA K S G R AE F' },
    })
    expect((await hear(stream, await say('call vox graph', 'rms'))).text).toBe('call voxgraph')
    await stream.close()
  })

  it('writes words as they were given, accents and all', async () => {
    const stream = await recognisers.open({
      phrases: ['book the café', 'book the station'],
      pronunciations: { café: 'K AE F EY' },
    })
    const { text, words } = await hear(stream, await say('book the cafay', 'rms'))
    expect(text).toBe('book the café')
    expect(words.at(-1)?.text).toBe('café')
    await stream.close()
  })

  it('takes several hundred phrases', async () => {
    const places = ['library', 'station', 'harbour', 'museum', 'airport', 'hospital', 'market']
    const verbs = ['find', 'visit', 'leave', 'describe', 'photograph', 'enter', 'avoid']
    const ends = ['today', 'tomorrow', 'please', 'again', 'on foot', 'by train', 'at once']
    const phrases = verbs.flatMap((verb) =>
      places.flatMap((place) => ends.map((end) => `${verb} the ${place} ${end}`)),
    )
    const stream = await recognisers.open({ phrases })
    expect(phrases.length).toBe(343)
    expect((await hear(stream, await say('visit the museum by train'))).text).toBe(
      'visit the museum by train',
    )
    await stream.close()
  })

  const wave = (ms: number, at: (index: number) => number): Int16Array =>
    Int16Array.from({ length: (ms * rate) / 1000 }, (_, index) => at(index))
  it('is not spoilt by a burst of noise', async () => {
    const burst = wave(2000, (index) => (index & 4096 ? 30_000 * Math.sin(index ** 2) : 0))
    await withStream(async (stream) => {
      expect((await hear(stream, burst)).confidence).toBeLessThan(0.5)
      expect((await hear(stream, await say('what time is breakfast'))).text).toBe(
        'what time is breakfast',
      )
    })
  })
  it.each([
    ['nothing at all', new Int16Array(0)],
    ['digital silence', wave(1000, () => 0)],
    ['one loud sample', wave(1000, (index) => (index === 8000 ? 32_767 : 0))],
    ['a full square wave', wave(1000, (index) => (index % 160 < 80 ? 32_767 : -32_768))],
    ['full noise', wave(1000, (index) => 32_767 * Math.sin(index * index))],
    ['more than 30 s', wave(32_000, (index) => 300 * Math.sin(index * index))],
  ])('lives through %s', async (_, sound) => {
    await withStream(async (stream) => {
      expect((await hear(stream, sound)).confidence).toBeLessThan(0.5)
      expect((await hear(stream, await say('what time is breakfast'))).text).toBe(
        'what time is breakfast',
      )
    })
  })
})

describe('what cannot be recognised', () => {
  it.each([
    [{ phrases: ['play xqzt and zzyzx', 'hello'] }, 'unknown-words', ['xqzt', 'zzyzx']],
    [{ phrases: ['hello', 'play (it'] }, 'bad-phrase', ['play (it']],
  ])('is told when the stream is opened: %j', async (wrong, code, items) => {
    await expect(recognisers.open(wrong)).rejects.toMatchObject({ code, items })
  })

  it('is told when things are asked in the wrong order', async () => {
    await withStream(async (stream) => {
      await expect(stream.finish()).rejects.toMatchObject({ code: 'engine-failed' })
      await stream.start()
      await expect(stream.start()).rejects.toMatchObject({ code: 'engine-failed' })
    })
  })

  it('is told after the stream or everything was closed', async () => {
    const other = createRecognisers({ threads: 1 })
    const stream = await other.open(spec)
    const left = await other.open(spec)
    await stream.close()
    await stream.close()
    await expect(stream.start()).rejects.toMatchObject({ code: 'engine-closed' })
    await other.close()
    await expect(left.start()).rejects.toMatchObject({ code: 'engine-closed' })
    await left.close()
    await expect(other.open(spec)).rejects.toMatchObject({ code: 'engine-closed' })
  })

  it('is not opened for somebody who has gone', async () => {
    const reason = new Error('gone')
    await expect(recognisers.open(spec, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    const cancel = new AbortController()
    const opening = recognisers.open(spec, { signal: cancel.signal })
    cancel.abort(reason)
    await expect(opening).rejects.toBe(reason)
  })
})
