import { EventEmitter } from 'node:events'
import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { defineProcessor } from '../plugin.ts'
import { programOf } from '../testing/program.ts'
import { catchStrayErrors } from './stray-errors.ts'

const canary = 'sk-canary-1234'
const holder = defineProcessor({
  id: 'holder',
  summary: 'Has a key.',
  ports: {},
  options: {
    type: 'object',
    properties: {
      login: {
        type: 'object',
        properties: { key: { type: 'string', description: 'A secret.', writeOnly: true } },
      },
    },
  },
  setup: () => ({}),
})
const program = programOf({
  nodes: { holder: { definition: holder, options: { login: { key: canary } } } },
  flow: [],
})

function watch() {
  const [events, err] = [new EventEmitter(), new PassThrough()]
  const strays = catchStrayErrors([program], { err }, events)
  return { events, strays, said: () => String(err.read() ?? '') }
}

describe('errors that nobody caught', () => {
  it('are told with their stack, counted, and say no secret', () => {
    const { events, strays, said } = watch()
    events.emit('unhandledRejection', new Error(`401 for ${canary}`))
    events.emit('uncaughtException', 'no error at all')
    const [first, ...more] = said().split('\n')
    expect(first).toMatch(/stray-error: Something failed beside all calls: 401 for \*\*\*$/)
    expect(more[0]).toMatch(/^ {4}at .*stray-errors\.test\.ts/)
    expect(more.at(-2)).toMatch(/stray-error: .*: no error at all$/)
    expect(strays.count).toBe(2)
  })

  it('are counted only when there are very many', () => {
    const { events, strays, said } = watch()
    for (let count = 0; count < 500; count++) events.emit('unhandledRejection', 'again')
    const lines = said().trim().split('\n')
    expect([strays.count, lines.length]).toEqual([500, 101])
    expect(lines.at(-1)).toBe('further ones are only counted')
  })

  it('are left to Node again afterwards', () => {
    const { events, strays } = watch()
    strays.close()
    expect(
      events.listenerCount('unhandledRejection') + events.listenerCount('uncaughtException'),
    ).toBe(0)
  })
})
