import { expect, test } from 'vitest'
import { defineProcessor } from '../../define/index.ts'
import { drivers } from '../../drivers.ts'
import { createVirtualClock } from '../../time/virtual-clock.ts'
import { programOf } from '../program.ts'
import { instrument } from './instrument.ts'

const echo = defineProcessor({
  id: 'echo',
  summary: 'Passes text on.',
  role: 'filter',
  ports: {
    in: { text: { type: 'text', main: true } },
    out: { text: { type: 'text', main: true } },
  },
  options: { type: 'object', properties: {} },
  setup: () => ({ text: (frame) => frame }),
})

test('a node that refuses cannot be set up as often as it is told, and one that is set up works on', async () => {
  const { program, fail } = instrument(programOf({ nodes: { echo }, flow: [] }), drivers, {
    clock: createVirtualClock(),
    ports: [],
    failing: ['echo'],
    onFrame: () => undefined,
  })
  const definition = program.definitions.get('echo')
  if (definition?.kind !== 'processor') throw new Error('it is no processor')
  const setUp = async (): Promise<unknown> => definition.setup({} as never)
  const made = (await setUp()) as { text(frame: string, ctx: object): unknown }
  fail({ node: 'echo', tool: undefined, with: 'refuse', delayMs: 0, times: 1 })
  expect(made.text('a', {})).toBe('a')
  await expect(setUp()).rejects.toThrow('it failed, as the test wants it')
  await expect(setUp()).resolves.toBeDefined()
})
