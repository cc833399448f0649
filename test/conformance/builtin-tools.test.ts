import { describe, expect, it } from 'vitest'
import { defineTransport, type DtmfFrame, type Inference, type Said } from 'voxgraph/plugin'
import { createVirtualClock, programOf, testSession } from 'voxgraph/testing'
import { scripted } from './brains.ts'
import { createLine, voice } from './line.ts'
import { begins, interim, words } from './call.ts'

/** A line that takes keys, and whose transfers end as the test says. */
const line = defineTransport({
  id: 'line',
  summary: 'A line in the hand of a test.',
  ports: {
    in: { audio: 'audio', dtmf: 'dtmf' },
    out: { transcript: { type: 'transcript', main: true } },
  },
  listen: () => Promise.reject(new Error('not opened in this test')),
})

const deafLine = defineTransport({
  ...line,
  id: 'deaf-line',
  ports: { in: { audio: 'audio' }, out: { transcript: { type: 'transcript', main: true } } },
})

interface Init {
  readonly transfer?: (to: string) => Promise<void>
  readonly isDeaf?: boolean
  readonly vars?: Readonly<Record<string, unknown>>
}

async function called(answer: (inference: Inference) => Iterable<Said>, init: Init = {}) {
  const clock = createVirtualClock()
  const made = createLine(clock)
  const sent: { readonly at: number; readonly digit: string }[] = []
  const asked: Inference[] = []
  const options = { tools: ['transfer_call', 'press_keys', 'end_call'] }
  const program = programOf({
    nodes: {
      line: init.isDeaf === true ? deafLine : line,
      brain: { definition: scripted(asked, answer), options },
      voice,
    },
    flow: ['line -> brain -> voice -> line'],
    turns: { eager: false, end: ['stt', { silence: 100 }] },
  })
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
    destinations: { sales: '+14155550123', desk: '{{desk}}' },
  } as const
  const connection = {
    ...made.connection,
    send: (frame: { type: string }) =>
      void sent.push({ at: clock.now(), digit: (frame as DtmfFrame).digit }),
    ...(init.transfer && { transfer: init.transfer }),
  }
  const test = testSession(
    { ...program, plan: { ...program.plan, tools: [transferTool] } },
    { clock, connections: new Map([['line', connection]]) as never, vars: init.vars ?? {} },
  )
  return { ...test, ...made, asked, sent }
}
