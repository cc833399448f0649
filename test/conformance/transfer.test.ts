import { describe, expect, it } from 'vitest'
import {
  defineTransport,
  defineTts,
  type AudioFrame,
  type Connection,
  type Frame,
  type Inference,
  type Said,
  type NodeDefinition,
  type TransferInit,
  type TransportDefinition,
} from 'voxgraph/plugin'
import { createVirtualClock, programOf, testSession, type VirtualClock } from 'voxgraph/testing'
import { agentsCall, type AgentAnswer } from './agents-call.ts'
import { begins, brainThat, ends, words } from './call.ts'
import { createLine, line, voice } from './line.ts'

/** Somebody outside who may get the call, and what came there. */
interface Outside {
  readonly rung: { readonly at: number; readonly to: string; readonly brief: string | undefined }[]
  /** Why whoever rang was let go. */
  readonly letGo: string[]
  /** What whoever rang would be told, as sound. */
  readonly spoken: AudioFrame[]
  readonly transfer: NonNullable<Connection['transfer']>
}

/** `takes`: after so many ms; undefined: rings until it is let go. */
function outside(clock: VirtualClock, takes: number | undefined): Outside {
  const rung: Outside['rung'] = []
  const letGo: string[] = []
  const spoken: AudioFrame[] = []
  const transfer = async (to: string, { signal, brief, speak }: TransferInit): Promise<void> => {
    rung.push({ at: clock.now(), to, brief })
    if (brief !== undefined) spoken.push(...((await speak?.(brief)) ?? []))
    signal.addEventListener('abort', () => void letGo.push((signal.reason as Error).message))
    await clock.sleep(takes ?? 1e9, signal)
  }
  return { rung, letGo, spoken, transfer }
}

const desk = '+14155550123'
const say = 'I will find somebody for you.'

const transferTool = (more: object = {}) =>
  ({
    id: 'transfer_call',
    code: { kind: 'builtin', name: 'transfer_call' },
    manifest: {
      kind: 'tool',
      description: 'Gives the call away.',
      parameters: { type: 'object', properties: { destination: { enum: ['desk'] } } },
    },
    timeoutMs: 30_000,
    onInterrupt: 'continue',
    filler: false,
    set: {},
    destinations: { desk: { to: desk, ...more } },
  }) as const

interface Init {
  readonly takes?: number | undefined
  readonly summary?: string
  /** The transport has no means to give a call away. */
  readonly isPoor?: boolean
  readonly line?: TransportDefinition
  readonly voice?: NodeDefinition
}

/** A call in which the caller has just asked for a human; the graph says how one gets it. */
async function called(how: object, init: Init = {}) {
  const clock = createVirtualClock()
  const { caller, connection, heard } = createLine(clock)
  const far = outside(clock, init.takes)
  const asked: Inference[] = []
  const sent: Frame[] = []
  const respond = (inference: Inference): Iterable<Said> => {
    asked.push(inference)
    const last = inference.messages.at(-1)
    if (inference.reason === 'summary') return init.summary === undefined ? [] : [init.summary]
    if (inference.reason === 'tool-result') {
      const failed = last?.role === 'tool' && last.result.status === 'error'
      return failed ? [last.result.message] : []
    }
    if (last?.role !== 'user') return []
    if (last.text === 'goodbye') return [{ tool: 'end_call', arguments: {} }]
    const isForHuman = last.text.includes('human')
    return isForHuman ? [{ tool: 'transfer_call', arguments: { destination: 'desk' } }] : ['Sure.']
  }
  const brain = brainThat(respond)
  const program = programOf({
    nodes: {
      line: init.line ?? line,
      brain: { definition: brain, options: { tools: ['transfer_call', 'end_call'] } },
      voice: init.voice ?? voice,
    },
    flow: ['line -> brain -> voice -> line'],
    turns: { eager: false, end: ['stt', { silence: 100 }] },
  })
  const test = testSession(
    { ...program, plan: { ...program.plan, tools: [transferTool(how)] } },
    {
      clock,
      connections: {
        line: {
          ...connection,
          send: (frame) => void sent.push(frame),
          ...(init.isPoor !== true && { transfer: far.transfer }),
        },
      },
      vars: { who: 'Ada', problem: 'charged twice' },
    },
  )
  let reason = ''
  void test.session.ended.then((summary) => (reason = summary.reason))
  await test.start()
  const tell = async (text: string, ms: number): Promise<void> => {
    caller.next(begins())
    caller.next(ends())
    caller.next(words(text))
    await clock.advance(ms)
  }
  await tell('a human please', 100)
  return { ...test, caller, heard, far, asked, sent, tell, ended: () => reason }
}

