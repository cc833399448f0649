import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import type { Frame, Inference, Said } from 'voxgraph/plugin'
import { begins, call, ends, interim, words } from './call.ts'

/** Length of the call, in ms. */
const callMs = 600_000

it('a call of ten minutes is the same to the frame on every run', async () => {
  const first = await tenMinutes()
  expect(first.frames).toBeGreaterThan(10_000)
  for (let run = 1; run < 10; run++) expect(await tenMinutes()).toEqual(first)
}, 60_000)

/** A call in which both sides speak, interrupt, cough and say nothing; what came of it. */
async function tenMinutes() {
  const made = await call(answer, {
    turns: { idle: [{ after: 8000, say: 'Are you still there?' }] },
  })
  const { caller, clock, session, frames } = made
  for (let turn = 0; clock.now() < callMs; turn++) {
    caller.next(begins(60))
    await clock.advance(200)
    if (turn % 5 !== 3) caller.next(interim(`question ${turn}`))
    await clock.advance(700 + ((turn * 137) % 900))
    caller.next(ends(180))
    await clock.advance((turn * 53) % 250)
    // Every fifth is a cough; the others are interruptions where the pause before was short.
    caller.next(words(turn % 5 === 3 ? '' : `question ${turn} about this and that`))
    await clock.advance(1000 + ((turn * 811) % 9000))
  }
  const { error, figures } = await made.end()
  expect(error).toBeUndefined()
  expect(figures).toMatchObject({ stale: 0, dropped: 0 })
  expect(session.state).toBe('stopped')
  return { frames: frames.length, interruptions: figures.interruptions, digest: digestOf(frames) }
}

function* answer({ reason, messages }: Inference): Generator<Said> {
  if (reason === 'start') yield 'Hello, how can I help you?'
  else for (let n = 0; n < 20 + (messages.length % 40); n++) yield `word${n % 9 === 8 ? '. ' : ' '}`
}

/** Everything that was emitted, when and because of what; sound by its bytes. */
function digestOf(frames: readonly Frame[]): string {
  const hash = createHash('sha256')
  for (const frame of frames) {
    hash.update(
      JSON.stringify(frame.type === 'audio' ? { ...frame, samples: frame.samples.length } : frame),
    )
    if (frame.type === 'audio') hash.update(frame.samples)
  }
  return hash.digest('hex')
}
