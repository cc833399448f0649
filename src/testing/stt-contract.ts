import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import { bytesPerSample } from '../audio/sound-bytes.ts'
import { ProviderError, type Heard } from '../define/index.ts'
import type { ErrorCategory } from '../frames/index.ts'
import type { FaultName } from './emulators/emulator.ts'
import {
  formatOf,
  silence,
  spoken,
  withStt,
  type OpenStt,
  type SttContractInit,
  type SttRig,
} from './stt-rig.ts'
import type { ContractCase } from './vad-contract.ts'

/** What the caller says, and how long the pause behind it is that every recogniser takes for an end, in ms. */
const line = 'what time is breakfast please'
const other = 'and the pool'
const pauseMs = 1200
/** Sound that a recogniser may gather before it sends it on, in ms. */
const gatheredMs = 200
/** Times may go beyond what was pushed by a rounding, in ms. */
const toleranceMs = 20

/**
 * What every recogniser of a vendor must do, by its own SDK and against the emulated vendor. Each case has an
 * emulator of its own, and fails when the vendor would not have taken what was sent.
 */
export function sttContract(init: SttContractInit): readonly ContractCase[] {
  const cases = {
    ...wordCases(init),
    ...((init.finishes ?? true) && finishCases(init)),
    ...lifeCases(init),
    ...failureCases(init),
    ...keyCases(init),
  }
  return Object.entries(cases).map(([name, run]) => ({ name, run }))
}

type Cases = Readonly<Record<string, () => Promise<void>>>

const wordCases = (init: SttContractInit): Cases => ({
  'replaces the words so far by final ones': () =>
    withStt(init, [[line]], async (rig) => {
      const open = await rig.open()
      await say(rig, open, line)
      assert.deepEqual(open.finals, [line])
      const interims = open.heard.filter(({ type }) => type === 'interim')
      if (init.interim ?? true) assert(interims.length > 0, 'no words before the final ones')
      for (const { text } of interims) assert(line.startsWith(text), `"${text}" was not said`)
      const final = open.heard.findIndex(({ type }) => type === 'final')
      const late = open.heard.slice(final).filter((event) => event.type === 'interim' && event.text)
      assert.deepEqual(late, [])
    }),
  'hears the same in every form of sound': async () => {
    for (const spec of init.definition.ports.in.audio.formats) {
      await withStt(init, [[line]], async (rig) => {
        const open = await rig.open({ format: formatOf(spec) })
        await say(rig, open, line)
        assert.deepEqual(open.finals, [line], `in ${inspect(open.format)}`)
      })
    }
  },
  'gives times within the sound that never go back': () =>
    withStt(init, [[line, other]], async (rig) => {
      const open = await rig.open()
      await say(rig, open, line)
      await say(rig, open, other)
      assert.deepEqual(open.finals, [line, other])
      assertTimes(open)
    }),
  'finds no words in silence': () =>
    withStt(init, [[]], async (rig) => {
      const open = await rig.open()
      open.push(silence(5000))
      open.stream.finish?.()
      await arrived(rig, open)
      await open.stream.close()
      assert.deepEqual(wordsIn(open.heard), [])
      assert.deepEqual(open.failures, [])
    }),
})

/** Those that make words final when they are told that the caller has stopped. */
const finishCases = (init: SttContractInit): Cases => ({
  'makes final what is open when the caller has stopped': () =>
    withStt(init, [[line, other]], async (rig) => {
      const open = await rig.open()
      // No pause behind it: only our detector knows.
      for (const said of [line, other]) {
        open.push(await spoken(said))
        open.stream.finish?.()
        await rig.until('a final', () => open.finals.at(-1) === said)
      }
      assert.deepEqual(open.finals, [line, other])
      assertTimes(open)
    }),
  // Whoever drives it waits for an answer each time.
  'says that nothing is left, where it has finished before our detector knows': () =>
    withStt(init, [[line]], async (rig) => {
      const open = await rig.open()
      await say(rig, open, line)
      for (let turn = 0; turn < 3; turn++) {
        open.push(silence(300))
        const told = open.heard.length
        open.stream.finish?.()
        await rig.until('an answer', () => open.heard.length > told)
      }
      assert.deepEqual(open.finals, [line])
      assertTimes(open)
    }),
})

const lifeCases = (init: SttContractInit): Cases => ({
  'keeps two streams apart': () =>
    withStt(init, [[line], [other]], async (rig) => {
      const one = await rig.open()
      const two = await rig.open()
      await Promise.all([say(rig, one, line), say(rig, two, other)])
      assert.deepEqual([one.finals, two.finals], [[line], [other]])
    }),
  'can be closed in the middle of a word, and says nothing afterwards': () =>
    withStt(init, [[line]], async (rig) => {
      const open = await rig.open()
      open.push(await spoken(line))
      await open.stream.close()
      const told = open.heard.length
      await rig.until('no open socket', () => rig.emulator.open === 0)
      assert.equal(open.heard.length, told)
      assert.deepEqual(open.failures, [])
    }),
  'takes nothing amiss after it was closed': () =>
    withStt(init, [[line]], async (rig) => {
      const open = await rig.open()
      await open.stream.close()
      open.push(silence(100))
      open.stream.finish?.()
      await open.stream.close()
      assert.deepEqual(open.failures, [])
    }),
  'opens nothing for nobody': () =>
    withStt(init, [[]], async (rig) => {
      rig.emulator.fail({ fault: 'stall', when: 'open' })
      const gone = new AbortController()
      const opening = rig.open({ signal: gone.signal })
      opening.catch(() => undefined)
      await rig.until('an attempt', () => rig.emulator.received.length > 0)
      gone.abort(new Error('nobody'))
      await assert.rejects(opening)
      assert.equal(rig.emulator.open, 0)
    }),
})

