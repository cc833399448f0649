import { dirname, resolve } from 'node:path'
import { createResampler, concat } from '../audio/resampler.ts'
import { defineProcessor, type NodeDefinition, type ProcessorDefinition } from '../define/index.ts'
import { reasonOf } from '../errors/index.ts'
import { response, text, type Frame } from '../frames/index.ts'
import type { CodeRef, Plan, PlanNode } from '../graph/plan.ts'
import { loadPlan } from '../index.ts'
import { createValidators } from '../schema/compile.ts'
import { CallerScriptError, type CallerScript } from '../testing/caller-script.ts'
import { createProbe } from '../testing/probe.ts'
import { testSession } from '../testing/session.ts'

/**
 * Speaks the lines of a caller's script with its voice, before the call. Gives the sound of each step that
 * is said, mono, by number of the step.
 *
 * @param file path of the script; a voice of one's own is looked for next to it
 * @throws CallerScriptError when there is no such voice, or it cannot speak
 */
export async function speakScript(
  script: CallerScript,
  file: string,
  sampleRate: number,
): Promise<ReadonlyMap<number, Int16Array>> {
  const { use, with: options } = script.voice
  const definition = await findVoice(use, file)
  const given = structuredClone(options) as Record<string, unknown>
  const [issue] = createValidators().of(definition.options)(given)
  if (issue !== undefined) {
    throw new CallerScriptError(
      `${file}: voice${issue.pointer.replaceAll('/', '.')} ${issue.message}`,
    )
  }
  const ear = createProbe()
  const voice = { definition, options: given }
  const { start, end } = testSession({
    nodes: { lines: reader(script), voice, ear: ear.definition },
    flow: ['lines -> voice -> ear'],
  })
  await start()
  const { error } = await end()
  if (error !== undefined)
    throw new CallerScriptError(`${file}: the voice failed: ${error.message}`)
  return collect(script, ear.frames, file, sampleRate)
}

/** Reads the lines out when the session starts. Each is a span, so that the sound says whose it is. */
const reader = (script: CallerScript): ProcessorDefinition =>
  defineProcessor({
    id: 'lines',
    summary: 'Reads out a script.',
    role: 'source',
    ports: { out: { text: 'text' } },
    setup: () => ({
      *signal(frame) {
        if (frame.type !== 'start') return
        yield response({ state: 'started' })
        for (const [index, step] of script.steps.entries()) {
          if (step.kind === 'say') yield text({ text: step.text, span: index + 1 })
        }
        yield response({ state: 'ended' })
      },
    }),
  })

/** A processor of this package, or one of the caller's own: the same as `use` in a graph. */
async function findVoice(use: string, file: string): Promise<NodeDefinition> {
  const isPath = /^\.\.?\//.test(use)
  if (!isPath && !/^[a-z][a-z0-9-]*$/.test(use)) {
    throw new CallerScriptError(`${file}: "${use}" cannot be the name of a processor`)
  }
  const code: CodeRef = isPath
    ? { kind: 'file', path: resolve(dirname(file), use), export: 'default' }
    : { kind: 'builtin', name: use }
  const manifest = { kind: 'processor', id: use }
  const node = { id: 'voice', use, code, manifest } as unknown as PlanNode
  const plan = { nodes: [node], tools: [] } as unknown as Plan
  try {
    const definition = (await loadPlan(plan)).definitions.get('voice')
    if (definition?.kind === 'processor') return definition
  } catch (thrown) {
    throw new CallerScriptError(`${file}: the voice cannot be used: ${reasonOf(thrown)}`)
  }
  throw new CallerScriptError(`${file}: "${use}" does not make sound from text`)
}

async function collect(
  script: CallerScript,
  frames: readonly Frame[],
  file: string,
  sampleRate: number,
): Promise<ReadonlyMap<number, Int16Array>> {
  const sounds = new Map<number, Int16Array>()
  for (const [index, step] of script.steps.entries()) {
    if (step.kind !== 'say') continue
    const pieces = frames.flatMap((frame) =>
      frame.type === 'audio' && frame.span === index + 1 ? [frame] : [],
    )
    const [first] = pieces
    if (first === undefined) throw new CallerScriptError(`${file}: "${step.text}" makes no sound`)
    const spoken = concat(pieces.map(({ samples }) => samples))
    sounds.set(index, await atRate(spoken, first.sampleRate, sampleRate))
  }
  return sounds
}

async function atRate(samples: Int16Array, from: number, to: number): Promise<Int16Array> {
  if (from === to) return samples
  const resampler = await createResampler({ from, to })
  const made = concat([resampler.process(samples), resampler.flush()])
  resampler.close()
  return made
}
