import fc from 'fast-check'
import { expect, test } from 'vitest'
import { defineTool, type Inference, type Json, type Said, type ToolContext } from 'voxgraph/plugin'
import { call, words } from './call.ts'
import { wordMs } from './line.ts'

const slow = (ms: number) =>
  defineTool({
    description: `Takes ${ms} ms.`,
    parameters: { type: 'object' },
    effect: 'read',
    run: async (_: unknown, { sleep }: ToolContext): Promise<Json> => {
      await sleep(ms)
      return ms
    },
  })

/** By so much the transport is late to say that something is heard no more, in ms. */
const tellMs = 200

const script = fc.record({
  tools: fc.array(fc.integer({ min: 0, max: 8000 }), { minLength: 1, maxLength: 4 }),
  after: fc.integer({ min: 0, max: 3000 }),
  every: fc.option(fc.integer({ min: 1000, max: 4000 }), { nil: undefined }),
  sentences: fc.integer({ min: 1, max: 4 }),
  hasWords: fc.boolean(),
})

test('words for the time in which tools are at work come in silence, in turn, and only then', async () => {
  const property = fc.asyncProperty(
    script,
    async ({ tools, after, every, sentences, hasWords }) => {
      const say = Array.from({ length: sentences }, (_, index) => `Filler number ${index}.`)
      const ids = tools.map((_, index) => `tool${index}`)
      const answer = ({ reason }: Inference): readonly Said[] => {
        if (reason === 'tool-result') return ['The answer.']
        if (reason !== 'turn') return []
        const calls = ids.map((tool) => ({ tool, arguments: {} }))
        return hasWords ? ['Some words.', ...calls] : calls
      }
      const made = await call(answer, {
        tools: Object.fromEntries(ids.map((id, index) => [id, slow(tools[index] ?? 0)])),
        options: { filler: { after, say, ...(every !== undefined && { every }) } },
        turns: { end: ['stt', { silence: 100 }], eager: false },
      })
      made.caller.next(words('go'))
      await made.clock.advance(20_000)
      const texts = made.all('text').filter(({ text }) => text.trim() !== '')
      const spans = [...Map.groupBy(texts, ({ span }) => span).values()].map((pieces) => ({
        at: pieces[0]?.at ?? 0,
        text: pieces
          .map(({ text }) => text)
          .join('')
          .trim(),
      }))
      const answerAt = spans.findIndex(({ text }) => text === 'The answer.')
      const from = 100
      // The answer is asked for when the last tool has answered, and comes once, after everything else.
      expect(spans[answerAt]?.at).toBe(from + Math.max(...tools))
      expect(answerAt).toBe(spans.length - 1)
      const fillers = spans.filter(({ text }) => text.startsWith('Filler'))
      expect(spans.length).toBe(fillers.length + 1 + (hasWords ? 1 : 0))
      if (hasWords && every === undefined) expect(fillers).toEqual([])
      if (every === undefined) expect(fillers.length).toBeLessThanOrEqual(1)
      let heardTo = hasWords ? from + 2 * wordMs : from
      for (const [index, { at, text }] of fillers.entries()) {
        expect(text).toBe(say[index % sentences])
        const wait = hasWords || index > 0 ? (every ?? 0) : after
        expect(at).toBeGreaterThanOrEqual(heardTo + wait - (heardTo === from ? 0 : tellMs))
        expect(at).toBeLessThanOrEqual(Math.max(heardTo, from) + wait)
        heardTo = at + 3 * wordMs
      }
      // None is missing that had the time.
      const waitMs = fillers.length > 0 || hasWords ? every : after
      if (waitMs !== undefined)
        expect(heardTo + waitMs).toBeGreaterThanOrEqual(from + Math.max(...tools))
    },
  )
  await fc.assert(property, { numRuns: 100 })
})
