import { concat, createResampler } from '../../audio/resampler.ts'
import { readWav } from '../../audio/wav.ts'
import { defineProcessor, type ProcessorDefinition } from '../../define/index.ts'
import { reasonOf } from '../../errors/voxgraph-error.ts'
import { response, text, type Frame } from '../../frames/index.ts'
import { load } from '../../graph/load.ts'
import type { Plan, PlanNode } from '../../graph/plan.ts'
import type { Shared } from '../../kernel/shared.ts'
import { createProbe } from '../probe.ts'
import { testSession } from '../session.ts'
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
  const spoken = lines.length === 0 ? [] : await speak(lines, shared)
  for (const { step, samples, rate } of spoken) {
    sounds.set(step, trimmed(await atRate(samples, rate, sampleRate)))
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

interface Line {
  readonly step: Step
  readonly text: string
}

async function speak(
  lines: readonly Line[],
  shared: Shared,
): Promise<readonly { step: Step; samples: Int16Array; rate: number }[]> {
  const { use, options } = voice
  const node = { id: use, use, code: { kind: 'builtin', name: use } } as const
  const wanted = { ...node, manifest: { kind: 'processor', id: use } } as unknown as PlanNode
  const loaded = await load({ nodes: [wanted], tools: [] } as unknown as Plan)
  const definition = loaded.definitions.get(use) as ProcessorDefinition
  const ear = createProbe()
  const { start, end } = testSession(
    {
      nodes: { lines: reader(lines), voice: { definition, options }, ear: ear.definition },
      flow: ['lines -> voice -> ear'],
    },
    { shared },
  )
  await start()
  const { error } = await end()
  if (error !== undefined) throw new StepFailed(`the caller cannot speak: ${error.message}`)
  return lines.map(({ step }, index) => {
    const pieces = ear.frames.flatMap((frame) => (isSpan(frame, index + 1) ? [frame] : []))
    const samples = concat(pieces.map((piece) => piece.samples))
    return { step, samples, rate: pieces[0]?.sampleRate ?? 16_000 }
  })
}

const isSpan = (frame: Frame, span: number): frame is Extract<Frame, { type: 'audio' }> =>
  frame.type === 'audio' && frame.span === span

/** Reads the lines out when the session starts. Each is a span, so that the sound says whose it is. */
const reader = (lines: readonly Line[]): ProcessorDefinition =>
  defineProcessor({
    id: 'lines',
    summary: 'Reads out what the caller says.',
    role: 'source',
    ports: { out: { text: 'text' } },
    setup: () => ({
      *signal(frame) {
        if (frame.type !== 'start') return
        yield response({ state: 'started' })
        for (const [index, line] of lines.entries()) {
          yield text({ text: line.text, span: index + 1 })
        }
        yield response({ state: 'ended' })
      },
    }),
  })

async function atRate(samples: Int16Array, from: number, to: number): Promise<Int16Array> {
  if (from === to) return samples
  const resampler = await createResampler({ from, to })
  const made = concat([resampler.process(samples), resampler.flush()])
  resampler.close()
  return made
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
