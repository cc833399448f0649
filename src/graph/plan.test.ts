import fc from 'fast-check'
import { expect, test } from 'vitest'
import { checkText } from '../../test/fixtures/memory-host.ts'
import type { Plan, PlanEdge } from './plan.ts'

async function planOf(text: string): Promise<Plan> {
  const { plan, diagnostics } = await checkText(text)
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([])
  if (plan === undefined) throw new Error('no plan')
  return plan
}

const edgeOf = (plan: Plan, id: string): PlanEdge | undefined =>
  plan.edges.find((edge) => edge.id === id)

const bot = `version: 1
nodes:
  phone: twilio
  vad: silero-vad
  stt: deepgram-stt
  llm: anthropic-llm
  tts: { use: cartesia-tts, with: { voice: Rachel } }
  rec: { use: recorder, on_interrupt: ignore, with: { path: "{{call.id}}.wav" } }
flow:
  speak: tts -> phone
  main: phone -> vad -> stt -> llm -> tts
  record_caller: phone -> rec.caller
  record_bot: tts -> rec.bot
`

/** Every edge leads forward, where the sink half of a transport stands behind everything. */
function isOrdered(plan: Plan): boolean {
  const places = new Map(plan.nodes.map(({ id }, index) => [id, index]))
  const transports = new Set(
    plan.nodes.filter(({ manifest }) => manifest.kind === 'transport').map(({ id }) => id),
  )
  return plan.edges.every(
    ({ from, to, feedback }) =>
      feedback || transports.has(to.node) || places.get(from.node)! < places.get(to.node)!,
  )
}

test('nodes come in the order in which frames pass them, a transport first', async () => {
  const plan = await planOf(bot)
  expect(plan.nodes[0]?.id).toBe('phone')
  expect(isOrdered(plan)).toBe(true)
  expect(plan.name).toBe('bot')
  expect(plan.file).toBe('/bots/bot.yaml')
})

test('converters stand where formats differ, and one is enough for a way', async () => {
  const plan = await planOf(bot)
  const converters = plan.nodes.filter(({ inserted }) => inserted)
  expect(converters.map(({ id, options }) => [id, options])).toEqual([
    [
      'phone~vad',
      {
        from: { sampleRate: 8000, channels: 1, encoding: 'mulaw' },
        to: { sampleRate: 16_000, channels: 1, encoding: 'pcm' },
      },
    ],
    [
      'phone~rec',
      {
        from: { sampleRate: 8000, channels: 1, encoding: 'mulaw' },
        to: { sampleRate: 8000, channels: 1, encoding: 'pcm' },
      },
    ],
    [
      'tts~phone',
      {
        from: { sampleRate: 24_000, channels: 1, encoding: 'pcm' },
        to: { sampleRate: 8000, channels: 1, encoding: 'mulaw' },
      },
    ],
  ])
  expect(edgeOf(plan, 'vad.audio -> stt.audio')?.format?.sampleRate).toBe(16_000)
  expect(edgeOf(plan, 'phone~vad.audio -> vad.audio')?.format?.encoding).toBe('pcm')
})

test('the option that holds a rate decides the format', async () => {
  const plan = await planOf(bot.replace('voice: Rachel', 'voice: Rachel, sample_rate: 8000'))
  expect(edgeOf(plan, 'tts.audio -> tts~phone.audio')?.format?.sampleRate).toBe(8000)
})

test('buffers and what happens to a full one follow from the type', async () => {
  const text = `${bot}  log: stt.interim -> log\n`.replace(
    '  rec:',
    '  log: transcript-log\n  rec:',
  )
  const plan = await planOf(text)
  const policy = (id: string): unknown => {
    const edge = edgeOf(plan, id)
    return [edge?.buffer.frames, edge?.buffer.ms, edge?.overflow]
  }
  expect(policy('vad.audio -> stt.audio')).toEqual([1000, 2000, 'drop_oldest'])
  expect(policy('stt.transcript -> llm.text')).toEqual([1000, undefined, 'block'])
  expect(policy('stt.interim -> log.text')).toEqual([1, undefined, 'latest'])
})

