import { dirname, resolve } from 'node:path'
import type { NodeDefinition } from '../define/index.ts'
import { reasonOf } from '../errors/index.ts'
import type { CodeRef, Plan, PlanNode } from '../graph/plan.ts'
import { loadPlan } from '../index.ts'
import { createValidators } from '../schema/compile.ts'
import { CallerScriptError, type CallerScript } from '../testing/caller-script.ts'
import { readOut } from '../testing/read-out.ts'

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
  const lines = script.steps.flatMap((step, index) =>
    step.kind === 'say' ? [{ index, text: step.text }] : [],
  )
  const texts = lines.map(({ text }) => text)
  const voice = { definition, options: given }
  const said = await readOut(texts, voice, sampleRate).catch((thrown: unknown) => {
    throw new CallerScriptError(`${file}: the voice failed: ${reasonOf(thrown)}`)
  })
  return new Map(
    lines.map(({ index, text }, line) => {
      const sound = said[line]
      if (sound === undefined || sound.length === 0) {
        throw new CallerScriptError(`${file}: "${text}" makes no sound`)
      }
      return [index, sound]
    }),
  )
}

/** A processor of this package, or one of the caller's own: the same as `use` in a graph. */
async function findVoice(use: string, file: string): Promise<NodeDefinition> {
  const isPath = /^\.\.?\//.test(use)
  if (!isPath && !/^[a-z][a-z0-9-]*$/.test(use)) {
    throw new CallerScriptError(`${file}: "${use}" cannot be the name of a processor`)
  }
  const code: CodeRef = isPath
    ? { kind: 'file', path: resolve(dirname(file), use), export: 'default' }
    : { kind: 'builtin', name: use }
  const manifest = { kind: 'tts', id: use }
  const node = { id: 'voice', use, code, manifest, fallback: [] } as unknown as PlanNode
  const plan = { nodes: [node], tools: [] } as unknown as Plan
  try {
    const definition = (await loadPlan(plan)).definitions.get('voice')
    if (definition?.kind === 'processor' || definition?.kind === 'tts') return definition
  } catch (thrown) {
    throw new CallerScriptError(`${file}: the voice cannot be used: ${reasonOf(thrown)}`)
  }
  throw new CallerScriptError(`${file}: "${use}" does not make sound from text`)
}