type Called = Awaited<ReturnType<typeof called>>

const spoken = ({ frames }: Pick<Called, 'frames'>): string =>
  frames.flatMap((frame) => (frame.type === 'text' ? [frame.text] : [])).join(' ')

const handoffs = ({ frames }: Pick<Called, 'frames'>): readonly string[] =>
  frames.flatMap((frame) =>
    frame.type === 'handoff' ? [`${frame.from} > ${frame.to} ${frame.state}`] : [],
  )

const warm = { brief: '{{who}} was {{problem}}.', say } as const

describe('a warm transfer', () => {
  it('tells the caller, then rings, and tells whoever answers; the call ends when it is taken', async () => {
    const made = await called(warm, { takes: 5000 })
    expect(made.far.rung).toEqual([])
    await made.clock.advance(1000)
    expect(spoken(made)).toContain(say)
    expect(made.far.rung).toMatchObject([{ to: desk, brief: 'Ada was charged twice.' }])
    // Six words of 60 ms have been heard by then.
    expect(made.far.rung[0]?.at).toBeGreaterThanOrEqual(360)
    expect(made.ended()).toBe('')
    await made.clock.advance(10_000)
    expect(made.ended()).toBe(`transferred to ${desk}`)
    expect(handoffs(made)).toEqual(['brain > desk started', 'brain > desk done'])
    expect(made.far.letGo).toEqual([])
  })

  it('leaves the caller with the bot until somebody takes the call', async () => {
    const made = await called(warm, { takes: 20_000 })
    await made.clock.advance(1000)
    await made.tell('are you still there', 2000)
    expect(spoken(made)).toContain('Sure.')
    expect(made.asked.at(-1)?.reason).toBe('turn')
  })

  it('cuts what the bot is saying when somebody takes the call', async () => {
    const made = await called({ brief: 'x' }, { takes: 1000 })
    await made.clock.advance(950)
    await made.tell('tell me more', 5000)
    const reasons = made.frames.flatMap((one) => (one.type === 'interrupt' ? [one.reason] : []))
    expect(reasons).toContain('desk has taken the call')
    expect(made.ended()).toBe(`transferred to ${desk}`)
  })

  it('lets go of whoever rings after the time, and the bot says that nobody came', async () => {
    const made = await called(warm)
    await made.clock.advance(31_000)
    expect(made.far.letGo).toEqual(['nothing came of it within 30000 ms'])
    await made.clock.advance(2000)
    expect(spoken(made)).toContain('desk cannot take the call now.')
    expect(handoffs(made).at(-1)).toBe('brain > desk returned')
    expect(made.ended()).toBe('')
    await made.tell('hello', 2000)
    expect(spoken(made)).toContain('Sure.')
  })

  it('lets go of whoever rings when the caller hangs up', async () => {
    const made = await called(warm)
    await made.clock.advance(2000)
    made.caller.complete()
    await made.clock.advance(100)
    expect(made.far.letGo).toEqual(['the call is over'])
    await made.clock.advance(5000)
    expect(made.ended()).toBe('the caller hung up')
  })

  it('lets go of whoever rings when the bot ends the call', async () => {
    const made = await called(warm)
    await made.clock.advance(2000)
    await made.tell('goodbye', 5000)
    expect(made.far.letGo).toEqual(['the call is over'])
    expect(made.ended()).toBe('the agent ended the call')
  })

  it('rings nobody else meanwhile', async () => {
    const made = await called(warm)
    await made.clock.advance(2000)
    await made.tell('another human', 3000)
    expect(made.far.rung).toHaveLength(1)
    expect(spoken(made)).toContain('Somebody is being rung for this call already.')
  })

  it('can be tried again when nobody came', async () => {
    const made = await called(warm)
    await made.clock.advance(35_000)
    await made.tell('a human, again', 3000)
    expect(made.far.rung).toHaveLength(2)
  })

  it('rings though the caller interrupts the announcement', async () => {
    const made = await called(warm, { takes: 3000 })
    made.caller.next(begins())
    made.caller.next(words('wait'))
    await made.clock.advance(8000)
    expect(made.far.rung).toHaveLength(1)
    expect(made.ended()).toBe(`transferred to ${desk}`)
  })

  it('says what the model says of the call, where the graph asks for a summary', async () => {
    const summary = 'The caller was charged twice.'
    const made = await called({ brief: 'summary' }, { takes: 1000, summary })
    await made.clock.advance(1000)
    expect(made.far.rung).toMatchObject([{ brief: summary }])
  })

  it('says what the caller said last where there is no summary', async () => {
    const made = await called({ brief: 'summary' }, { takes: 1000 })
    await made.clock.advance(1000)
    expect(made.far.rung).toMatchObject([{ brief: 'a human please' }])
  })
})

