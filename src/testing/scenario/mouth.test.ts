import { expect, test } from 'vitest'
import { createVirtualClock } from '../../time/virtual-clock.ts'
import { createMouth } from './mouth.ts'

/** What the graph is told, as `at type text`. */
function listen() {
  const clock = createVirtualClock()
  const told: string[] = []
  const mouth = createMouth(clock, {
    emit(frame) {
      const text = frame.type === 'speech' ? frame.state : `${frame.final}:${frame.text}`
      told.push(`${clock.now()} ${text}`)
    },
  })
  return { clock, told, mouth }
}

test('words come when a recogniser would have them, and the edges when a detector would', async () => {
  const { clock, told, mouth } = listen()
  expect(mouth.say('Hello there you')).toBe(900)
  await clock.settle()
  expect(told).toEqual([
    '120 started',
    '490 false:Hello',
    '830 false:Hello there',
    '1050 false:Hello there you',
    '1150 true:Hello there you',
    '1150 stopped',
  ])
})

test('a noise has edges and no words; one that is too short is nothing', async () => {
  const { clock, told, mouth } = listen()
  mouth.say('', 300)
  await clock.settle()
  expect(told).toEqual(['120 started', '550 true:', '550 stopped'])
  mouth.say('', 100)
  await clock.settle()
  expect(told).toHaveLength(3)
})

test('a voice that goes on at once goes on with the same utterance', async () => {
  const { clock, told, mouth } = listen()
  await clock.advance(mouth.say('one'))
  await clock.advance(100)
  mouth.say('two')
  await clock.settle()
  expect(told.filter((line) => line.includes('started'))).toHaveLength(1)
  expect(told.at(-2)).toMatch(/true:one two$/)
})
