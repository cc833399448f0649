import { concat } from '../audio/resampler.ts'
import type { SpokenPiece } from '../define/index.ts'

/** What the bot says when its own parts fail: `turns.trouble` of the graph. */
export interface TroublePhrases {
  /** Somebody takes long. */
  readonly wait: string
  /** Nobody has been able to. */
  readonly sorry: string
  /** The call cannot go on. */
  readonly goodbye: string
}
/** Names of the phrases. */
export type TroubleName = keyof TroublePhrases

/** Sound of the phrases, made while the voice worked. */
export interface Canned {
  /** The sound of a phrase, as belonging to no span; undefined where there is none yet. */
  phrase(name: TroubleName): SpokenPiece | undefined
  /** The same, for a text that is one of the phrases. */
  of(text: string): SpokenPiece | undefined
}

/** Of a voice that cannot fail, or has not spoken yet. */
export const nothingCanned: Canned = { phrase: () => undefined, of: () => undefined }

/** Sounds that all calls of a process keep, by voice and text. */
export type CannedStore = Map<string, Promise<Int16Array>>

/** Longest phrase that is kept, in samples of 48 kHz: ten seconds. */
const mostSamples = 480_000

/** What `canPhrases` takes. */
export interface CanningInit {
  readonly phrases: TroublePhrases
  readonly store: CannedStore
  /** Names the voice and the form of the sound. */
  readonly voice: string
  /** Aborted when the call is over: a phrase that is being spoken then is not whole. */
  readonly signal: AbortSignal
  speak(text: string): AsyncIterable<SpokenPiece>
}

/**
 * Has the phrases spoken, one after the other, unless another call has done so; their sound stays for the
 * life of the process. Not waited for; what fails is tried again by the next call.
 */
export function canPhrases({ phrases, store, voice, signal, speak }: CanningInit): Canned {
  const known = new Map<string, Int16Array>()
  const can = async (text: string): Promise<void> => {
    const key = `${voice} ${text}`
    const made = store.get(key) ?? record(speak(text), signal)
    store.set(key, made)
    made.catch(() => store.delete(key))
    known.set(text, await made)
  }
  const all = async (): Promise<void> => {
    for (const text of Object.values(phrases) as string[]) if (text !== '') await can(text)
  }
  void all().catch(() => undefined)
  const of = (text: string): SpokenPiece | undefined => {
    const samples = known.get(text.trim())
    return samples && { span: 0, samples }
  }
  return { phrase: (name) => of(phrases[name]), of }
}

async function record(
  pieces: AsyncIterable<SpokenPiece>,
  signal: AbortSignal,
): Promise<Int16Array> {
  const parts: Int16Array[] = []
  let length = 0
  for await (const { samples } of pieces) {
    parts.push(samples)
    length += samples.length
    if (length > mostSamples) break
  }
  // A voice that is told to stop ends as if it had said it all.
  signal.throwIfAborted()
  return concat(parts)
}
