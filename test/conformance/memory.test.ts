import { describe, expect, it } from 'vitest'
import { defineMemory, type Memory, type MemoryDefinition } from 'voxgraph/plugin'
import processMemory from 'voxgraph/processors/process-memory'
import type { VirtualClock } from 'voxgraph/testing'
import { house } from './house.ts'

/** A memory that does something else than it should. */
const memoryThat = (does: (clock: VirtualClock) => Partial<Memory>): MemoryDefinition =>
  defineMemory({
    id: 'odd-memory',
    summary: 'Does what the test says.',
    options: {
      type: 'object',
      properties: { key: { type: 'string', writeOnly: true } },
    },
    open: async ({ clock }) => ({
      recall: async () => undefined,
      remember: async () => undefined,
      forget: async () => false,
      ...does(clock as VirtualClock),
    }),
  })

describe('a call', () => {
  it('knows a returning caller before anybody speaks', async () => {
    const { ring } = house()
    const first = await ring('+1555')
    expect(first.session.vars).toMatchObject({ caller_name: 'there', call: { known: false } })
    expect(first.told()).toBe('To there, known: false.')
    await first.say('caller_name Maria')
    await first.say('visits 1')
    await first.end()
    const second = await ring('+1555')
    expect(second.session.vars).toMatchObject({
      caller_name: 'Maria',
      visits: 1,
      plan: undefined,
      call: { known: true, from: '+1555' },
    })
    // It came from a call once, so the model gets it as data.
    expect(second.told()).toBe('To "Maria", known: true.')
    expect(second.warnings()).toEqual([])
  })

  it('remembers what the graph keeps, and nothing else', async () => {
    const { ring } = house()
    const first = await ring('+1555')
    await first.say('mood bad')
    await first.end()
    const second = await ring('+1555')
    expect(second.session.vars).toMatchObject({ mood: 'fine', call: { known: false } })
  })

  it('never mixes two callers', async () => {
    const { ring } = house()
    const [maria, otto] = [await ring('+1555'), await ring('+1556')]
    await maria.say('caller_name Maria')
    await otto.say('caller_name Otto')
    await maria.say('plan gold')
    await Promise.all([maria.end(), otto.end()])
    expect((await ring('+1555')).session.vars).toMatchObject({ caller_name: 'Maria', plan: 'gold' })
    expect((await ring('+1556')).session.vars).toMatchObject({
      caller_name: 'Otto',
      plan: undefined,
    })
  })

  it('loses nothing of what two calls of one caller learn at once', async () => {
    const { ring } = house()
    const [one, other] = [await ring('+1555'), await ring('+1555')]
    await one.say('caller_name Maria')
    await other.say('plan gold')
    await one.say('visits 1')
    await other.say('visits 2')
    await Promise.all([one.end(), other.end()])
    const next = await ring('+1555')
    expect(next.session.vars).toMatchObject({ caller_name: 'Maria', plan: 'gold', visits: 2 })
  })

  it('takes what the connection says for newer than what is remembered', async () => {
    const { ring } = house()
    const first = await ring('+1555')
    await first.say('caller_name Maria')
    await first.end()
    const second = await ring('+1555', { caller_name: 'Mia' })
    expect(second.session.vars).toMatchObject({ caller_name: 'Mia', call: { known: true } })
    expect(second.told()).toBe('To Mia, known: true.')
  })

  it.each([
    undefined,
    '',
    '  ',
    'anonymous',
    'Restricted',
    '+266696687',
    'sip:anonymous@anonymous.invalid',
    {},
  ])('remembers nobody by %j', async (from) => {
    const { ring } = house()
    const first = await ring(from)
    await first.say('caller_name Maria')
    await first.end()
    const second = await ring(from)
    expect(second.session.vars).toMatchObject({ caller_name: 'there', call: { known: false } })
    expect(second.warnings()).toEqual([])
  })

  it('knows callers by another variable where the graph says so', async () => {
    const { ring } = house(processMemory, { caller: 'mood' })
    const first = await ring('+1555', { mood: 'customer 7' })
    await first.say('caller_name Maria')
    await first.end()
    const second = await ring('+1556', { mood: 'customer 7' })
    expect(second.session.vars).toMatchObject({ caller_name: 'Maria' })
  })

  it('believes no connection that says its caller is known', async () => {
    const { ring } = house()
    const { session } = await ring('', { call: { from: '+1555', known: true } })
    expect(session.vars).toMatchObject({ call: { known: false } })
  })
})

describe('a caller who asks for it', () => {
  it('is forgotten', async () => {
    const opened: Memory[] = []
    const definition: MemoryDefinition = {
      ...processMemory,
      open: async (ctx) => {
        const memory = await processMemory.open(ctx)
        opened.push(memory)
        return memory
      },
    }
    const { ring } = house(definition)
    const first = await ring('+1555')
    await first.say('caller_name Maria')
    await first.end()
    // One for all calls.
    expect(opened).toHaveLength(1)
    expect(await opened[0]?.forget('+1555')).toBe(true)
    const second = await ring('+1555')
    expect(second.session.vars).toMatchObject({ caller_name: 'there', call: { known: false } })
  })
})

