import { afterEach, describe, expect, it, vi } from 'vitest'
import { createVirtualClock, createWeb, emulateTwilio } from 'voxgraph/testing'
import { createRigs, until } from './rig.ts'

const rigs = createRigs({
  clock: createVirtualClock,
  web: createWeb(),
  twilio: (clock) => emulateTwilio({ clock }),
})
const { open } = rigs
afterEach(rigs.close)

const from = '+15559990000'
const human = '+442071838750'
const signal = new AbortController().signal

/** What became of something that is awaited, once time has passed. */
function fateOf(work: Promise<unknown> | undefined): { text: string } {
  const fate = { text: '' }
  void work?.then(
    () => (fate.text = 'done'),
    (thrown: Error) => (fate.text = thrown.message),
  )
  return fate
}

describe('a call that is placed', () => {
  it('is with the runtime when it is answered', async () => {
    const { twilio, desk, pass, close } = await open({ options: { from } })
    twilio.answers(human, { ringMs: 3000 })
    const dialled = fateOf(desk.listener.dial?.({ to: human, call: { order: 7 }, signal }))
    await pass(() => dialled.text !== '')
    expect(dialled.text).toBe('done')
    const { connection } = await desk.next()
    expect(connection.call).toEqual({
      order: 7,
      from,
      to: human,
      direction: 'outbound',
      sid: twilio.calls[0]?.sid,
      answered_by: 'unknown',
    })
    expect(desk.taken()).toBe(1)
    await close(connection)
    expect(twilio.calls[0]?.status).toBe('completed')
    expect(desk.taken()).toBe(0)
    expect(twilio.violations).toEqual([])
  })

  it.each([
    ['busy', 'the line is busy'],
    ['no-answer', 'nobody answered'],
    ['failed', 'the network could not reach it'],
  ] as const)('fails where it is %s, and takes no place any more', async (refuses, reason) => {
    const { twilio, desk, pass } = await open({ options: { from } })
    twilio.answers(human, { refuses, ringMs: 2000 })
    const dialled = fateOf(desk.listener.dial?.({ to: human, signal }))
    await pass(() => dialled.text !== '')
    expect(dialled.text).toBe(`${human} was not reached: ${reason}.`)
    expect(desk.taken()).toBe(0)
  })

  it('stops ringing when it is called off', async () => {
    const { twilio, desk, pass } = await open({ options: { from } })
    twilio.answers(human, { ringMs: 20_000 })
    const controller = new AbortController()
    const dialled = fateOf(desk.listener.dial?.({ to: human, signal: controller.signal }))
    await until(() => twilio.calls.length === 1)
    controller.abort()
    await pass(() => twilio.calls[0]?.status === 'canceled')
    expect(dialled.text).toBe(`${human} was not reached: it was called off.`)
    expect(desk.taken()).toBe(0)
  })

  it('is not placed for what is no number, without a number of ours, and without room', async () => {
    const { twilio, desk } = await open({ options: { from } })
    const bad = desk.listener.dial?.({ to: 'Ada', signal })
    await expect(bad).rejects.toThrow('Ada was not reached: it is no number in the form')
    const nameless = await open()
    const none = nameless.desk.listener.dial?.({ to: human, signal })
    await expect(none).rejects.toMatchObject({ code: 'cannot-dial' })
    const full = await open({ options: { from }, busy: () => 'draining' })
    const late = full.desk.listener.dial?.({ to: human, signal })
    await expect(late).rejects.toThrow('the server is going down')
    expect(twilio.calls).toEqual([])
  })

  it('is let go where a machine answers, unless it may go on', async () => {
    const options = { from, machine_detection: 'answer' } as const
    const { twilio, desk, pass } = await open({ options })
    twilio.answers(human, { by: 'machine_start' })
    const dialled = fateOf(desk.listener.dial?.({ to: human, signal }))
    await pass(() => dialled.text !== '')
    expect(dialled.text).toBe(`${human} was not reached: a machine answered.`)
    expect(twilio.calls[0]?.done).toEqual(['hangup'])
    expect(desk.taken()).toBe(0)
    const patient = await open({
      options: { from, machine_detection: 'message_end', on_machine: 'continue' },
    })
    patient.twilio.answers(human, { by: 'machine_end_beep' })
    const answered = fateOf(patient.desk.listener.dial?.({ to: human, signal }))
    await patient.pass(() => answered.text === 'done')
    const { connection } = await patient.desk.next()
    expect(connection.call['answered_by']).toBe('machine_end_beep')
  })

  it('that has begun learns who answered, and ends where it is a machine', async () => {
    const options = { from, machine_detection: 'answer', machine_detection_async: true } as const
    const { twilio, desk, pass } = await open({ options })
    twilio.answers(human, { by: 'machine_start' })
    const dialled = fateOf(desk.listener.dial?.({ to: human, signal }))
    await pass(() => dialled.text === 'done')
    const { frames, end } = await desk.next()
    let ending = ''
    void end.then((how) => (ending = how))
    await pass(() => ending !== '')
    expect(ending).toBe(`${human} was not reached: a machine answered.`)
    expect(frames.find(({ type }) => type === 'message')).toMatchObject({
      name: 'answered-by',
      data: { answered_by: 'machine_start' },
    })
    expect(twilio.violations).toEqual([])
  })

  it('fails with a code where Twilio refuses it, and no secret is told', async () => {
    const { twilio, desk } = await open({ options: { from, auth_token: 'not-the-token' } })
    const dialled = desk.listener.dial?.({ to: human, signal })
    const thrown = (await dialled?.catch((error: unknown) => error)) as Error
    expect(thrown).toMatchObject({ code: 'provider-auth' })
    expect(thrown.message).toContain('401 (20003)')
    expect(JSON.stringify([thrown, thrown.message, thrown.stack])).not.toContain('not-the-token')
    expect(desk.taken()).toBe(0)
    expect(twilio.calls).toEqual([])
  })

  it('is asked for once only, where Twilio fails', async () => {
    const { twilio, desk } = await open({ options: { from } })
    twilio.fail({ fault: 'overloaded', when: 'open' })
    const dialled = desk.listener.dial?.({ to: human, signal })
    await expect(dialled).rejects.toMatchObject({ code: 'provider-overloaded' })
    expect(twilio.received).toHaveLength(1)
  })
})

