import { readWav } from '../../audio/wav.ts'
import type { NodeDefinition } from '../../define/index.ts'
import { reasonOf } from '../../errors/voxgraph-error.ts'
import { load } from '../../graph/load.ts'
import type { Plan, PlanNode } from '../../graph/plan.ts'
import type { Shared } from '../../kernel/shared.ts'
import { atRate, readOut } from '../read-out.ts'
import { StepFailed } from './case-result.ts'
import type { CallerAction, Step } from './scenario.ts'

/** The voice of the caller: a man, so that it is not taken for the bot. */
const voice = { use: 'flite-tts', options: { voice: 'rms', speed: 1 } } as const
/** Quieter than this a sample is silence. */
const silentLevel = 200

/**
 * What the caller says in a case, as mono sound at a rate, by step: spoken by flite, read from files, or made up.
 * @throws StepFailed when a file cannot be used
 */
export async function callerSounds(
  steps: readonly Step[],
  sampleRate: number,
  shared: Shared,
): Promise<ReadonlyMap<Step, Int16Array>> {
  const sounds = new Map<Step, Int16Array>()
  const lines = steps.flatMap((step) => {
    const does = step.kind === 'user' ? step.does : undefined
    return does?.type === 'say' ? [{ step, text: does.text }] : []
  })
  const texts = lines.map(({ text }) => text)
  const spoken = lines.length === 0 ? [] : await speak(texts, sampleRate, shared)
  for (const [index, { step }] of lines.entries()) {
    sounds.set(step, trimmed(spoken[index] ?? new Int16Array(0)))
  }
  for (const step of steps) {
    if (step.kind !== 'user') continue
    const sound = await otherSound(step.does, sampleRate)
    if (sound !== undefined) sounds.set(step, sound)
  }
  return sounds
}

async function otherSound(does: CallerAction, sampleRate: number): Promise<Int16Array | undefined> {
  if (does.type === 'noise') return noise(does.noise, does.ms, sampleRate)
  if (does.type !== 'sound') return undefined
  try {
    const { samples, channels, sampleRate: rate } = await readWav(does.path)
    const mono = channels === 1 ? samples : samples.filter((_, index) => index % channels === 0)
    return await atRate(mono, rate, sampleRate)
  } catch (thrown) {
    throw new StepFailed(`the caller's sound cannot be used: ${reasonOf(thrown)}`)
  }
}

async function speak(
  texts: readonly string[],
  sampleRate: number,
  shared: Shared,
): Promise<readonly Int16Array[]> {
  const { use, options } = voice
  const node = { id: use, use, code: { kind: 'builtin', name: use }, fallback: [] } as const
  const wanted = { ...node, manifest: { kind: 'tts', id: use } } as unknown as PlanNode
  const loaded = await load({ nodes: [wanted], tools: [] } as unknown as Plan)
  const definition = loaded.definitions.get(use) as NodeDefinition
  try {
    return await readOut(texts, { definition, options }, sampleRate, shared)
  } catch (thrown) {
    throw new StepFailed(`the caller cannot speak: ${reasonOf(thrown)}`)
  }
}

/** Without the silence around it, so that its edges are those of the voice. */
function trimmed(samples: Int16Array): Int16Array {
  const isVoice = (sample: number): boolean => Math.abs(sample) > silentLevel
  const from = samples.findIndex(isVoice)
  return from < 0 ? samples : samples.slice(from, samples.findLastIndex(isVoice) + 1)
}

/** A cough is a burst that dies away; a voice without words hums. The same every time. */
function noise(kind: 'cough' | 'voice', ms: number, sampleRate: number): Int16Array {
  const samples = new Int16Array(Math.round((ms * sampleRate) / 1000))
  let seed = 1
  for (let at = 0; at < samples.length; at++) {
    seed = (seed * 48_271) % 2_147_483_647
    const hiss = seed / 1_073_741_823.5 - 1
    const phase = (2 * Math.PI * at * 140) / sampleRate
    const hum = (Math.sin(phase) + Math.sin(2 * phase) / 2 + Math.sin(5 * phase) / 3) / 2
    const decay = Math.exp((-4 * at) / samples.length)
    samples[at] = Math.round(kind === 'cough' ? hiss * decay * 12_000 : hum * 8000)
  }
  return samples
}
