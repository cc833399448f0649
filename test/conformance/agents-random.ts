import { setImmediate } from 'node:timers'
import {
  audio,
  defineBrain,
  defineProcessor,
  defineTool,
  defineTransport,
  dtmf,
  interrupt,
  turn,
  type AudioFrame,
  type Frame,
  type Inference,
  type NodeDefinition,
  type Said,
} from 'voxgraph/plugin'
import { createVirtualClock, testSession, type ProgramInit } from 'voxgraph/testing'
import type { CallMemory } from '../../src/conversation/call-memory.ts'
import { drivers } from '../../src/drivers.ts'
import type { Host } from '../../src/kernel/host.ts'
import type { Shared } from '../../src/kernel/shared.ts'
import { names, type AgentScript, type CallScript, type CallStep } from './agents-script.ts'
import { begins, ends, interim, words } from './call.ts'
import { createLine } from './line.ts'

/** What an onlooker of a random call is told, when it happens. */
export interface Onlooker {
  frame(frame: Frame): void
  /** The caller begins to hear something. */
  play(frame: AudioFrame): void
  /** A brain is asked. */
  ask(agent: string, inference: Inference): void
  /** The caller says a word for good, or presses a key. */
  say(word: string): void
}

/** The inside of a random call. */
export interface Inside {
  /** Set once the first brain is there. */
  memory: CallMemory | undefined
  isCut: (response: number) => boolean
  /** Agents whose brain has been there. */
  readonly seated: Set<string>
}

type Clock = ReturnType<typeof createVirtualClock>

/** Tools that an agent of a random call uses. */
const mostTools = 8

const never = (): Promise<never> => new Promise(() => undefined)

const line = defineTransport({
  id: 'line',
  summary: 'Words and keys in, sound out.',
  ports: {
    in: { audio: 'audio' },
    out: { transcript: { type: 'transcript', main: true }, dtmf: 'dtmf' },
  },
  listen: () => never(),
})

/** Cuts what is being said when it is told to. */
const monitor = defineProcessor({
  id: 'monitor',
  summary: 'Interrupts.',
  ports: { in: { transcript: 'transcript' }, out: { transcript: 'transcript' } },
  setup: () => ({
    transcript: (frame) => (frame.text === cutNow ? interrupt({ reason: 'a monitor' }) : frame),
  }),
})
const cutNow = 'cut!'

/** A voice with a level of its own, 60 ms for every word. */
function voiceOf(level: number, failsAt: number): NodeDefinition {
  let spans = 0
  const samples = new Int16Array(60 * 16).fill(level)
  return defineProcessor({
    id: `voice-${level}`,
    summary: 'Makes 60 ms of sound for every word.',
    role: 'tts',
    ports: { in: { text: 'text' }, out: { audio: 'audio' } },
    setup: () => ({
      *text(frame) {
        if (frame.type === 'text' && !frame.speak) return
        if (failsAt > 0 && ++spans % failsAt === 0) throw new Error('no voice')
        const span = frame.type === 'text' ? frame.span : 0
        for (const _ of frame.text.split(/\s+/).filter(Boolean)) {
          yield audio({ role: 'agent', samples, sampleRate: 16_000, span })
        }
      },
    }),
  })
}

/** Answers as the script says, one after the other. */
function mindOf(name: string, script: AgentScript, clock: Clock) {
  let asked = 0
  let said = 0
  let called = 0
  return async function* ({ reason }: Inference): AsyncGenerator<Said> {
    if (reason === 'summary') return yield* summaryOf(script)
    if (reason === 'consult' || reason === 'note') return yield 'Well.'
    const parts = script.answers[asked++ % script.answers.length] ?? []
    for (const part of parts) {
      if ('say' in part) {
        for (let n = 1; n <= part.say; n++) yield `${name}${++said}${n === part.say ? '. ' : ' '}`
      } else if ('to' in part) yield { tool: `transfer_to_${part.to}`, arguments: { n: asked } }
      else if ('tool' in part) {
        // A mind that answers every result with more of the same never comes to an end.
        if (++called > mostTools) continue
        const isQuestion = part.tool.startsWith('consult')
        yield { tool: part.tool, arguments: isQuestion ? { question: 'What now?' } : {} }
      } else if ('wait' in part) await clock.sleep(part.wait)
      else if (part.fails === 'throws') throw new Error('no mind')
      else await never()
    }
  }
}

