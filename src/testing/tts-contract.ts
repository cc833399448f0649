import assert from 'node:assert/strict'
import { ProviderError, type TtsDefinition } from '../define/index.ts'
import { createLiveClock } from '../time/live-clock.ts'
import { faultNames, type Emulator, type FaultName } from './emulators/emulator.ts'
import type { VoiceEmulatorInit } from './emulators/wire-speech.ts'
import { formatsOf, openVoice, type OpenVoice, type SpokenUtterance } from './tts-rig.ts'
import type { ContractCase } from './vad-contract.ts'

/** A voice, and who stands in for its vendor. */
export interface TtsContractInit {
  readonly definition: TtsDefinition
  /** Starts the vendor's emulator, one for each case; left out for a voice that needs nobody. */
  readonly emulate?: (init: VoiceEmulatorInit) => Promise<Emulator>
  /** As they stand in a graph file. `endpoint` and `api_key` are added where there is an emulator. */
  readonly options: Readonly<Record<string, unknown>>
  /** It gives no times of words. */
  readonly untimed?: true
}

/** A key that must not be found in anything that is told. */
const canary = 'canary-key-7f3a'
/** How long nothing may come before an utterance is given up in a case of a fault, in ms. */
const watchMs = 1200
/** How long is waited for something that must happen, in ms. */
const patienceMs = 5000

/** What is said in most cases; written so that signs stand alone and words end in them. */
const answer = [
  'Hello, this is the front desk.',
  'We open at 9 on weekdays - and at ten on Sunday!',
  'Can I help you?',
]
const wordsIn = (text: string): readonly string[] => text.split(/\s+/).filter((word) => word !== '')

/** What every voice must do. Each case is a voice of its own, on the live clock. */
export function ttsContract(init: TtsContractInit): readonly ContractCase[] {
  const rig = createRig(init)
  const cases = {
    ...soundCases(rig),
    ...cancelCases(rig),
    ...(init.emulate && { ...vendorCases(rig), ...faultCases(rig) }),
  }
  return Object.entries(cases).map(([name, run]) => ({ name, run: () => withoutLoose(run) }))
}

type Cases = Readonly<Record<string, () => Promise<void>>>

/** What a case works with. */
interface Stage {
  readonly emulator: Emulator | undefined
  open(more?: Partial<Parameters<typeof openVoice>[1]>): Promise<OpenVoice>
}

interface Rig {
  readonly init: TtsContractInit
  /** Runs a case with an emulator of its own; the vendor must have had nothing to complain of. */
  on(run: (stage: Stage) => Promise<void>, vendor?: VoiceEmulatorInit): Promise<void>
  /** Every word once, as written, in its order and within its sound. */
  assertWhole(said: SpokenUtterance, texts: readonly string[]): void
}

const createRig = (init: TtsContractInit): Rig => ({
  init,
  async on(run, vendor = {}) {
    const emulator = await init.emulate?.({ key: canary, ...vendor })
    const voices: OpenVoice[] = []
    try {
      await run({
        emulator,
        async open({ options, ...more } = {}) {
          const at = emulator && { endpoint: emulator.endpoint, api_key: emulator.key }
          const all = { ...init.options, ...at, ...options }
          const voice = await openVoice(init.definition, { options: all, ...more })
          voices.push(voice)
          return voice
        },
      })
      assert.deepEqual(emulator?.violations ?? [], [])
    } finally {
      await Promise.all(voices.map((voice) => voice.close()))
      await emulator?.close()
    }
    assert(!voices.some(({ told }) => told.join().includes(canary)), 'the key was told')
  },
  assertWhole({ spans, error }, texts) {
    assert.equal(error, undefined)
    const spoken = texts.flatMap((text, index) => (/[\p{L}\p{N}]/u.test(text) ? [index + 1] : []))
    assert.deepEqual(
      spans.map(({ span }) => span),
      spoken,
      'the spans',
    )
    for (const { span, lengthMs, words } of spans) {
      assert(lengthMs > 0, `span ${span} has no sound`)
      if (init.untimed === true) continue
      assert.deepEqual(
        words.map(({ text }) => text),
        wordsIn(texts[span - 1] ?? ''),
      )
      const edges = words.flatMap(({ startMs, endMs }) => [startMs, endMs])
      assert.deepEqual(
        edges,
        edges.toSorted((one, other) => one - other),
        'the times go back',
      )
      assert((edges[0] ?? 0) >= 0 && (edges.at(-1) ?? 0) <= lengthMs + 1, 'beyond the sound')
    }
  },
})