test('an input may have a policy of its own', async () => {
  const text = bot
    .replace('stt: deepgram-stt', 'stt: { use: deepgram-stt, in: { audio: { buffer: 500ms } } }')
    .replace(
      'llm: anthropic-llm',
      'llm: { use: anthropic-llm, in: { text: { buffer: 5, overflow: error } } }',
    )
  const plan = await planOf(text)
  expect(edgeOf(plan, 'vad.audio -> stt.audio')?.buffer).toEqual({ frames: 1000, ms: 500 })
  expect(edgeOf(plan, 'stt.transcript -> llm.text')).toMatchObject({
    buffer: { frames: 5, ms: undefined },
    overflow: 'error',
  })
})

test('an edge that feeds back closes a loop and is ignored for the order', async () => {
  const plan = await planOf(
    bot
      .replace('vad: silero-vad', 'echo: aec')
      .replace('vad ->', 'echo ->')
      .concat('  cancel: tts ~> echo.reference\n'),
  )
  const fed = plan.edges.filter(({ feedback }) => feedback)
  expect(fed.map(({ id, overflow }) => [id, overflow])).toEqual([
    ['tts.audio -> echo.reference', 'drop_oldest'],
  ])
  expect(isOrdered(plan)).toBe(true)
})

test('a chain may be a list, and a folded text', async () => {
  const list = await planOf(bot.replace('tts -> phone', '[tts, phone]'))
  const folded = await planOf(bot.replace('tts -> phone', '>\n    tts\n    -> phone'))
  expect(list.edges.map(({ id }) => id)).toEqual(folded.edges.map(({ id }) => id))
})

test('any drawing of forward edges is put in order, whatever order it was written in', async () => {
  const size = fc.integer({ min: 2, max: 8 })
  const drawing = size.chain((count) =>
    fc.record({
      count: fc.constant(count),
      names: fc.shuffledSubarray(
        Array.from({ length: count }, (_, index) => index),
        {
          minLength: count,
        },
      ),
      edges: fc.uniqueArray(
        fc.tuple(fc.nat(count - 1), fc.nat(count - 1)).filter(([from, to]) => from < to),
        { minLength: 1, maxLength: 12, selector: String },
      ),
    }),
  )
  await fc.assert(
    fc.asyncProperty(drawing, async ({ names, edges }) => {
      const nodes = names.map((index) => `  n${index}: anthropic-llm\n`)
      const chains = edges.map(([from, to], index) => `  c${index}: n${from} -> n${to}\n`)
      const start = names.map((index) => `  s${index}: phone -> stt${index} -> n${index}\n`)
      const stts = names.map((index) => `  stt${index}: deepgram-stt\n`)
      const parts = [...nodes, ...stts].join('')
      const text = `version: 1\nnodes:\n  phone: twilio\n${parts}flow:\n${[...chains, ...start].join('')}`
      expect(isOrdered(await planOf(text))).toBe(true)
    }),
    { numRuns: 40 },
  )
})

test('two hundred nodes are checked within a second', { timeout: 1000 }, async () => {
  const ids = Array.from({ length: 66 }, (_, index) => index)
  const nodes = ids.map(
    (id) =>
      `  vad${id}: silero-vad\n  stt${id}: { use: deepgram-stt, with: { language: en } }\n` +
      `  llm${id}: { use: anthropic-llm, with: { prompt: Be kind. } }\n`,
  )
  const chains = ids.map((id) => `  c${id}: phone -> vad${id} -> stt${id} -> llm${id}\n`)
  const text = `version: 1\nnodes:\n  phone: twilio\n${nodes.join('')}flow:\n${chains.join('')}`
  const plan = await planOf(text)
  expect(plan.nodes.length).toBeGreaterThan(199)
})
