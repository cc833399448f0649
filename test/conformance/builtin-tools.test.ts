import { describe, expect, it } from 'vitest'
import {
  defineTransport,
  type Connection,
  type DtmfFrame,
  type Inference,
  type MessageFrame,
  type Said,
} from 'voxgraph/plugin'
import { createVirtualClock, programOf, testSession, type VirtualClock } from 'voxgraph/testing'
import { createLine, voice } from './line.ts'
import { begins, brainThat, ends, interim, words } from './call.ts'

const transcripts = { transcript: { type: 'transcript', main: true } } as const

/** A line that takes keys. */
const line = defineTransport({
  id: 'line',
  summary: 'A line in the hand of a test.',
  ports: { in: { audio: 'audio', dtmf: 'dtmf' }, out: transcripts },
  listen: () => Promise.reject(new Error('not opened in this test')),
})

/** A line that takes none. */
const deafLine = defineTransport({
  id: 'deaf-line',
  summary: 'A line without keys.',
  ports: { in: { audio: 'audio' }, out: transcripts },
  listen: () => Promise.reject(new Error('not opened in this test')),
})

/** `transfer_call` as a graph has it. */
const transferTool = {
  id: 'transfer_call',
  code: { kind: 'builtin', name: 'transfer_call' },
  manifest: {
    kind: 'tool',
    description: 'Gives the call away.',
    parameters: {
      type: 'object',
      properties: { destination: { enum: ['sales', 'desk'] } },
      required: ['destination'],
    },
  },
  timeoutMs: 30_000,
  onInterrupt: 'continue',
  filler: false,
  set: {},
  destinations: {
    sales: { to: '+14155550123' },
    desk: { to: '{{desk}}' },
  },
} as const

interface Init {
  readonly transfer?: (clock: VirtualClock) => Connection['transfer']
  readonly isDeaf?: boolean
  readonly vars?: Readonly<Record<string, unknown>>
}

/** A call in which the caller has just asked for something. */
async function called(answer: (inference: Inference) => Iterable<Said>, init: Init = {}) {
  const clock = createVirtualClock()
  const made = createLine(clock)
  const keys: string[] = []
  const asked: Inference[] = []
  const brain = brainThat((inference) => {
    asked.push(inference)
    return answer(inference)
  })
  const options = { tools: ['transfer_call', 'press_keys', 'end_call'] }
  const program = programOf({
    nodes: {
      line: init.isDeaf === true ? deafLine : line,
      brain: { definition: brain, options },
      voice,
    },
    flow: ['line -> brain -> voice -> line.audio'],
    turns: { eager: false, end: ['stt', { silence: 100 }] },
  })
  const transfer = init.transfer?.(clock)
  const connection: Connection = {
    ...made.connection,
    send: (frame: DtmfFrame | MessageFrame) => {
      if (frame.type === 'dtmf') keys.push(`${clock.now() - 100} ${frame.digit}`)
    },
    ...(transfer && { transfer }),
  }
  const test = testSession(
    { ...program, plan: { ...program.plan, tools: [transferTool] } },
    { clock, connections: { line: connection }, vars: init.vars ?? {} },
  )
  let reason = ''
  void test.session.ended.then((summary) => (reason = summary.reason))
  await test.start()
  made.caller.next(words('to sales please'))
  await clock.advance(100)
  return { ...test, ...made, asked, keys, ended: () => reason }
}

/** Says something and calls a tool when the caller has spoken; says what became of it. */
const uses =
  (tool: string, args: Readonly<Record<string, string>>, first = '') =>
  ({ reason, messages }: Inference): readonly Said[] => {
    const last = messages.at(-1)
    if (reason === 'turn') {
      if (messages.length > 1) return ['As you like.']
      return first === '' ? [{ tool, arguments: args }] : [first, { tool, arguments: args }]
    }
    if (reason !== 'tool-result' || last?.role !== 'tool') return []
    return [last.result.status === 'error' ? last.result.message : last.result.status]
  }

const spoken = ({ frames }: Awaited<ReturnType<typeof called>>): string =>
  frames.flatMap((frame) => (frame.type === 'text' ? [frame.text] : [])).join('|')

