import { Subject } from 'rxjs'
import { expect, test } from 'vitest'
import { defineProcessor, type StreamFunction } from '../../define/index.ts'
import { handoff, speech, transcript, type Frame } from '../../frames/index.ts'
import type { PlanAgents } from '../../graph/plan-agents.ts'
import { programOf } from '../program.ts'
import { createEars } from './ears.ts'

const engine = (role: 'detector' | 'stt') =>
  defineProcessor({
    id: role,
    summary: 'The test has none of its own.',
    role,
    ports: {
      in: { audio: { type: 'audio', main: true } },
      out: { out: { type: role === 'stt' ? 'transcript' : 'audio', main: true } },
    },
    options: { type: 'object', properties: {} },
    setup: () => () => new Subject<never>(),
  })

/** The ears of a graph with some detectors and recognisers, and what each of them has said. */
async function ears(...ids: readonly string[]) {
  const nodes = Object.fromEntries(
    ids.map((id) => [id, engine(id.endsWith('vad') ? 'detector' : 'stt')]),
  )
  const { plan } = programOf({ nodes, flow: [] })
  const agents = { start: 'triage', agents: [] } satisfies PlanAgents
  const { emit, definitions } = createEars({ ...plan, agents }, () => undefined)
  const frames = new Subject<Frame>()
  const said: string[] = []
  for (const [id, definition] of definitions) {
    if (definition.kind !== 'processor') continue
    const stream = (await definition.setup({} as never)) as StreamFunction
    stream(frames).subscribe((out) => said.push(`${id} ${(out as Frame).type}`))
  }
  return {
    frames,
    saidTo: (): readonly string[] => {
      emit(speech({ state: 'started', latency: 0 }))
      emit(transcript({ text: 'hello', final: true }))
      return said.splice(0)
    },
  }
}

test('the detector says the edges of speech, and recognisers the words', async () => {
  const { saidTo } = await ears('vad', 'stt')
  expect(saidTo()).toEqual(['vad speech', 'stt transcript'])
  expect((await ears('stt')).saidTo()).toEqual(['stt speech', 'stt transcript'])
})

test('of agents with ears of their own only the one with the floor hears', async () => {
  const { frames, saidTo } = await ears('triage/vad', 'triage/stt', 'billing/vad', 'billing/stt')
  const move = { from: 'triage', to: 'billing' }
  expect(saidTo()).toEqual(['triage/vad speech', 'triage/stt transcript'])
  frames.next(handoff({ ...move, state: 'started' }))
  expect(saidTo()).toEqual(['triage/vad speech', 'triage/stt transcript'])
  frames.next(handoff({ ...move, state: 'done' }))
  expect(saidTo()).toEqual(['billing/vad speech', 'billing/stt transcript'])
  frames.next(handoff({ ...move, state: 'returned' }))
  expect(saidTo()).toEqual(['triage/vad speech', 'triage/stt transcript'])
})

test('what all agents share hears whoever has the floor', async () => {
  const { frames, saidTo } = await ears('vad', 'stt', 'billing/vad')
  expect(saidTo()).toEqual(['vad speech', 'stt transcript'])
  frames.next(handoff({ from: 'triage', to: 'billing', state: 'done' }))
  expect(saidTo()).toEqual(['vad speech', 'stt transcript'])
})