describe('a cold transfer', () => {
  it('says its sentence, has no brief, and is told as a hand-off', async () => {
    const made = await called({ say }, { takes: 1000 })
    await made.clock.advance(5000)
    expect(spoken(made)).toContain(say)
    expect(made.far.rung).toMatchObject([{ to: desk, brief: undefined }])
    expect(handoffs(made)).toEqual(['brain > desk started', 'brain > desk done'])
    expect(made.ended()).toBe(`transferred to ${desk}`)
  })

  it('lets go of whoever rings after 30 s', async () => {
    const made = await called({})
    await made.clock.advance(31_000)
    expect(made.far.letGo).toEqual(['nothing came of it within 30000 ms'])
    expect(handoffs(made)).toEqual(['brain > desk started', 'brain > desk returned'])
  })

  it('lets go of whoever rings when the caller hangs up', async () => {
    const made = await called({})
    await made.clock.advance(2000)
    made.caller.complete()
    await made.clock.advance(100)
    expect(made.far.letGo).toEqual(['the call is over'])
  })
})

/** Hands over when asked for a human; says so when nobody came. */
const agent: AgentAnswer = ({ reason, messages }) => {
  const last = messages.at(-1)
  if (reason === 'summary') return ['In short.']
  if (last?.role === 'tool' && last.result.status === 'error') return [last.result.message]
  if (reason !== 'turn' || last?.role !== 'user') return []
  const isForHuman = last.text.includes('human')
  return isForHuman ? [{ tool: 'transfer_to_human', arguments: { reason: 'a bill' } }] : ['Sure.']
}