async function* summaryOf({ summary }: AgentScript): AsyncGenerator<Said> {
  if (summary === 'throws') throw new Error('no summary')
  if (summary === 'hangs') await never()
  if (summary === 'text') yield 'In short.'
}

async function* quietMind(
  kind: 'none' | 'answers' | 'throws' | 'hangs' | 'floods',
): AsyncGenerator<Said> {
  if (kind === 'throws') throw new Error('no advice')
  if (kind === 'hangs') await never()
  while (kind === 'floods') yield 'more and more and more and more and more and more and more '
  yield 'It is so.'
}

const brain = (
  id: string,
  respond: (inference: Inference) => AsyncIterable<Said>,
  setup?: () => Promise<void>,
): NodeDefinition =>
  defineBrain({
    id,
    summary: 'Answers as the script says.',
    options: { type: 'object', properties: {} },
    setup: async () => {
      await setup?.()
      return { respond }
    },
  })

function setupOf({ setup }: AgentScript, clock: Clock): () => Promise<void> {
  let tries = 0
  return async () => {
    tries++
    if (setup === 'hangs') await never()
    if (setup === 'throws' || (setup === 'throws once' && tries === 1)) throw new Error('no set-up')
    if (typeof setup === 'number' && setup > 0) await clock.sleep(setup)
  }
}

const anything = { type: 'object' } as const

const tool = (ms: number, effect: 'read' | 'commit', job?: true) =>
  defineTool({
    description: 'Takes its time.',
    parameters: anything,
    effect,
    ...(job && { job }),
    run: (_, { sleep }) => sleep(ms).then(() => null),
  })

const tools: NonNullable<ProgramInit['tools']> = {
  look: tool(0, 'read'),
  slow: tool(1500, 'read'),
  book: { definition: tool(400, 'commit'), onInterrupt: 'cancel' },
  hangs: { definition: tool(1e6, 'read'), timeoutMs: 2000 },
  job: tool(4000, 'commit', true),
  fails: defineTool({
    description: 'Fails.',
    parameters: anything,
    run: () => Promise.reject(new Error('no tool')),
  }),
}

/** The agents as a program has them. */
function programFor(script: CallScript, clock: Clock, look: Onlooker): ProgramInit {
  const cast = names.slice(0, script.agents.length)
  const nodes: Record<string, ProgramInit['nodes'][string]> = { line, monitor }
  const agents: Record<string, NonNullable<ProgramInit['agents']>[string]> = {}
  const flow = ['line -> monitor -> agents/in', 'line.dtmf -> agents/in.dtmf', 'agents/out -> line']
  const options = { tools: Object.keys(tools), prompt: 'Speak.' }
  cast.forEach((name, index) => {
    const one = script.agents[index] as AgentScript
    const mind = mindOf(name, one, clock)
    const respond = (inference: Inference): AsyncGenerator<Said> => {
      look.ask(name, inference)
      return mind(inference)
    }
    const setup = index === 0 ? undefined : setupOf(one, clock)
    nodes[`${name}/brain`] = { definition: brain(name, respond, setup), options }
    nodes[`${name}/voice`] = voiceOf(1000 * (index + 1), one.voiceFailsAt)
    flow.push(`agents/in.${name} -> ${name}/brain -> ${name}/voice -> agents/out.${name}`)
    flow.push(`agents/in.${name}.dtmf -> ${name}/brain.dtmf`)
    agents[name] = agentOf(name, one, cast, script)
  })
  if (script.follower !== 'none') {
    nodes['eve/brain'] = brain('eve', () => quietMind(script.follower))
    agents['eve'] = { role: 'background' }
  }
  nodes['wise/brain'] = brain('wise', () => quietMind(script.adviser))
  agents['wise'] = { role: 'adviser' }
  return { nodes, flow, agents, tools, turns: { eager: script.isEager } }
}

