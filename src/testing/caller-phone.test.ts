import { describe, expect, it } from 'vitest'
import { createEar, createVoiceMeter } from './caller-ear.ts'
import { createCallerPhone, type CallerNote } from './caller-phone.ts'
import { readCallerScript } from './caller-script.ts'

const rate = 16_000
const frame = 320
const sound = (ms: number, level = 3000): Int16Array =>
  new Int16Array((rate * ms) / 1000).fill(level)

describe('the ear of a caller', () => {
  it('hears sound when its time comes, one piece after the other', () => {
    const ear = createEar(1000)
    ear.hear(new Int16Array([1, 2, 3]), 2)
    ear.hear(new Int16Array([4]), 2)
    expect([...ear.take(4)]).toEqual([0, 0, 1, 2])
    expect([...ear.take(4)]).toEqual([3, 4, 0, 0])
  })

  it('forgets what is taken back, and hears what comes instead at once', () => {
    const ear = createEar(1000)
    ear.hear(new Int16Array(10).fill(1), 0)
    ear.take(3)
    ear.clear(5)
    ear.hear(new Int16Array(2).fill(2), 5)
    expect([...ear.take(6)]).toEqual([1, 1, 2, 2, 0, 0])
  })
})

describe('the voice meter', () => {
  it('finds the edges of a voice and overlooks clicks and pauses between words', () => {
    const meter = createVoiceMeter()
    const changes: string[] = []
    let at = 0
    for (const [level, ms] of [
      [0, 100],
      [3000, 20],
      [0, 100],
      [3000, 200],
      [100, 200],
      [3000, 100],
      [0, 400],
    ] as const) {
      for (let part = 0; part < ms; part += 20) {
        at += 20
        const change = meter(sound(20, level), at, 20)
        if (change !== undefined) changes.push(`${change.state} ${change.at}`)
      }
    }
    expect(changes).toEqual(['started 220', 'stopped 720'])
  })
})

describe('a caller at the telephone', () => {
  const script = readCallerScript(
    `{ version: 1, pause: 400ms, lines: [Hello, { say: Wait, interrupt: { after: 600ms } }] }`,
    'a.yaml',
  )

  /** Runs for `ms`; gives what the caller said as `value x ms` runs. */
  function callFor(ms: number, onTime: (at: number, phone: ReturnType<typeof open>) => void) {
    const phone = open()
    let said = ''
    let last: number | undefined
    for (let at = 0; at < ms; at += 20) {
      onTime(at, phone)
      const samples = phone.phone.speak(frame)
      const value = samples?.[0]
      if (value !== last) said += ` ${at}:${value ?? 'gone'}`
      last = value
    }
    return { said: said.trim(), notes: phone.notes }
  }
  function open() {
    const notes: CallerNote[] = []
    const phone = createCallerPhone({
      script,
      sounds: new Map([
        [0, sound(300, 1000)],
        [1, sound(200, 2000)],
      ]),
      sampleRate: rate,
      onNote: (note) => void notes.push(note),
    })
    return { phone, notes }
  }

  it('speaks, interrupts and ends by what it hears', () => {
    const { said, notes } = callFor(3000, (at, { phone }) => {
      if (at === 100) phone.hear(sound(500), 100)
      if (at === 1500) phone.hear(sound(1500), 1500)
      if (at === 2200) phone.clear(2200)
      if (at === 2600) phone.ended()
    })
    expect(said).toBe('0:0 1000:1000 1300:0 2100:2000 2300:0 2620:gone'.replace('2620', '2600'))
    expect(
      notes.map((note) => `${note.at} ${note.type} ${'text' in note ? note.text : ''}`),
    ).toEqual([
      '100 bot ',
      '600 bot ',
      '1000 say Hello',
      '1500 bot ',
      '2100 say Wait',
      '2200 bot ',
      '2600 done ',
    ])
  })

  it('hangs up on a bot that never speaks', () => {
    const { said, notes } = callFor(16_000, () => undefined)
    expect(said).toBe('0:0 15000:gone')
    expect(notes.at(-1)).toMatchObject({ type: 'give-up', at: 15_000 })
  })
})