describe('a memory', () => {
  it('that hangs holds the call up for two seconds, and no longer', async () => {
    const never = (): Promise<never> => new Promise(() => undefined)
    const { clock, ring } = house(memoryThat(() => ({ recall: never, remember: never })))
    const call = await ring('+1555')
    await clock.advance(1999)
    expect(call.session.state).toBe('starting')
    await clock.advance(1)
    expect(call.session.state).toBe('running')
    await call.say('caller_name Maria')
    expect(call.session.vars).toMatchObject({ caller_name: 'Maria', call: { known: false } })
    const before = clock.now()
    const { error, reason } = await call.end('enough')
    expect([reason, error]).toEqual(['enough', undefined])
    expect(clock.now() - before).toBe(2000)
    expect(call.warnings()).toEqual([
      'The memory odd-memory did not recall within 2000 ms.',
      'The memory odd-memory did not remember within 2000 ms.',
    ])
  })

  it('that never opens keeps nobody from calling, nor the process from ending', async () => {
    const open = (): Promise<never> => new Promise(() => undefined)
    const { clock, ring, shared } = house({ ...processMemory, open })
    const call = await ring('+1555')
    await clock.advance(2000)
    expect(call.session.state).toBe('running')
    await call.end()
    await shared.close()
  })

  it('that is late does not change a call that has begun', async () => {
    const late = memoryThat((clock) => ({
      async recall() {
        await clock.sleep(2500)
        return { caller_name: 'Maria' }
      },
    }))
    const { clock, ring } = house(late)
    const call = await ring('+1555')
    await clock.advance(5000)
    expect(call.session.vars).toMatchObject({ caller_name: 'there', call: { known: false } })
  })

  it('that fails is a warning without secrets, and the call goes on', async () => {
    const fails = async (): Promise<never> => {
      throw new Error('refused the key hunter2')
    }
    const odd = memoryThat(() => ({ recall: fails, remember: fails }))
    const call = await house(odd, { options: { key: 'hunter2' } }).ring('+1555')
    expect(call.session.state).toBe('running')
    await call.say('plan gold')
    await call.say('plan silver')
    expect((await call.end()).error).toBeUndefined()
    expect(call.warnings()).toEqual([
      'The memory odd-memory could not recall: refused the key ***',
      'The memory odd-memory could not remember: refused the key ***',
    ])
  })

  it('that could not be opened is tried again by the next call', async () => {
    let tries = 0
    const definition: MemoryDefinition = {
      ...processMemory,
      open: async (ctx) => {
        if (++tries === 1) throw new Error('not yet')
        return processMemory.open(ctx)
      },
    }
    const { ring } = house(definition)
    const first = await ring('+1555')
    expect(first.warnings()).toEqual(['The memory process-memory could not recall: not yet'])
    await first.say('caller_name Maria')
    await first.end()
    expect((await ring('+1555')).session.vars).toMatchObject({ caller_name: 'Maria' })
  })

  it('that gives values of another type is believed for the rest', async () => {
    const odd = memoryThat(() => ({
      recall: async () => ({ caller_name: 7, plan: 'gold', visits: 'many', unknown: 1 }),
    }))
    const call = await house(odd).ring('+1555')
    expect(call.session.vars).toMatchObject({ caller_name: 'there', plan: 'gold', visits: 0 })
    expect(call.session.vars).not.toHaveProperty('unknown')
    expect(call.warnings()).toHaveLength(2)
  })

  it.each([null, 'Maria', [['caller_name', 'Maria']]])(
    'that gives %j knows nobody',
    async (odd) => {
      const call = await house(memoryThat(() => ({ recall: async () => odd as never }))).ring('+1')
      expect(call.session.vars).toMatchObject({ caller_name: 'there', call: { known: false } })
    },
  )

  it('that is slow gets changes one after the other, each with all that has come meanwhile', async () => {
    const writes: string[] = []
    const slow = memoryThat((clock) => ({
      async remember(caller, values) {
        writes.push(`${clock.now()} ${caller} ${JSON.stringify(values)}`)
        await clock.sleep(2500)
      },
    }))
    const { clock, ring } = house(slow)
    const call = await ring('+1555')
    for (const text of ['visits 1', 'visits 2', 'plan gold']) await call.say(text)
    await clock.advance(2000)
    await call.end()
    expect(writes.map((write) => write.replace(/^\d+ /, ''))).toEqual([
      '+1555 {"visits":1}',
      '+1555 {"visits":2,"plan":"gold"}',
    ])
    expect(call.warnings()).toEqual([])
  })

  it('that refuses a change gets it again at the end of the call', async () => {
    const got: unknown[] = []
    const busy = memoryThat(() => ({
      async remember(_, values) {
        got.push(values)
        if (got.length === 1) throw new Error('locked')
      },
    }))
    const call = await house(busy).ring('+1555')
    await call.say('plan gold')
    await call.end()
    expect(got).toEqual([{ plan: 'gold' }, { plan: 'gold' }])
    expect(call.warnings()).toEqual(['The memory odd-memory could not remember: locked'])
  })

  it('that is asked while the caller hangs up leaves nothing behind', async () => {
    const slow = memoryThat((clock) => ({
      async recall() {
        await clock.sleep(1000)
        return undefined
      },
    }))
    const { clock, ring } = house(slow)
    const call = await ring('+1555')
    call.session.cancel('gone')
    await clock.advance(3000)
    expect((await call.session.ended).reason).toBe('gone')
    expect(call.session.state).toBe('stopped')
    expect(call.told()).toBeUndefined()
  })

  it('is closed once, when the process lets go of it', async () => {
    let closed = 0
    const { ring, shared } = house(memoryThat(() => ({ close: () => void closed++ })))
    for (const from of ['+1', '+2']) await (await ring(from)).end()
    expect(closed).toBe(0)
    await shared.close()
    expect(closed).toBe(1)
  })
})
