import type { Diagnostic } from '../errors/diagnostics.ts'
import { load } from '../graph/load.ts'
import type { Place } from '../graph/places.ts'
import type { Plan, PlanNode, Program } from '../graph/plan.ts'
import type { Verified } from '../providers/verify-providers.ts'
import { createLiveClock } from '../time/live-clock.ts'
import type { Terminal } from './command.ts'
import type { Paint } from './paint.ts'

/** Where the processors of a graph are named, by member: `tts`, `tts/1`. */
type Places = ReadonlyMap<string, Place>

/**
 * Loads the code of what works with somebody's service and of nothing else, and asks the services.
 * @throws VoxgraphError when the code cannot be loaded
 */
export async function connect(plan: Plan, terminal: Terminal): Promise<readonly Verified[]> {
  const nodes = plan.nodes.filter(mayVerify)
  return askProviders(await load({ ...plan, nodes, tools: [], memory: undefined }), terminal)
}

/** Local modules do not say beforehand whether they have something to ask. */
const mayVerify = (node: PlanNode): boolean =>
  [node, ...node.fallback].some(
    ({ manifest, code }) => manifest.vendor !== undefined || code.kind === 'file',
  )

/** Asks the services of a program, and says for whom one has to wait. */
export async function askProviders(
  program: Program,
  terminal: Terminal,
): Promise<readonly Verified[]> {
  // The whole runtime comes with these, and `check` must not wait for it where nobody is asked.
  const { createTerminalLog } = await import('./live-program.ts')
  const { verifyProviders } = await import('../providers/verify-providers.ts')
  return verifyProviders(program, {
    clock: createLiveClock(),
    log: createTerminalLog(terminal),
    signal: terminal.signal,
    onSlow: ({ use, members }) =>
      void terminal.err.write(`waiting for ${use} (${members.join(', ')}) …\n`),
  })
}

/** What there is to say against them, at the places where they are named. */
export const complaints = (verified: readonly Verified[], places: Places): readonly Diagnostic[] =>
  verified.flatMap(({ members, state, error }): Diagnostic[] => {
    if (error === undefined) return []
    const severity = state === 'refused' ? 'error' : 'warning'
    const { code, message, help } = error
    return [{ code, severity, message, help, fix: undefined, ...placeOf(members, places) }]
  })

/** The others, for programs: what was accepted, and what can be asked in a call only. */
export const notes = (verified: readonly Verified[], places: Places): readonly Diagnostic[] =>
  verified.flatMap(({ members, state, use, error }): Diagnostic[] => {
    if (error !== undefined) return []
    const isAccepted = state === 'accepted'
    const code = isAccepted ? 'provider-accepted' : 'provider-unasked'
    const message = `${use} ${isAccepted ? acceptedText : unaskedText}.`
    const place = placeOf(members, places)
    return [{ code, severity: 'note', message, help: '', fix: undefined, ...place }]
  })

const acceptedText = 'is ready: the service accepts the key and knows what is asked of it'
const unaskedText = 'was not asked: some of its options are known in a call only'

const placeOf = ([first = '']: readonly string[], places: Places): Place =>
  places.get(first) ?? { file: '', range: undefined, excerpt: '' }

const colours = {
  accepted: 'green',
  doubtful: 'yellow',
  refused: 'red',
  unasked: 'yellow',
} as const

/** One line for each: `accepted  bot.yaml  stt (deepgram-stt)`. */
export const verifiedLines = (
  name: string,
  verified: readonly Verified[],
  paint: Paint,
): readonly string[] =>
  verified.map(({ members, use, state, error }) => {
    const why = error === undefined ? '' : `: ${error.code}`
    return `${paint(colours[state], state.padEnd(8))} ${name}  ${members.join(', ')} (${use})${why}`
  })