describe('a hand-off to a human who is told first', () => {
  const human = (brief: string | undefined, max = 5) =>
    ({
      target: { kind: 'transfer', destination: desk, brief },
      say,
      set: { problem: 'reason' },
      max,
      timeoutMs: 30_000,
    }) as const
  const vars = { problem: { type: 'string', schema: { type: 'string' }, default: '' } } as const

  const ring = async (brief: string | undefined, takes?: number, max?: number) => {
    let far: Outside | undefined
    const clock: { current?: VirtualClock } = {}
    const call = await agentsCall(
      { triage: { answer: agent, does: { handoffs: { human: human(brief, max) } } } },
      {
        vars,
        connection: {
          transfer: (to, init) => {
            far ??= outside(clock.current ?? createVirtualClock(), takes)
            return far.transfer(to, init)
          },
        },
      },
    )
    clock.current = call.clock
    let reason = ''
    void call.session.ended.then((summary) => (reason = summary.reason))
    return { ...call, far: () => far, ended: () => reason }
  }

  it('goes on with the caller, knows what was passed, and is counted and told as a hand-off', async () => {
    const call = await ring('It is about {{problem}}.', 5000)
    await call.say('a human')
    expect(call.far()?.rung).toMatchObject([{ to: desk, brief: 'It is about a bill.' }])
    await call.say('hello')
    expect(call.turns()).toContain('triage turn')
    await call.clock.advance(10_000)
    expect(call.handoffs()).toEqual(['triage > human started', 'triage > human done'])
    expect(call.ended()).toBe(`transferred to ${desk}`)
  })

  it('comes back to the agent, who says that nobody came and may not try again for ever', async () => {
    const call = await ring('summary', undefined, 1)
    await call.say('a human', 35_000)
    expect(call.far()?.rung).toMatchObject([{ brief: 'In short.' }])
    expect(call.far()?.letGo).toEqual(['nothing came of it within 30000 ms'])
    expect(call.handoffs()).toEqual(['triage > human started', 'triage > human returned'])
    expect(spoken(call)).toContain('human cannot take the call now.')
    const tools = call.asked.at(-1)?.inference.tools.map(({ name }) => name)
    expect(tools).not.toContain('transfer_to_human')
  })

  it('without a brief is given away cold, and whoever rings is let go with the call', async () => {
    const call = await ring(undefined)
    await call.say('a human', 3000)
    expect(call.far()?.rung).toMatchObject([{ brief: undefined }])
    call.caller.complete()
    await call.clock.advance(100)
    expect(call.far()?.letGo).toEqual(['the call is over'])
  })
})

describe('a transport without means of its own', () => {
  it('tells the far end to whom the call goes, and what is to be said there', async () => {
    const made = await called(warm, { isPoor: true })
    await made.clock.advance(5000)
    const data = { to: desk, brief: 'Ada was charged twice.' }
    expect(made.sent).toMatchObject([{ type: 'message', name: 'transfer', data }])
    expect(made.ended()).toBe(`transferred to ${desk}`)
  })
})

describe('a brief that the transport has to say itself', () => {
  /** 100 ms of sound for everything. */
  const spokenBy = (level: number): NodeDefinition =>
    defineTts({
      id: 'voice',
      summary: 'Makes a sound.',
      options: { type: 'object', properties: {} },
      formats: [{ sampleRate: 16_000, channels: 1 }],
      setup: () => ({
        async *speak({ text }) {
          for await (const { span } of text) {
            yield { span, samples: new Int16Array(1600).fill(level) }
          }
        },
      }),
    })

  it('is spoken in the voice of the call, in the form of the line, and the caller hears none of it', async () => {
    const narrow = defineTransport({
      id: 'line',
      summary: 'A line in the hand of a test.',
      listen: () => Promise.reject(new Error('not opened in this test')),
      ports: {
        in: { audio: { type: 'audio', formats: [{ sampleRate: 8000, channels: 1 }] } },
        out: { transcript: { type: 'transcript', main: true } },
      },
    })
    const made = await called({ brief: 'x' }, { line: narrow, voice: spokenBy(5000), takes: 5000 })
    await made.clock.advance(2000)
    const { spoken: sound } = made.far
    expect(sound.map(({ samples }) => samples.length)).toEqual([160, 160, 160, 160, 160])
    expect(sound[2]).toMatchObject({ role: 'agent', sampleRate: 8000, encoding: 'pcm', span: 0 })
    expect(sound[2]?.samples[80]).toBeCloseTo(5000, -2)
    expect(made.heard).toEqual([])
  })

  it('has no sound where no voice can be lent', async () => {
    const made = await called(warm, { takes: 5000 })
    await made.clock.advance(2000)
    expect(made.far.spoken).toEqual([])
  })
})
