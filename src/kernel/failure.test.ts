import { expect, it } from 'vitest'
import { defineTts, vendorOptions } from '../define/index.ts'
import { createProbe } from '../testing/probe.ts'
import { testSession } from '../testing/session.ts'

it('shows no key of a node or of what takes its place, whoever fails', async () => {
  const failing = (id: string) =>
    defineTts({
      id,
      summary: 'Fails.',
      vendor: id,
      options: {
        type: 'object',
        additionalProperties: false,
        properties: vendorOptions('NO_SUCH_KEY', 'https://example.com'),
      },
      formats: [{ sampleRate: 8000, channels: 1 }],
      setup({ options, log }) {
        log.warn(`setting up with ${String(options.api_key)}`)
        throw new Error(`the key ${String(options.api_key)} is wrong`)
      },
    })
  const { start, logs, frames } = testSession({
    nodes: {
      tts: {
        definition: failing('one'),
        options: { api_key: 'canary-one' },
        fallback: [{ definition: failing('two'), options: { api_key: 'canary-two' } }],
      },
      probe: createProbe().definition,
    },
    flow: ['tts -> probe'],
  })
  const failure: unknown = await start().then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  const said = [...logs.map(({ message }) => message), String(failure), JSON.stringify(frames)]
  expect(said.join('\n')).toContain('setting up with ***')
  expect(said.join('\n')).not.toContain('canary')
})
