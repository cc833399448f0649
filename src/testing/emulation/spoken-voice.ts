import { concat } from '../../audio/resampler.ts'
import type { TtsDefinition } from '../../define/index.ts'
import type { Word } from '../../frames/index.ts'
import { createValidators } from '../../schema/compile.ts'
import type { Clock } from '../../time/clock.ts'
import { emulatedRate, type Speak } from '../emulators/minds.ts'
import { silentLog } from './silent-log.ts'

/** What `openSpokenVoice` takes. */
export interface SpokenVoiceInit {
  /** A voice of this machine that gives linear sound of 16 kHz. */
  readonly definition: TtsDefinition
  /** Its options, by id of the vendor's voice. */
  readonly voices: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  /** Its options for all other ids. */
  readonly usual: Readonly<Record<string, unknown>>
  readonly clock: Clock
}

/** A voice that real words are spoken with. */
export interface SpokenVoice {
  readonly speak: Speak
  close(): Promise<void>
}

/**
 * Lets emulators of voices speak with a real voice, so that it can be heard in a recording what was said.
 * Whoever opens it closes it.
 * @throws Error when the options do not fit the voice
 */
export async function openSpokenVoice(init: SpokenVoiceInit): Promise<SpokenVoice> {
  const { definition, clock } = init
  const { signal, abort } = endOf()
  const shared = await definition.share?.({ log: silentLog, signal })
  const open = async (given: Readonly<Record<string, unknown>>) => {
    const options = checked(definition, given)
    const format = { sampleRate: emulatedRate, encoding: 'pcm' } as const
    const nothing = (): void => undefined
    const ctx = { options, shared, node: 'voice', format, clock, log: silentLog, signal }
    return definition.setup({ ...ctx, metric: nothing, usage: nothing } as never)
  }
  const opened = await Promise.all(
    Object.entries(init.voices).map(async ([id, given]) => [id, await open(given)] as const),
  )
  const voices = new Map(opened)
  const usual = await open(init.usual)
  return {
    async speak(text, voice) {
      const pieces: Int16Array[] = []
      const words: Word[] = []
      const speaker = voices.get(voice) ?? usual
      for await (const piece of speaker.speak({ text: whole(text), signal })) {
        pieces.push(piece.samples)
        words.push(...(piece.words ?? []))
      }
      return { samples: concat(pieces), words }
    },
    async close() {
      abort()
      for (const voice of [...voices.values(), usual]) await voice.close?.()
      await definition.unshare?.(shared as never)
    },
  }
}

function endOf() {
  const controller = new AbortController()
  return { signal: controller.signal, abort: () => controller.abort() }
}

function checked(
  definition: TtsDefinition,
  given: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const options = structuredClone(given) as Record<string, unknown>
  const [issue] = createValidators().of(definition.options)(options)
  if (issue === undefined) return options
  throw new Error(`${definition.id}: ${issue.pointer.slice(1)} ${issue.message}`)
}

async function* whole(text: string) {
  yield await Promise.resolve({ span: 1, text })
}
