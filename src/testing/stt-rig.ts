import assert from 'node:assert/strict'
import { createConversion } from '../audio/conversion.ts'
import { concat, loadResamplerEngine, type ResamplerEngine } from '../audio/resampler.ts'
import type {
  AudioFormatSpec,
  Heard,
  SpeechFormat,
  SttDefinition,
  SttStream,
} from '../define/index.ts'
import { createValidators } from '../schema/compile.ts'
import type { Clock } from '../time/clock.ts'
import { createLiveClock } from '../time/live-clock.ts'
import type { Emulator, EmulatorInit } from './emulators/emulator.ts'
import { emulatedRate, scriptedEar, tones, type OpenEar } from './emulators/minds.ts'

/** A recogniser, and the vendor that it is tested against. */
export interface SttContractInit {
  readonly definition: SttDefinition
  readonly emulate: (init: EmulatorInit & { readonly ear: OpenEar }) => Promise<Emulator>
  /** Options beside `api_key` and `endpoint`, as a graph would write them, but lengths of time in ms. */
  readonly options?: Readonly<Record<string, unknown>>
  /** It gives the words so far; true unless given. */
  readonly interim?: boolean
  /** `finish` is enough for it to make final what is open; true unless given. */
  readonly finishes?: boolean
}

/** One stream that is open, and all that came of it. */
export interface OpenStt {
  readonly stream: SttStream
  readonly format: SpeechFormat
  readonly heard: readonly Heard[]
  readonly failures: readonly unknown[]
  /** Sound that was pushed, in ms. */
  readonly pushedMs: number
  /** Pushes sound of 16 kHz, in the form of the stream and in pieces of 20 ms. */
  push(samples: Int16Array): void
  /** Texts that were final and not empty. */
  readonly finals: readonly string[]
}

/** What `open` of a rig takes. */
interface OpenInit {
  readonly format?: SpeechFormat
  readonly signal?: AbortSignal
  /** Options that are not the usual ones. */
  readonly options?: Readonly<Record<string, unknown>>
  /** Time of the stream; the rig's own unless given. */
  readonly clock?: Clock
}

/** A recogniser beside its emulated vendor. */
export interface SttRig {
  readonly emulator: Emulator
  /** Options with their defaults. */
  options(more?: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>>
  open(init?: OpenInit): Promise<OpenStt>
  verify(more?: Readonly<Record<string, unknown>>): Promise<void>
  /** Waits until something is so, without a sleep; fails after 20 s. */
  until(what: string, isSo: () => boolean): Promise<void>
}

/** Longest that anything is waited for, in ms. */
const patienceMs = 20_000

/** Makes one, lets `use` have it, and ends it. Each stream that is opened hears the lines of its place. */
export async function withStt(
  init: SttContractInit,
  lines: readonly (readonly string[])[],
  use: (rig: SttRig) => Promise<void>,
): Promise<void> {
  const { definition } = init
  const ending = new AbortController()
  const ears = lines.map((own) => scriptedEar(own))
  let opened = 0
  const ear: OpenEar = (rate, hear) => (ears[opened++] ?? scriptedEar([]))(rate, hear)
  const emulator = await init.emulate({ ear })
  const shared = await definition.share?.({ log, signal: ending.signal })
  const engine = await loadResamplerEngine()
  const rig = new Rig({ init, emulator, shared, engine, signal: ending.signal })
  try {
    await use(rig)
    assert.deepEqual(emulator.violations, [])
  } finally {
    await rig.close()
    await definition.unshare?.(shared as never)
    ending.abort()
    await emulator.close()
  }
}

const log = { debug() {}, info() {}, warn() {} }

interface RigInit {
  readonly init: SttContractInit
  readonly emulator: Emulator
  readonly shared: unknown
  readonly engine: ResamplerEngine
  readonly signal: AbortSignal
}

class Rig implements SttRig {
  readonly emulator: Emulator
  readonly #of: RigInit
  readonly #clock = createLiveClock()
  readonly #streams: OpenStt[] = []

  constructor(of: RigInit) {
    this.#of = of
    this.emulator = of.emulator
  }

  options(more: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> {
    const { init, emulator } = this.#of
    const { endpoint, key } = emulator
    const all: Record<string, unknown> = { api_key: key, endpoint, ...init.options, ...more }
    assert.deepEqual(createValidators().of(init.definition.options)(all), [])
    return all
  }

  async open(more: OpenInit = {}): Promise<OpenStt> {
    const { init, shared, engine, signal } = this.#of
    const { definition } = init
    const { format = formatOf(definition.ports.in.audio.formats[0]) } = more
    const stt = await definition.setup({
      ...{ options: this.options(more.options), shared, node: 'stt', log, signal },
      clock: more.clock ?? this.#clock,
      metric: () => undefined,
      usage: () => undefined,
    } as never)
    const heard: Heard[] = []
    const failures: unknown[] = []
    const stream = await stt.open({
      format,
      signal: more.signal ?? signal,
      heard: (event) => void heard.push(event),
      failed: (thrown) => void failures.push(thrown),
    })
    const made = openStt({ stream, format, heard, failures }, engine)
    this.#streams.push(made)
    return made
  }

  async verify(more?: Readonly<Record<string, unknown>>): Promise<void> {
    const { init, signal } = this.#of
    await init.definition.verify?.({ options: this.options(more), log, signal } as never)
  }

  async until(what: string, isSo: () => boolean): Promise<void> {
    const from = this.#clock.now()
    while (!isSo()) {
      assert(this.#clock.now() < from + patienceMs, `waited in vain: ${what}`)
      await new Promise<void>((resolve) => this.#clock.breathe(resolve))
    }
  }

  async close(): Promise<void> {
    for (const { stream } of this.#streams) await stream.close()
  }
}

type Open = Pick<OpenStt, 'stream' | 'format' | 'heard' | 'failures'>

function openStt(open: Open, engine: Awaited<ReturnType<typeof loadResamplerEngine>>): OpenStt {
  const { stream, format, heard } = open
  let pushed = 0
  return {
    ...open,
    get pushedMs() {
      return (pushed * 1000) / format.sampleRate
    },
    get finals() {
      return heard.flatMap((event) =>
        event.type === 'final' && event.text !== '' ? [event.text] : [],
      )
    },
    push(samples) {
      const from = { sampleRate: emulatedRate, channels: 1, encoding: 'pcm' } as const
      const conversion = createConversion(engine, from, { ...format, channels: 1 })
      const sound = concat([conversion.convert(samples), conversion.flush()])
      conversion.close()
      const length = format.sampleRate / 50
      for (let at = 0; at < sound.length; at += length) {
        const piece = sound.slice(at, at + length)
        pushed += piece.length
        stream.push(piece)
      }
    },
  }
}

/** A form of sound that an input names. */
export function formatOf(spec: AudioFormatSpec | undefined): SpeechFormat {
  const { sampleRate, encoding } = spec ?? {}
  return {
    sampleRate: typeof sampleRate === 'number' ? sampleRate : emulatedRate,
    encoding: encoding === 'mulaw' ? 'mulaw' : 'pcm',
  }
}

/** Somebody who says a line, and silence behind it; 16 kHz. */
export async function spoken(line: string, silenceMs = 0): Promise<Int16Array> {
  const { samples } = await tones(line, '')
  return concat([samples, silence(silenceMs)])
}

/** Nobody, for so long; 16 kHz. */
export const silence = (ms: number): Int16Array => new Int16Array((ms * emulatedRate) / 1000)
