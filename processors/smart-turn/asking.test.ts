import { expect, it } from 'vitest'
import { createVirtualClock } from 'voxgraph/testing'
import { createAsking } from './asking.ts'

/** A judge whose answers are given by hand, and what came of them. */
function rig(longestMs = 500) {
  const clock = createVirtualClock()
  const asked: string[] = []
  const told: string[] = []
  const open: { answer: (text: string) => void; fail: (reason: Error) => void }[] = []
  // Not registered with the clock, so that time can pass while the judge thinks.
  const slow = { ...clock, work: <T>(result: Promise<T>) => result }
  const asking = createAsking<string, string>({
    clock: slow,
    longestMs,
    judge: (question) => {
      asked.push(question)
      return new Promise((resolve, reject) => open.push({ answer: resolve, fail: reject }))
    },
    onAnswer: (answer, tookMs) => told.push(`${answer} after ${tookMs}`),
    onFailure: (reason) => told.push(String(reason)),
  })
  return { clock, asked, told, open, asking }
}

it('asks one question at a time, and the newest next', async () => {
  const { clock, asked, told, open, asking } = rig()
  asking.ask('one')
  asking.ask('two')
  asking.ask('three')
  expect(asked).toEqual(['one'])
  open[0]!.answer('of one')
  await clock.advance(30)
  expect(asked).toEqual(['one', 'three'])
  open[1]!.answer('of three')
  await clock.advance(0)
  expect(told).toEqual(['of three after 30'])
})

it('hears no answer that was forgotten or took too long, and goes on', async () => {
  const { clock, told, open, asking } = rig()
  asking.ask('forgotten')
  asking.forget()
  open[0]!.answer('of no use')
  await clock.advance(10)
  asking.ask('late')
  await clock.advance(501)
  open[1]!.answer('late')
  await clock.advance(0)
  asking.ask('in time')
  await clock.advance(499)
  open[2]!.answer('good')
  await clock.advance(0)
  expect(told).toEqual(['good after 499'])
})

it('tells of a failure once, and asks again', async () => {
  const { clock, told, open, asking } = rig()
  asking.ask('one')
  open[0]!.fail(new Error('out of memory'))
  await clock.advance(0)
  asking.ask('two')
  open[1]!.answer('fine')
  await clock.advance(0)
  expect(told).toEqual(['Error: out of memory', 'fine after 0'])
})
