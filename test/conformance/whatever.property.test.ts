import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { defineTool, turn, type Frame, type Inference, type Said } from 'voxgraph/plugin'
import { begins, call, ends, interim, words } from './call.ts'

/** Seeds: as many as a CI has time for, fewer at a desk. */
const seeds = process.env['CI'] === undefined ? 500 : 10_000

const step = fc.record({
  afterMs: fc.oneof(fc.nat(60), fc.nat(400), fc.nat(2500)),
  what: fc.constantFrom(
    ...([
      'begins',
      'ends',
      'begins',
      'ends',
      'interim',
      'words',
      'words',
      'um',
      'nothing',
      'over',
      'likely',
    ] as const),
  ),
})
const bot = fc.record({
  thinksMs: fc.constantFrom(0, 30, 700),
  words: fc.constantFrom(0, 3, 40),
  asks: fc.constantFrom(0, 0, 1, 2),
  toolMs: fc.constantFrom(0, 200, 3000),
  isEager: fc.boolean(),
})

describe('whatever a caller, a model and its tools do', () => {
  it('no word is lost, no stale sound is heard, one question is asked at a time, and the call ends in order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), bot, async (steps, bot) => {
        const made = await open(bot)
        const said: string[] = []
        for (const { afterMs, what } of steps) {
          await made.clock.advance(afterMs)
          for (const frame of framesFor(what, said)) made.caller.next(frame)
        }
        made.caller.next(ends())
        await made.clock.advance(20_000)
        made.caller.next(words('last'))
        await made.clock.advance(20_000)
        const told = made
          .told()
          .flatMap((message) => (message.role === 'user' ? message.text.split(' ') : []))
        // What a recogniser says again after five seconds counts as said again.
        expect([...new Set(told.filter((word) => said.includes(word)))]).toEqual(said)
        check(made.frames)
        const { error, figures } = await made.end()
        expect(error).toBeUndefined()
        expect(figures).toMatchObject({ stale: 0, dropped: 0 })
      }),
      { numRuns: seeds },
    )
    // A safety net, not a measure: 10,000 calls take about a minute.
  }, 240_000)
})

type Bot = typeof bot extends fc.Arbitrary<infer B> ? B : never

/** A call with a bot that thinks, speaks and uses tools as the seed says. */
function open({ thinksMs, words: count, asks, toolMs, isEager }: Bot): ReturnType<typeof call> {
  const tool = (effect: 'read' | 'commit') =>
    defineTool({
      description: 'Takes its time.',
      parameters: { type: 'object' },
      effect,
      run: (_, { sleep }) => sleep(toolMs).then(() => null),
    })
  const answer = async function* ({ reason, signal }: Inference): AsyncGenerator<Said> {
    await wait(thinksMs, signal)
    if (reason === 'turn')
      for (let n = 0; n < asks; n++) yield { tool: n === 0 ? 'look' : 'book', arguments: {} }
    for (let n = 0; n < count; n++) yield `word${n % 10 === 9 ? '. ' : ' '}`
  }
  let sleep = (_: number): Promise<void> => Promise.resolve()
  const wait = (ms: number, signal: AbortSignal): Promise<void> =>
    ms === 0 || signal.aborted ? Promise.resolve() : sleep(ms)
  const made = call(answer, {
    tools: { look: tool('read'), book: { definition: tool('commit'), onInterrupt: 'cancel' } },
    turns: { eager: isEager },
  })
  void made.then(({ clock }) => (sleep = (ms) => clock.sleep(ms)))
  return made
}

/** Frames of a step; the words that were said for good are noted. */
function framesFor(
  what: (typeof step extends fc.Arbitrary<infer S> ? S : never)['what'],
  said: string[],
): Frame[] {
  const next = `w${said.length}`
  switch (what) {
    case 'begins':
      return [begins(20)]
    case 'ends':
      return [ends(20)]
    case 'interim':
      return [interim(next)]
    case 'words':
      said.push(next)
      return [words(next)]
    case 'um':
      return [words('um')]
    case 'nothing':
      return [words('')]
    case 'over':
      return [turn({ state: 'ended', text: '' })]
    case 'likely':
      return [turn({ state: 'eager', text: '' })]
  }
}

/** What holds of every call. */
function check(frames: readonly Frame[]): void {
  const open = new Set<number>()
  let cut = 0
  for (const frame of frames) {
    if (frame.type === 'inference') {
      if (frame.state === 'started') open.add(frame.inference)
      if (frame.state === 'ended') open.delete(frame.inference)
      expect(open.size).toBeLessThan(2)
    }
    if (frame.type === 'interrupt' && frame.phase === 'confirm') cut = Math.max(cut, frame.through)
    if (frame.type === 'playout' && frame.state === 'started') expect(frame.of).toBeGreaterThan(cut)
  }
  expect(open.size).toBe(0)
}