const soundCases = ({ init, on, assertWhole }: Rig): Cases => ({
  'gives sound and words of every span, in order': () =>
    on(async ({ open }) => assertWhole(await (await open()).say(answer), answer)),
  'says the same when text comes in pieces': () =>
    on(async ({ open }) => {
      const { say } = await open()
      for (const pieces of [1, 4, 11]) assertWhole(await say(answer, { pieces }), answer)
    }),
  'gives every form of sound that it promises': () =>
    on(async ({ open }) => {
      const lengths = []
      for (const format of formatsOf(init.definition)) {
        const { say } = await open({ format })
        const said = await say(answer)
        assertWhole(said, answer)
        lengths.push(said.spans.reduce((sum, { lengthMs }) => sum + lengthMs, 0))
      }
      const [first = 0] = lengths
      assert(
        lengths.every((length) => Math.abs(length - first) < 50 + first / 20),
        lengths.join(' '),
      )
    }),
  'ends without sound where there is nothing to say': () =>
    on(async ({ emulator, open }) => {
      const { say } = await open()
      for (const texts of [[], [''], [' \n '], ['...', '— !?'], ['😀', ' 🙂']]) {
        assert.deepEqual(await say(texts), { spans: [], error: undefined }, JSON.stringify(texts))
      }
      const asked = emulator?.received.filter(({ kind }) => kind !== 'socket').length ?? 0
      assert(asked === 0, `it was asked ${asked} times for nothing`)
      assertWhole(await say(answer), answer)
    }),
  'passes over what cannot be said in a text that can': () =>
    on(async ({ open }) => {
      const texts = ['…', 'Well — 😀 yes!', '🙂', 'مرحبا بك في الفندق.', 'Ça coûte 5 €.', '!']
      assertWhole(await (await open()).say(texts), texts)
    }),
  'says a long text': () =>
    on(async ({ open }) => {
      const texts = Array.from({ length: 15 }, (_, index) => `Room ${index} ${answer.join(' ')}`)
      assertWhole(await (await open()).say(texts), texts)
    }),
  'keeps two utterances apart that overlap': () =>
    on(async ({ open }) => {
      const { say } = await open()
      const other = ['Goodbye and thank you.', 'See you soon, then!']
      const [one, two] = await Promise.all([say(answer), say(other)])
      assertWhole(one, answer)
      assertWhole(two, other)
    }),
  'keeps two calls apart': () =>
    on(async ({ open }) => {
      const other = ['Goodbye and thank you.', 'See you soon, then!']
      const [first, second] = [await open(), await open()]
      const [one, two] = await Promise.all([first.say(answer), second.say(other)])
      assertWhole(one, answer)
      assertWhole(two, other)
    }),
})

/** Who is interrupted has done nothing wrong. */
const assertUntroubled = (error: unknown): void =>
  assert.equal(
    error,
    undefined,
    `it threw when it was aborted, and should just end: ${String(error)}`,
  )

const cancelCases = ({ on, assertWhole }: Rig): Cases => ({
  'stops when nobody wants it any more, and says the next thing': () =>
    on(
      async ({ emulator, open }) => {
        const { say } = await open()
        const long = Array.from({ length: 12 }, () => answer[1] ?? '')
        const cut = new AbortController()
        const onPiece = (): void => cut.abort()
        const { spans, error } = await say(long, { signal: cut.signal, onPiece })
        assertUntroubled(error)
        const next = ['The next thing.']
        assertWhole(await say(next), next)
        if (emulator === undefined) return
        const sent = emulator.sentBytes
        assertWhole(await say(long), long)
        const all = emulator.sentBytes - sent
        assert(spans.length <= 1 && sent < all / 2, `${sent} bytes of ${all} came all the same`)
      },
      // 35 s of sound in less than one: a cancellation is on time or much too late.
      { pace: 50 },
    ),
  'says nothing that nobody wanted from the beginning': () =>
    on(async ({ emulator, open }) => {
      const { say } = await open()
      const said = await say(answer, { signal: AbortSignal.abort() })
      assertUntroubled(said.error)
      assert.deepEqual(said.spans, [], 'sound that nobody wanted')
      assert.equal(emulator?.received.filter(({ kind }) => kind !== 'socket').length ?? 0, 0)
    }),
  'stops as often as it is told to': () =>
    on(async ({ open }) => {
      const { say } = await open()
      for (let turn = 0; turn < 12; turn++) {
        const cut = new AbortController()
        const onPiece = (): void => cut.abort()
        assertUntroubled((await say(answer, { signal: cut.signal, onPiece })).error)
      }
      assertWhole(await say(answer), answer)
    }),
})

