import type {
  Brain,
  NodeDefinition,
  Stt,
  SttStreamInit,
  ToolDefinition,
  Tts,
  Utterance,
} from '../../define/index.ts'
import type { Clock } from '../../time/clock.ts'
import type { Failure } from './scenario.ts'

/** Tells what is wrong with the next piece of work, if anything is. */
export type FaultOf = () => Failure | undefined

/** Longer than any case, in ms. */
const forEverMs = 86_400_000

/** Why something failed that was told to. */
export const reasonFor = (failure: Failure): string =>
  failure.with === 'disconnect'
    ? 'the connection was lost, as the test wants it'
    : 'it failed, as the test wants it'

/** Settles when nobody waits any more. */
export const forEver = (signal: AbortSignal): Promise<undefined> =>
  new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(undefined), { once: true })
  })

/** What a provider's `setup` made, failing where it is told to: when it is asked, not when it is set up. */
export function breakable(
  kind: NodeDefinition['kind'],
  made: unknown,
  faultOf: FaultOf,
  clock: Clock,
): unknown {
  if (kind === 'tts') return breakableVoice(made as Tts, faultOf, clock)
  if (kind === 'stt') return breakableEar(made as Stt, faultOf)
  return breakableBrain(made as Brain, faultOf, clock)
}

function breakableBrain(brain: Brain, faultOf: FaultOf, clock: Clock): Brain {
  return {
    respond(inference) {
      const failure = faultOf()
      if (failure === undefined) return brain.respond(inference)
      const late = () => brain.respond(inference) as AsyncIterable<never>
      return failingly(failure, clock, inference.signal, late)
    },
    close: () => brain.close?.(),
  }
}

function breakableVoice(voice: Tts, faultOf: FaultOf, clock: Clock): Tts {
  return {
    speak(utterance: Utterance) {
      const failure = faultOf()
      if (failure === undefined) return voice.speak(utterance)
      return failingly(failure, clock, utterance.signal, () => voice.speak(utterance))
    },
    close: () => voice.close?.(),
  }
}

/** It fails when it gets sound. One that is to be late or to hang hears nothing of that sound. */
function breakableEar(ear: Stt, faultOf: FaultOf): Stt {
  return {
    async open(init: SttStreamInit) {
      const stream = await ear.open(init)
      return {
        push(samples) {
          const failure = faultOf()
          if (failure === undefined) stream.push(samples)
          else if (failure.with !== 'slow' && failure.with !== 'timeout') {
            init.failed(new Error(reasonFor(failure)))
          }
        },
        started: () => stream.started?.(),
        finish: () => stream.finish?.(),
        close: () => stream.close(),
      }
    },
    close: () => ear.close?.(),
  }
}

/** A tool that fails where it is told to. */
export function breakableTool(tool: ToolDefinition, faultOf: FaultOf): ToolDefinition {
  const run = async (args: never, ctx: Parameters<ToolDefinition['run']>[1]): Promise<unknown> => {
    const failure = faultOf()
    // On virtual time the clock stands still while a tool runs, but for its own sleep.
    if (failure?.with === 'slow') await ctx.sleep(failure.delayMs)
    else if (failure?.with === 'timeout') await ctx.sleep(forEverMs)
    else if (failure !== undefined) throw new Error(reasonFor(failure))
    return tool.run(args, ctx)
  }
  return { ...tool, run } as ToolDefinition
}

/** A stream that fails, comes late or never. */
async function* failingly<T>(
  failure: Failure,
  clock: Clock,
  signal: AbortSignal,
  act: () => AsyncIterable<T>,
): AsyncGenerator<T> {
  if (failure.with === 'timeout') await forEver(signal)
  else if (failure.with !== 'slow') throw new Error(reasonFor(failure))
  else {
    await clock.sleep(failure.delayMs, signal)
    yield* act()
  }
}