describe('transfer_call', () => {
  it('gives the call away when what the bot says has been heard, and the call ends', async () => {
    const transfers: string[] = []
    const made = await called(uses('transfer_call', { destination: 'sales' }, 'To sales, then.'), {
      transfer: (clock) => async (to) => {
        transfers.push(`${clock.now() - 100} ${to}`)
        await clock.sleep(4000)
      },
    })
    await made.clock.advance(10_000)
    // Three words of 60 ms.
    expect(transfers).toEqual(['180 +14155550123'])
    expect(made.ended()).toBe('transferred to +14155550123')
  })

  it('tells the model when nobody takes the call, which goes on', async () => {
    const made = await called(uses('transfer_call', { destination: 'sales' }), {
      transfer: () => () => Promise.reject(new Error('busy, line 14, password hunter2')),
    })
    await made.clock.advance(3000)
    expect(spoken(made)).toBe('sales cannot take the call now.| The caller is still with you.')
    expect(made.ended()).toBe('')
    expect(made.logs.some(({ message }) => message.includes('busy'))).toBe(true)
  })

  it('waits 30 s; somebody who takes the call later has it all the same', async () => {
    const made = await called(uses('transfer_call', { destination: 'sales' }), {
      transfer: (clock) => () => clock.sleep(40_000),
    })
    await made.clock.advance(29_000)
    expect(spoken(made)).toBe('')
    await made.clock.advance(2000)
    expect(spoken(made)).toContain('cannot take the call now')
    await made.clock.advance(20_000)
    expect(made.ended()).toBe('transferred to +14155550123')
  })

  it('asks nothing of the model while it rings; what the caller says then is answered when nobody takes it', async () => {
    const made = await called(uses('transfer_call', { destination: 'sales' }), {
      transfer: (clock) => async () => {
        await clock.sleep(5000)
        throw new Error('nobody')
      },
    })
    made.caller.next(begins())
    made.caller.next(interim('hello'))
    await made.clock.advance(300)
    made.caller.next(ends())
    made.caller.next(words('hello?'))
    await made.clock.advance(3000)
    expect(made.asked).toHaveLength(2)
    await made.clock.advance(5000)
    expect(made.asked.length).toBeGreaterThan(2)
    const messages = made.asked.at(-1)?.messages ?? []
    expect(messages).toContainEqual({ role: 'user', text: 'hello?' })
    expect(messages).toContainEqual(
      expect.objectContaining({
        role: 'tool',
        result: expect.objectContaining({ status: 'error' }),
      }),
    )
  })

  it('dials nothing but what the graph names', async () => {
    const transfers: string[] = []
    const made = await called(uses('transfer_call', { destination: '+19005550123' }), {
      transfer: () => (to) => Promise.resolve(void transfers.push(to)),
    })
    await made.clock.advance(3000)
    expect(transfers).toEqual([])
    expect(spoken(made)).toContain('The arguments do not fit')
  })

  it('gives the call to nobody where a variable turns out to be no number', async () => {
    const transfers: string[] = []
    const made = await called(uses('transfer_call', { destination: 'desk' }), {
      transfer: () => (to) => Promise.resolve(void transfers.push(to)),
      vars: { desk: '0; rm -rf /' },
    })
    await made.clock.advance(3000)
    expect(transfers).toEqual([])
    expect(spoken(made)).toContain('desk cannot take the call now')
  })
})

describe('press_keys', () => {
  it('presses one key after the other for the far end, with the pauses that stand among them', async () => {
    const made = await called(uses('press_keys', { keys: '1w2,#' }))
    await made.clock.advance(5000)
    expect(made.keys).toEqual(['0 1', '700 2', '2900 #'])
    expect(spoken(made)).toBe('ok')
  })

  it.for(['', '12x', '1'.repeat(65), '+49'])('takes no keys such as "%s"', async (keys) => {
    const made = await called(uses('press_keys', { keys }))
    await made.clock.advance(3000)
    expect(made.keys).toEqual([])
    expect(spoken(made)).toContain('The arguments do not fit')
  })

  it('stops when somebody at the far end speaks up', async () => {
    const made = await called(uses('press_keys', { keys: '1,,,2' }))
    await made.clock.advance(1000)
    made.caller.next(begins())
    made.caller.next(interim('welcome to'))
    await made.clock.advance(6000)
    expect(made.keys).toEqual(['0 1'])
  })

  it('says so when the far end takes none', async () => {
    const made = await called(uses('press_keys', { keys: '1' }), { isDeaf: true })
    await made.clock.advance(1000)
    expect(spoken(made)).toBe('The far end takes no keys.')
  })
})