describe('a hang-up', () => {
  it.each(['rate-limit', 'overloaded', 'refuse'] as const)(
    'is asked for again after %s',
    async (fault) => {
      const { twilio, desk, close } = await open()
      const call = twilio.call({ url: desk.url })
      const { connection } = await desk.next()
      twilio.fail({ fault, when: 'open', times: 2 })
      await close(connection)
      expect(twilio.received.filter(({ path }) => path.includes(call.sid))).toHaveLength(3)
      expect(desk.warnings).toEqual([])
    },
  )

  it('that never works is a warning, and holds nobody up', async () => {
    const { twilio, desk, close, pass } = await open()
    twilio.call({ url: desk.url })
    const { connection } = await desk.next()
    twilio.fail({ fault: 'overloaded', when: 'open', times: Infinity })
    await close(connection)
    await pass(() => desk.warnings.length > 0)
    expect(desk.warnings[0]).toMatch(/^the call was not hung up: twilio is overloaded/)
  })
})

describe('a cold transfer', () => {
  it.each([
    [human, `dial ${human}`],
    ['queue:front <desk> & co', 'enqueue front <desk> & co'],
    ['sip:desk@example.com', 'dial Sip sip:desk@example.com'],
  ])('to %s is left to Twilio', async (destination, done) => {
    const { twilio, desk, close } = await open()
    const call = twilio.call({ url: desk.url })
    const { connection, end } = await desk.next()
    await connection.transfer?.(destination, { signal, brief: undefined })
    await close(connection)
    expect(await end).toBe('complete')
    expect(call.done).toEqual(['connect', done])
    expect(call.status).toBe('in-progress')
    expect(twilio.violations).toEqual([])
  })

  it('is not hung up by a session that ends while Twilio is asked', async () => {
    const { twilio, desk, close } = await open()
    const call = twilio.call({ url: desk.url })
    const { connection } = await desk.next()
    twilio.fail({ fault: 'overloaded', when: 'open' })
    const fate = fateOf(connection.transfer?.(human, { signal, brief: undefined }))
    await close(connection)
    expect(fate.text).toBe('done')
    expect(call.done).toEqual(['connect', `dial ${human}`])
    expect(call.status).toBe('in-progress')
  })

  it('that Twilio refuses leaves the call as it was', async () => {
    const { twilio, desk, pass } = await open()
    const call = twilio.call({ url: desk.url })
    const { connection, frames } = await desk.next()
    twilio.fail({ fault: 'unauthorized', when: 'open' })
    const transfer = connection.transfer?.(human, { signal, brief: undefined })
    await expect(transfer).rejects.toMatchObject({ code: 'provider-auth' })
    const before = frames.length
    await pass(() => frames.length > before + 5)
    expect(call.done).toEqual(['connect'])
  })
})

