import { conversationOptions } from '../define/brain-options.ts'
import {
  ProviderError,
  type Log,
  type NodeDefinition,
  type VerifyContext,
} from '../define/index.ts'
import { reasonOf, VoxgraphError, type ErrorParams } from '../errors/index.ts'
import { errorCategories } from '../frames/index.ts'
import type { Plan, PlanMember, Program } from '../graph/plan.ts'
import { variablesIn } from '../graph/templates.ts'
import { expandOptions, lookUp } from '../kernel/expand.ts'
import { withoutSecrets } from '../kernel/failure.ts'
import type { Clock } from '../time/clock.ts'

/** What `verifyProviders` takes beside the program. */
export interface VerifyOptions {
  /** A live one: what is asked is outside. */
  readonly clock: Clock
  /** Default: nothing is logged. */
  readonly log?: Log
  /** Aborted by whoever waits no longer; the question is over then, with its reason. */
  readonly signal?: AbortSignal
  /** How long each of them may take, in ms; 5000 unless given. */
  readonly timeoutMs?: number
  /** Called once for each that has not answered after a second. */
  readonly onSlow?: (provider: Provider) => void
}

/** Somebody's service as a graph uses it: one key, one model, one voice. */
export interface Provider {
  /** Where it is used: `tts`, or `tts/1` for the first that takes its place. */
  readonly members: readonly string[]
  /** As written: `cartesia-tts`. */
  readonly use: string
  /** Whose service it is; undefined where the processor does not say. */
  readonly vendor: string | undefined
}

/** What came of asking one of them. */
export interface Verified extends Provider {
  /**
   * `accepted`: it takes the key, and knows the model and the voice. `doubtful`: it did not say so, and another
   * stands in for it meanwhile. `refused`: calls would fail. `unasked`: what it would be asked is known in a
   * call only.
   */
  readonly state: 'accepted' | 'doubtful' | 'refused' | 'unasked'
  /** Why it was not accepted; holds no secret. */
  readonly error: VoxgraphError | undefined
}

/** How long a service may take to say whether it accepts a key, in ms: the phone rings only afterwards. */
const usualTimeoutMs = 5000
/** After so long somebody who watches wants to know what is waited for, in ms. */
const slowMs = 1000

/** A provider with what it takes to ask it. */
interface Question extends Provider {
  readonly plan: PlanMember
  readonly verify: (ctx: VerifyContext<never>) => Promise<void>
}

/**
 * Asks the services of a program, all at once, whether they accept their keys and know their models and
 * voices; each of them once, however many nodes use it in the same way. Nothing is charged. Does not throw for what they say.
 *
 * @returns one entry for each service, in the order of the nodes; none for a program that uses none
 */
export async function verifyProviders(
  program: Program,
  options: VerifyOptions,
): Promise<readonly Verified[]> {
  const { plan } = program
  const questions = questionsOf(program)
  const answers = await Promise.all(
    questions.map(async (question) => {
      const given = optionsOf(question.plan, plan)
      if (given === undefined) return 'unasked'
      return await ask(question, given, options)
    }),
  )
  const failed = new Set(
    questions.flatMap(({ members }, index) =>
      answers[index] instanceof VoxgraphError ? members : [],
    ),
  )
  return questions.map(({ members, use, vendor }, index): Verified => {
    const answer = answers[index]
    const provider = { members, use, vendor }
    if (answer === 'unasked') return { ...provider, state: 'unasked', error: undefined }
    if (answer === undefined) return { ...provider, state: 'accepted', error: undefined }
    const isCovered = !isFinal(answer) && members.every((member) => hasOther(member, plan, failed))
    return { ...provider, state: isCovered ? 'doubtful' : 'refused', error: answer }
  })
}

/** Waiting does not help against these, and the next call would pay for them. */
const isFinal = (error: VoxgraphError): boolean =>
  'category' in error && ['auth', 'invalid', 'quota'].includes(String(error.category))

/** True when another member of the same node can take over. */
function hasOther(member: string, plan: Plan, failed: ReadonlySet<string>): boolean {
  const node = plan.nodes.find(({ id, fallback }) => namesOf(id, fallback).includes(member))
  return node !== undefined && namesOf(node.id, node.fallback).some((name) => !failed.has(name))
}

/** Names of a node and of what takes its place, as the runtime has them in its log. */
const namesOf = (id: string, fallback: readonly PlanMember[]): readonly string[] => [
  id,
  ...fallback.map((_, index) => `${id}/${index + 1}`),
]