/** What goes wrong on an open stream, and what may be made of it. */
const breaks: readonly (readonly [FaultName, readonly ErrorCategory[]])[] = [
  ['abrupt-close', ['connectivity']],
  ['clean-end', ['connectivity', 'server']],
  ['error-mid-stream', ['server']],
  ['garbage', ['server']],
  ['huge', ['server']],
]

const failureCases = (init: SttContractInit): Cases => ({
  ...Object.fromEntries(
    breaks.map(([fault, categories]) => [
      `says once that the stream has broken: ${fault}`,
      () =>
        withStt(init, [[line]], async (rig) => {
          const open = await rig.open()
          open.push((await spoken(line)).slice(0, 8000))
          await arrived(rig, open)
          rig.emulator.fail({ fault, when: 'now' })
          await rig.until('a failure', () => open.failures.length > 0)
          const told = open.heard.length
          open.push(silence(100))
          await open.stream.close()
          assert.equal(open.failures.length, 1)
          assert.equal(open.heard.length, told)
          assertFailure(open.failures[0], categories)
        }),
    ]),
  ),
  ...Object.fromEntries(
    refusals.map(([fault, category]) => [
      `says why it cannot be opened: ${fault}`,
      () =>
        withStt(init, [[line]], async (rig) => {
          rig.emulator.fail({ fault, when: 'open', retryAfterS: 3 })
          const thrown: unknown = await rig.open().catch((error: unknown) => error)
          assertFailure(thrown, [category])
          const { retryAfterMs } = thrown as ProviderError
          assert.equal(retryAfterMs, fault === 'rate-limit' ? 3000 : undefined)
          // The next one is well again, and nobody has tried it in secret.
          assert.equal(rig.emulator.received.length, 1)
          await say(rig, await rig.open(), line)
        }),
    ]),
  ),
})

/** What goes wrong when a stream is opened, and what it means. */
const refusals: readonly (readonly [FaultName, ErrorCategory])[] = [
  ['refuse', 'connectivity'],
  ['unauthorized', 'auth'],
  ['rate-limit', 'rate-limit'],
  ['overloaded', 'overloaded'],
  ['garbage', 'server'],
]

const keyCases = (init: SttContractInit): Cases => ({
  'refuses a wrong key as such, and keeps it to itself': () =>
    withStt(init, [[line]], async (rig) => {
      const options = { api_key: 'canary-key-that-nobody-may-see' }
      const opening = await rig.open({ options }).catch((error: unknown) => error)
      const verifying = await rig.verify(options).catch((error: unknown) => error)
      for (const thrown of [opening, verifying]) {
        assertFailure(thrown, ['auth'])
        const text = inspect(thrown, { depth: 20, showHidden: true })
        assert(!text.includes('canary'), 'the key is in the error')
      }
    }),
  'accepts a good key before there is a call': () =>
    withStt(init, [[]], async (rig) => {
      await rig.verify()
      assert.equal(rig.emulator.received.filter(({ kind }) => kind === 'socket').length, 0)
    }),
  'knows a page where the vendor should be': () =>
    withStt(init, [[]], async (rig) => {
      rig.emulator.fail({ fault: 'garbage', when: 'open' })
      assertFailure(await rig.verify().catch((error: unknown) => error), ['server'])
    }),
})

/** The caller says something and pauses; waits for the final. */
async function say(rig: SttRig, open: OpenStt, text: string): Promise<void> {
  const before = open.finals.length
  open.push(await spoken(text, pauseMs))
  open.stream.finish?.()
  await rig.until(`a final of "${text}"`, () => open.finals.length > before)
}

/** Waits until the vendor has got what was pushed, but for a piece that may still be gathered. */
async function arrived(rig: SttRig, { format, pushedMs }: OpenStt): Promise<void> {
  const perMs = (format.sampleRate * bytesPerSample(format.encoding)) / 1000
  const least = (pushedMs - gatheredMs) * perMs
  await rig.until('the sound at the vendor', () => {
    const bytes = rig.emulator.received.map(({ body }) => (typeof body === 'number' ? body : 0))
    return bytes.reduce((sum, one) => sum + one, 0) >= least
  })
}

const wordsIn = (heard: readonly Heard[]): readonly string[] =>
  heard.map(({ text }) => text).filter((text) => text !== '')

function assertTimes({ heard, pushedMs }: OpenStt): void {
  let settledMs = 0
  for (const event of heard) {
    if (event.type === 'turn') continue
    let atMs = 0
    for (const { startMs, endMs } of event.words ?? []) {
      assert(startMs >= atMs - toleranceMs && endMs >= startMs, 'words go back in time')
      assert(endMs <= pushedMs + toleranceMs, `a word at ${endMs} in ${pushedMs} ms of sound`)
      atMs = startMs
    }
    if (event.type !== 'final') continue
    assert(event.untilMs >= settledMs, 'what was settled is not any more')
    assert(event.untilMs <= pushedMs + toleranceMs, `settled up to ${event.untilMs} of ${pushedMs}`)
    settledMs = event.untilMs
  }
}

function assertFailure(thrown: unknown, categories: readonly ErrorCategory[]): void {
  assert(thrown instanceof ProviderError, `no ProviderError: ${inspect(thrown)}`)
  assert(categories.includes(thrown.category), `${thrown.category}: ${thrown.message}`)
}