function agentOf(
  name: string,
  { hands, enter }: AgentScript,
  cast: readonly string[],
  { brief, rings }: CallScript,
): NonNullable<ProgramInit['agents']>[string] {
  const { say, ...how } = hands
  const init = { ...how, pass: anything, ...(say && { say: `${name} says goodbye.` }) }
  // What is filled in has to be a number or a queue.
  const destination = rings === true ? 'human' : '{{human}}'
  const human = { ...init, target: { kind: 'transfer', destination, brief } } as const
  const others = cast.filter((other) => other !== name)
  return {
    enter:
      enter === 'say' || enter === 'instruct'
        ? { kind: enter, text: `I am ${name}.` }
        : { kind: enter },
    handoffs: {
      ...Object.fromEntries([...others, 'back', 'end'].map((to) => [to, init])),
      human,
    },
    consults: ['wise'],
  }
}

/** Runs a random call to its end; `look` sees everything of it. */
export async function runCall(script: CallScript, look: Onlooker, inside: Inside, shared?: Shared) {
  const clock = createVirtualClock()
  const { caller, connection } = createLine(clock)
  const transfer = async (): Promise<void> => {
    await clock.sleep(300)
    if (script.outside === 'hangs') await never()
    if (script.outside === 'refuses') throw new Error('busy')
  }
  const { session, start } = testSession(programFor(script, clock, look), {
    clock,
    ...(shared && { shared }),
    connections: { line: { ...connection, play: (frame) => look.play(frame), transfer } },
    observe: (event) => event.type === 'frame' && look.frame(event.frame),
    drivers: {
      ...drivers,
      async brain(host: Host, setup) {
        const made = await drivers.brain(host, setup)
        inside.memory ??= setup.kept.value as CallMemory
        inside.isCut = (response) => host.isCut(response)
        inside.seated.add(host.node.split('/')[0] ?? '')
        return made
      },
    },
  })
  let endedAt: number | undefined
  void session.ended.then(() => (endedAt = clock.now()))
  await start()
  const isRunning = (): boolean => session.state === 'running'
  let said = 0
  const take = (what: CallStep['what']): void => {
    const next = `w${said}`
    if (what === 'key' || what === 'hash') {
      look.say('key')
      return caller.next(dtmf({ digit: what === 'key' ? '1' : '#', lane: 'user' }))
    }
    if (what === 'words') look.say(`w${said++}`)
    caller.next(frameFor(what, next))
  }
  for (const { afterMs, what } of script.steps) {
    await clock.advance(afterMs)
    if (!isRunning()) break
    take(what)
  }
  if (isRunning()) caller.next(ends())
  await clock.advance(12_000)
  if (isRunning()) {
    take('words')
    await clock.advance(8_000)
  }
  session.end('the test is over')
  await clock.settle({ isDone: () => endedAt !== undefined, limitMs: 200_000 })
  // A promise that nobody catches is told of now.
  await new Promise((resolve) => void setImmediate(resolve))
  return endedAt === undefined ? undefined : { ...(await session.ended), endedAt }
}

function frameFor(what: Exclude<CallStep['what'], 'key' | 'hash'>, next: string): Frame {
  switch (what) {
    case 'begins':
      return begins(20)
    case 'ends':
      return ends(20)
    case 'cut':
      return words(cutNow)
    case 'interim':
      return interim(next)
    case 'other':
      return interim(`x${next} and`)
    case 'words':
      return words(`${next} and`)
    case 'um':
      return words('um')
    case 'nothing':
      return words('')
    case 'over':
      return turn({ state: 'ended', text: '' })
    case 'likely':
      return turn({ state: 'eager', text: '' })
  }
}