function questionsOf({ plan, definitions, fallbacks }: Program): readonly Question[] {
  const questions = new Map<string, Question>()
  const add = (name: string, member: PlanMember, definition: NodeDefinition | undefined): void => {
    const verify = definition && 'verify' in definition ? definition.verify : undefined
    if (verify === undefined) return
    const key = keyOf(member)
    const same = questions.get(key)
    const members = [...(same?.members ?? []), name]
    const { use, manifest } = member
    questions.set(key, { use, vendor: manifest.vendor, plan: member, verify, members })
  }
  for (const node of plan.nodes) {
    add(node.id, node, definitions.get(node.id))
    for (const [index, member] of node.fallback.entries()) {
      add(`${node.id}/${index + 1}`, member, fallbacks.get(node.id)?.[index])
    }
  }
  return [...questions.values()]
}

/**
 * Members with the same one would be answered the same. What only the conversation looks at makes no difference:
 * agents that share a model have prompts of their own.
 */
function keyOf({ code, options, templates }: PlanMember): string {
  const own = Object.entries(options).filter(([name]) => !Object.hasOwn(conversationOptions, name))
  return JSON.stringify([code, templates, own.sort()])
}

/** Options as a call without values of its own has them; undefined when some are known in a call only. */
function optionsOf(
  { options, templates }: PlanMember,
  { vars }: Plan,
): Readonly<Record<string, unknown>> | undefined {
  const known = Object.fromEntries(
    Object.entries(vars).map(([name, variable]) => [name, variable.default]),
  )
  const isKnown = templates.every(({ path }) =>
    variablesIn(String(lookUp(options, path.join('.')))).every(
      ({ name }) => lookUp(known, name) !== undefined,
    ),
  )
  return isKnown ? expandOptions(options, templates, known) : undefined
}

/** Undefined when it accepts; what is wrong otherwise. */
async function ask(
  question: Question,
  options: Readonly<Record<string, unknown>>,
  { clock, log = quiet, signal, timeoutMs = usualTimeoutMs, onSlow }: VerifyOptions,
): Promise<VoxgraphError | undefined> {
  signal?.throwIfAborted()
  const { verify, plan, members, use, vendor } = question
  const controller = new AbortController()
  const over = Promise.withResolvers<never>()
  const giveUp = (reason: unknown): void => {
    over.reject(reason)
    controller.abort(reason)
  }
  const stop = (): void => giveUp(signal?.reason)
  const timers = [
    clock.after(slowMs, () => onSlow?.({ members, use, vendor })),
    clock.after(timeoutMs, () => {
      const reason = `nothing came within ${timeoutMs / 1000} s`
      giveUp(new ProviderError('timeout', { provider: plan.manifest.id, reason }))
    }),
  ]
  signal?.addEventListener('abort', stop, { once: true })
  const ctx = { options, log, signal: controller.signal }
  const answer = (async () => verify(ctx as unknown as VerifyContext<never>))()
  try {
    await Promise.race([answer, over.promise])
    return undefined
  } catch (thrown) {
    signal?.throwIfAborted()
    return errorOf(thrown, { ...plan, options })
  } finally {
    for (const cancel of timers) cancel()
    signal?.removeEventListener('abort', stop)
  }
}

/** What was thrown, as an error with a code; whatever it is, no key is in it. */
function errorOf(thrown: unknown, plan: PlanMember): VoxgraphError {
  // By its shape: a processor may come with a copy of this package of its own.
  const claims = typeof thrown === 'object' && thrown !== null ? thrown : {}
  const category = 'category' in claims ? claims.category : undefined
  const known = errorCategories.find((one) => one === category)
  const reason = reasonOf(thrown)
  if (known === undefined && thrown instanceof VoxgraphError) {
    if (withoutSecrets(reason, plan) === reason) return thrown
  }
  const isTold = known !== undefined && 'params' in claims
  const params = isTold ? (claims.params as ErrorParams) : {}
  const { sdk } = params
  return new ProviderError(known ?? 'bug', {
    sdk: sdk === undefined ? undefined : String(sdk),
    provider: String(params['provider'] ?? plan.manifest.id),
    reason: withoutSecrets(String(params['reason'] ?? reason), plan),
  })
}

const ignore = (): void => undefined
const quiet: Log = { debug: ignore, info: ignore, warn: ignore }