const vendorCases = ({ on, assertWhole }: Rig): Cases => ({
  'says that a key is wrong': () =>
    on(async ({ open }) => {
      const options = { api_key: `${canary}-wrong` }
      const failure = await failureOf(async () => {
        const { error } = await (await open({ options })).say(answer)
        throw error
      })
      assertTyped(failure)
      assert.equal(failure.category, 'auth')
    }),
  'opens again when the vendor has closed an idle connection': () =>
    on(async ({ emulator, open }) => {
      assert(emulator)
      const { say } = await open()
      assertWhole(await say(answer), answer)
      for (const fault of ['clean-end', 'abrupt-close'] as const) {
        emulator.fail({ fault, when: 'now' })
        await until(() => emulator.open === 0)
        const said = await say(answer)
        // It may find out only when it speaks; then it says so at once, and whoever drives it tries again.
        if (said.error === undefined) assertWhole(said, answer)
        else assertTyped(said.error)
        assert(said.error === undefined || said.spans.length === 0)
        assertWhole(await say(answer), answer)
      }
    }),
  'leaves no connection open behind a call': () =>
    on(async ({ emulator, open }) => {
      assert(emulator)
      const voice = await open()
      assertWhole(await voice.say(answer), answer)
      await voice.close()
      await until(() => emulator.open === 0)
    }),
})

/** Faults of which only a watch knows, on whoever's side it is. */
const silent: readonly FaultName[] = ['stall', 'drip', 'half-open']
/** Faults that can happen when a connection is opened. */
const opening: readonly FaultName[] = [
  'refuse',
  'unauthorized',
  'rate-limit',
  'overloaded',
  'garbage',
  'stall',
  'half-open',
]

const faultCases = (rig: Rig): Cases =>
  Object.fromEntries([
    ...faultNames.map((fault) => [
      `says what went wrong, or everything: ${fault} in an answer`,
      () => rig.on((stage) => inAnswer(rig, stage, fault)),
    ]),
    ...opening.map((fault) => [
      `says what went wrong: ${fault} at the beginning`,
      () => rig.on((stage) => atOpening(rig, stage, fault)),
    ]),
  ]) as Cases

async function inAnswer({ assertWhole }: Rig, stage: Stage, fault: FaultName): Promise<void> {
  const { emulator, open } = stage
  assert(emulator)
  const { say } = await open()
  const whole = await say(answer)
  assertWhole(whole, answer)
  emulator.fail({ fault, when: 'answer' })
  const said = await say(answer, { ...(silent.includes(fault) && { watchMs }) })
  if (said.error === undefined) assert.deepEqual(said, whole, 'another sound, and no error')
  else assertTyped(said.error)
  emulator.heal()
  assertWhole(await say(answer), answer)
}

async function atOpening({ assertWhole }: Rig, stage: Stage, fault: FaultName): Promise<void> {
  const { emulator, open } = stage
  assert(emulator)
  emulator.fail({ fault, when: 'open' })
  const over = new AbortController()
  const asked = emulator.received.length
  // A call that is hung up while it waits must not wait for ever.
  if (silent.includes(fault))
    void until(() => emulator.received.length > asked).then(() => over.abort())
  const failure = await failureOf(async () => {
    const { say } = await open({ signal: over.signal })
    throw (await say(answer, { signal: over.signal, watchMs })).error
  })
  if (failure !== undefined || !silent.includes(fault)) assertTyped(failure)
  emulator.heal()
  assertWhole(await (await open()).say(answer), answer)
}

function assertTyped(error: unknown): asserts error is ProviderError {
  const shown = error instanceof Error ? error.stack : JSON.stringify(error)
  assert(error instanceof ProviderError, `no ProviderError: ${shown}`)
  const told = `${error.message} ${error.stack} ${JSON.stringify(error)} ${String(error.cause)}`
  assert(!told.includes(canary), 'the key was told')
}

async function failureOf(run: () => Promise<unknown>): Promise<unknown> {
  try {
    await run()
  } catch (error) {
    return error
  }
  return undefined
}

/** Waits for something that must happen. */
async function until(isTrue: () => boolean): Promise<void> {
  const clock = createLiveClock()
  const from = clock.now()
  while (!isTrue()) {
    assert(clock.now() - from < patienceMs, 'it never happened')
    await clock.sleep(1)
  }
}

/** Runs it; a rejection that nobody handles fails it. */
async function withoutLoose(run: () => Promise<void>): Promise<void> {
  const loose: unknown[] = []
  const note = (reason: unknown): void => void loose.push(reason)
  process.on('unhandledRejection', note)
  try {
    await run()
    // Node tells of them after the microtasks.
    await new Promise<void>((resolve) => createLiveClock().breathe(resolve))
  } finally {
    process.off('unhandledRejection', note)
  }
  assert.deepEqual(loose, [])
}
