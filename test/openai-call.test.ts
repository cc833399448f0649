import { afterEach, beforeEach, expect, test } from 'vitest'
import { Subject } from 'rxjs'
import {
  audio,
  defineTool,
  defineTransport,
  speech,
  type AudioFrame,
  type Connection,
  type Frame,
} from 'voxgraph/plugin'
import {
  emulateOpenAi,
  scriptedEar,
  tones,
  type Emulator,
  type ModelPiece,
  type ModelQuestion,
} from 'voxgraph/testing'
import openAiLlm from '../processors/openai-llm/index.ts'
import openAiStt from '../processors/openai-stt/index.ts'
import openAiTts from '../processors/openai-tts/index.ts'
import { liveSession } from './bench/session.ts'

/** A line that brings sound, and what a detector says of it. */
const line = defineTransport({
  id: 'line',
  summary: 'A line in the hand of a test.',
  ports: { in: { audio: 'audio' }, out: { audio: 'audio' } },
  listen: () => Promise.reject(new Error('not opened in this test')),
})

const answer = ({ said, results }: ModelQuestion): readonly ModelPiece[] => {
  if (results.length > 0) return [{ text: `Breakfast is ${results.join()}.` }]
  if (said.includes('breakfast')) return [{ tool: 'hours', arguments: { of: 'breakfast' } }]
  return [{ text: 'Good morning.' }]
}

let emulator: Emulator
beforeEach(async () => {
  const ear = scriptedEar(['what time is breakfast please'])
  emulator = await emulateOpenAi({ answer, ear })
})
afterEach(() => emulator.close())

test('a whole call goes through the SDK: what is heard, asked, looked up and said', async () => {
  const caller = new Subject<Frame>()
  const heard: AudioFrame[] = []
  const connection: Connection = {
    ...{ call: {}, frames: caller, send: () => undefined, clear: () => undefined },
    ...{ play: (frame: AudioFrame) => void heard.push(frame), close: () => undefined },
  }
  const { endpoint, key: api_key } = emulator
  const own = { endpoint, api_key }
  const frames: Frame[] = []
  const session = liveSession(
    {
      nodes: {
        line,
        stt: {
          definition: openAiStt,
          options: { ...own, model: 'whisper-1', hints: '', longest: 60_000 },
        },
        llm: {
          definition: openAiLlm,
          options: {
            ...{ ...own, model: 'gpt-5.4-mini', max_tokens: 100, refusal: '', body: {} },
            ...{ prompt: 'You are the front desk.', tools: ['hours'] },
          },
        },
        tts: {
          definition: openAiTts,
          options: { ...own, model: 'gpt-4o-mini-tts', voice: 'marin', speed: 1 },
        },
      },
      flow: ['line -> stt -> llm -> tts -> line'],
      tools: { hours },
    },
    {
      connections: { line: connection },
      observe: (event) => {
        if (event.type === 'frame') frames.push(event.frame)
      },
    },
  )
  await session.start()
  const isGreeted = () =>
    frames.some((frame) => frame.type === 'playout' && frame.state === 'stopped' && !frame.span)
  await expect.poll(isGreeted, { timeout: 5000 }).toBe(true)
  const { samples } = await tones('what time is breakfast please', '')
  const sound = (from: number, to?: number) =>
    audio({ role: 'user', samples: samples.slice(from, to), sampleRate: 16_000 })
  caller.next(sound(0, 3200))
  caller.next(speech({ state: 'started', latency: 120 }))
  caller.next(sound(3200))
  caller.next(speech({ state: 'stopped', latency: 50 }))
  const isSaid = () =>
    frames
      .flatMap((frame) => (frame.type === 'text' ? [frame.text] : []))
      .join('')
      .includes('from seven to ten')
  await expect.poll(isSaid, { timeout: 5000 }).toBe(true)
  const before = heard.length
  await expect.poll(() => heard.length, { timeout: 5000 }).toBeGreaterThan(before + 10)
  session.cancel('done')
  const { error } = await session.ended
  expect(error).toBeUndefined()
  expect(emulator.violations).toEqual([])
  const asked = emulator.received.map(({ path }) => path.replace('/v1/', ''))
  expect(asked.filter((path) => path === 'chat/completions')).toHaveLength(3)
  expect(asked).toContain('audio/transcriptions')
  const last = emulator.received.findLast(({ path }) => path.endsWith('completions'))
  const { messages } = (last?.body ?? { messages: [] }) as {
    messages: readonly { role: string; content: string }[]
  }
  expect(messages.map(({ role }) => role).join(' ')).toBe(
    'system user assistant user assistant tool',
  )
  expect(messages[3]?.content).toContain('what time is breakfast please')
})

const hours = defineTool({
  description: 'Tells when something is open.',
  parameters: { type: 'object', properties: { of: { type: 'string' } } },
  run: () => 'from seven to ten',
})