describe('a warm transfer', () => {
  const brief = 'Ada wants to move her booking.'

  it('tells the human first, and both meet when a key is pressed', async () => {
    const { twilio, desk, pass, close } = await open()
    const call = twilio.call({ url: desk.url })
    const { connection, frames, end } = await desk.next()
    twilio.answers(human, { ringMs: 5000, presses: '1' })
    const fate = fateOf(connection.transfer?.(human, { signal, brief }))
    await pass(() => twilio.calls.length === 2)
    const before = frames.length
    await pass(() => fate.text !== '')
    expect(fate.text).toBe('done')
    // The caller was with the bot until then.
    expect(frames.length - before).toBeGreaterThan(200)
    await close(connection)
    expect(await end).toBe('complete')
    const [, leg] = twilio.calls
    expect(leg?.from).toBe('+15559990000')
    expect(leg?.done[0]).toBe(`say: ${brief} Press any key to take the call.`)
    expect(leg?.done[1]).toBe(call.done[1])
    const [members] = twilio.conferences.values()
    expect([...(members ?? [])]).toHaveLength(2)
    void leg?.end('completed')
    expect(await call.ended).toBe('completed')
    expect(twilio.violations).toEqual([])
  })

  it('is not called off by the caller who leaves the bot for it: to the runtime nobody hangs up', async () => {
    const { twilio, desk, pass, let: letPass, close } = await open()
    const call = twilio.call({ url: desk.url })
    const { connection, end } = await desk.next()
    twilio.answers(human, { presses: '1' })
    // What the runtime does: whoever leaves the stream has gone.
    const gone = new AbortController()
    void end.then(() => gone.abort())
    const fate = fateOf(connection.transfer?.(human, { signal: gone.signal, brief }))
    await pass(() => fate.text !== '')
    expect(fate.text).toBe('done')
    await letPass(2000)
    expect(gone.signal.aborted).toBe(false)
    await close(connection)
    expect(await end).toBe('complete')
    expect([call.status, twilio.calls[1]?.status]).toEqual(['in-progress', 'in-progress'])
  })

  it('leaves no caller alone with a human who never came', async () => {
    const { twilio, desk, pass } = await open()
    const call = twilio.call({ url: desk.url })
    const { connection } = await desk.next()
    twilio.answers(human, { presses: '1' })
    const fate = fateOf(connection.transfer?.(human, { signal, brief }))
    await pass(() => fate.text !== '')
    // As if the human had hung up on the way: the conference knows nothing of it.
    twilio.calls[1]!.leaveConferences()
    void twilio.calls[1]!.end('completed')
    expect(await call.ended).toBe('completed')
  })

  it('leaves no caller alone with a human who hangs up while the caller is on the way', async () => {
    const { twilio, desk, pass } = await open()
    const call = twilio.call({ url: desk.url })
    const { connection } = await desk.next()
    twilio.answers(human, { ringMs: 1000, presses: '1' })
    const fate = fateOf(connection.transfer?.(human, { signal, brief }))
    await pass(() => twilio.calls.length === 2)
    // Twilio is asked a second time to move the caller, and the human hangs up between the two.
    twilio.fail({ fault: 'overloaded', when: 'open' })
    const asked = (): number => twilio.received.filter(({ path }) => path.includes(call.sid)).length
    await pass(() => asked() === 1)
    await twilio.calls[1]!.end('completed')
    expect(await Promise.race([call.ended, pass(() => false)])).toBe('completed')
    expect(fate.text).toBe('done')
    expect(call.done.at(-1)).toMatch(/^conference /)
  })

  it('is taken once, however often Twilio asks', async () => {
    const { twilio, desk, pass } = await open()
    const call = twilio.call({ url: desk.url })
    const { connection } = await desk.next()
    twilio.answers(human, { ringMs: 1000, presses: '1' })
    const fate = fateOf(connection.transfer?.(human, { signal, brief }))
    await pass(() => twilio.calls.length === 2)
    const leg = twilio.calls[1]!
    const asked = vi.spyOn(leg, 'post')
    await pass(() => fate.text !== '')
    const [url = ''] = asked.mock.calls.map(([one]) => one).filter((one) => one.includes('/taken'))
    expect((await leg.post(url)).text).toContain('<Conference')
    expect(call.done.filter((done) => done.startsWith('conference'))).toHaveLength(1)
  })

  it('is taken by answering alone, where that is enough', async () => {
    const { twilio, desk, pass } = await open({ options: { transfer_accept: 'answer' } })
    twilio.call({ url: desk.url })
    const { connection } = await desk.next()
    twilio.answers(human, {})
    const fate = fateOf(connection.transfer?.(human, { signal, brief }))
    await pass(() => fate.text !== '')
    expect(fate.text).toBe('done')
    expect(twilio.calls[1]?.done[0]).toBe(`say: ${brief}`)
  })

  it.each([
    ['is busy', { refuses: 'busy' }, 'the line is busy'],
    ['does not answer', { refuses: 'no-answer', ringMs: 5000 }, 'nobody answered'],
    ['presses no key', {}, 'whoever answered hung up'],
  ] as const)('goes on with the bot where the human %s', async (_, answering, reason) => {
    const { twilio, desk, pass } = await open()
    const call = twilio.call({ url: desk.url })
    const { connection, frames } = await desk.next()
    twilio.answers(human, answering)
    const fate = fateOf(connection.transfer?.(human, { signal, brief }))
    await pass(() => fate.text !== '')
    expect(fate.text).toBe(`${human} was not reached: ${reason}.`)
    const before = frames.length
    await pass(() => frames.length > before + 5)
    expect(call.status).toBe('in-progress')
    expect(twilio.violations).toEqual([])
  })

  it('lets the human go when the caller has gone', async () => {
    const { twilio, desk, pass } = await open()
    twilio.call({ url: desk.url })
    const { connection } = await desk.next()
    twilio.answers(human, { ringMs: 20_000 })
    const gone = new AbortController()
    const fate = fateOf(connection.transfer?.(human, { signal: gone.signal, brief }))
    await pass(() => twilio.calls[1]?.status === 'ringing')
    gone.abort()
    await pass(() => twilio.calls[1]?.status === 'canceled')
    expect(fate.text).toContain('it was called off')
  })
})
