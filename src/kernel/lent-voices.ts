import { createConversion } from '../audio/conversion.ts'
import { loadResamplerEngine } from '../audio/resampler.ts'
import { audio, type AudioFrame } from '../frames/index.ts'
import { settle, wishOf } from '../graph/formats.ts'
import type { AudioFormat, Plan } from '../graph/plan.ts'
import type { Clock } from '../time/clock.ts'
import type { Node } from './node.ts'

/** Has a text spoken beside what the caller hears. Ends when the signal aborts. */
export type Lent = (text: string, signal: AbortSignal) => AsyncIterable<AudioFrame>

/** Length of the frames that come out, in ms. */
const frameMs = 20

/** Voices of a call that can speak for somebody else than the caller. */
export class LentVoices {
  readonly #plan: Plan
  readonly #clock: Clock
  readonly #voices = new Map<Node, Lent>()

  constructor(plan: Plan, clock: Clock) {
    this.#plan = plan
    this.#clock = clock
  }

  lend(node: Node, voice: Lent): void {
    this.#voices.set(node, voice)
  }

  /** A node is replaced: its voice is another's, or nobody's. */
  takeBack(node: Node): void {
    this.#voices.delete(node)
  }

  /**
   * Speaks in the voice of an agent, or the first there is, as a transport takes sound. Undefined where nobody
   * can speak. Kept whole: about two minutes at most.
   */
  speakerFor(
    agent: string | undefined,
    signal: AbortSignal,
  ): ((text: string) => Promise<readonly AudioFrame[]>) | undefined {
    const voices = [...this.#voices]
    const voice = voices.find(([{ plan }]) => plan.agent === agent) ?? voices[0]
    const form = this.#formOfLine()
    if (voice === undefined || form === undefined) return undefined
    const [, speak] = voice
    return (text) => this.#clock.work(inForm(speak(text, signal), form))
  }

  /** How the transport takes sound: as the graph has settled it, else the best of its own forms. */
  #formOfLine(): AudioFormat | undefined {
    const { nodes, edges } = this.#plan
    const line = nodes.find(({ manifest }) => manifest.kind === 'transport')
    if (line === undefined) return undefined
    const edge = edges.find(({ to, format }) => to.node === line.id && format !== undefined)
    const port = Object.values(line.manifest.ports.in).find(({ type }) => type === 'audio')
    return edge?.format ?? settle(wishOf(port?.formats?.[0] ?? {}, line.options), usual)
  }
}

/** Where nobody says otherwise. */
const usual: AudioFormat = { sampleRate: 16_000, channels: 1, encoding: 'pcm' }

async function inForm(
  frames: AsyncIterable<AudioFrame>,
  form: AudioFormat,
): Promise<readonly AudioFrame[]> {
  const engine = await loadResamplerEngine()
  const sounds: Int16Array[] = []
  let conversion: ReturnType<typeof createConversion> | undefined
  try {
    for await (const { samples, sampleRate, channels, encoding } of frames) {
      conversion ??= createConversion(engine, { sampleRate, channels, encoding }, form)
      sounds.push(conversion.convert(samples))
    }
    if (conversion !== undefined) sounds.push(conversion.flush())
  } finally {
    conversion?.close()
  }
  const all = Int16Array.from(sounds.flatMap((sound) => [...sound]))
  const size = ((form.sampleRate * frameMs) / 1000) * form.channels
  const count = Math.ceil(all.length / size)
  return Array.from({ length: count }, (_, index) => {
    const samples = all.slice(index * size, (index + 1) * size)
    return audio({ role: 'agent', samples, ...form })
  })
}
