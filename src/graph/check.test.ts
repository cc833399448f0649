import fc from 'fast-check'
import { expect, test } from 'vitest'
import { checkText } from '../../test/fixtures/memory-host.ts'
import { renderDiagnostics, renderGithub, renderJson } from '../errors/diagnostics.ts'
import { graphErrors, graphVariants } from '../errors/graph-errors.ts'
import type { CheckResult } from './check.ts'

const good = `version: 1
name: support
vars: { caller: { type: string, default: there } }
nodes:
  phone: { use: twilio, with: { auth_token: "\${env:TOKEN}" } }
  vad: silero-vad
  stt:
    use: deepgram-stt
    with: { model: nova-3, endpointing: 200ms }
    in: { audio: { buffer: 1s, overflow: drop_oldest } }
  llm:
    use: anthropic-llm
    with:
      prompt: |
        Greet {{caller}}.
        Be kind.
      filler: { after: 700ms, say: [One moment.] }
    timeout: 4s
    retry: { max: 2, backoff: 100ms }
    breaker: { failures: 3, reset: 10s }
    fallback: [anthropic-llm, { use: script-llm, with: { prompt: "Dear {{caller}}." }, retry: 0 }]
  tts: &voice { use: cartesia-tts, with: { voice: Rachel } }
flow:
  main: phone -> vad -> stt -> llm -> tts
  speak: [tts, phone]
`
const env = { TOKEN: 'canary-of-the-environment' }

const templates = Object.values({ ...graphErrors, ...graphVariants })
const placeholders = new Set(
  templates.flatMap(({ message, help }) => `${message} ${help}`.match(/\{\w+\}/g) ?? []),
)

/** What holds for every file, good or bad. */
function isSound({ diagnostics, plan }: CheckResult, text: string): void {
  const errors = diagnostics.filter(({ severity }) => severity === 'error')
  expect(plan === undefined).toBe(errors.length > 0)
  let before = 0
  for (const { range, message } of diagnostics) {
    for (const word of message.match(/\{\w+\}/g) ?? []) expect(placeholders).not.toContain(word)
    expect(message).not.toMatch(/undefined|\[object/)
    if (range === undefined) continue
    expect(range.start.offset).toBeGreaterThanOrEqual(before)
    expect(range.end.offset).toBeGreaterThanOrEqual(range.start.offset)
    expect(range.end.offset).toBeLessThanOrEqual(text.length + 1)
    before = range.start.offset
  }
  const printed = [
    renderDiagnostics(diagnostics),
    renderJson(diagnostics),
    renderGithub(diagnostics),
  ].join('')
  expect(printed).not.toContain('canary')
  // oxlint-disable-next-line no-control-regex -- what a terminal would obey
  expect(printed).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/)
}

test('a good file has no diagnostics', async () => {
  const { diagnostics, plan } = await checkText(good, { env })
  expect(diagnostics).toEqual([])
  expect(plan?.name).toBe('support')
})

test('any text at all is answered with diagnostics, never with an exception', async () => {
  const yamlish = fc
    .array(
      fc.oneof(
        fc.constantFrom(
          ...[
            'version: 1\n',
            'nodes:',
            'flow:',
            '\n',
            '  ',
            '- ',
            ': ',
            '[',
            ']',
            '{',
            '}',
            '&a ',
            '*a',
          ],
          ...[
            '"',
            "'",
            '|\n',
            '>\n',
            '<<: ',
            '#',
            '? ',
            '---\n',
            '%YAML 1.1\n',
            '!!str ',
            '\t',
            '->',
            '~>',
          ],
          ...[
            'use: twilio',
            'with:',
            'phone',
            '${env:A}',
            '{{x}}',
            '\r\n',
            '...\n',
            '\u2028',
            '😀',
          ],
        ),
        fc.string({ maxLength: 8 }),
      ),
      { maxLength: 40 },
    )
    .map((parts) => parts.join(''))
  await fc.assert(
    fc.asyncProperty(fc.oneof(yamlish, fc.string()), async (text) => {
      isSound(await checkText(text, { env }), text)
    }),
    { numRuns: 800 },
  )
})

test('a good file with a piece cut out, put in or moved never breaks the checker', async () => {
  const piece = fc.constantFrom(
    ...['', ' ', '\n', ':', '-', '"', '{', '}', '[', ']', '#', '*voice', '&voice ', 'x', '1', '\t'],
    ...[
      'null',
      '~>',
      'phone',
      '${env:TOKEN}',
      '${',
      '{{',
      'nodes:\n',
      '  tts: 1\n',
      '.audio',
      '012',
    ],
  )
  const cut = fc.record({
    at: fc.nat(good.length),
    length: fc.nat(30),
    piece,
    more: fc.nat(good.length),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(cut, { minLength: 1, maxLength: 4 }), async (cuts) => {
      let text = good
      for (const { at, length, piece: put, more } of cuts) {
        const moved = put === '' ? good.slice(more, more + length) : put
        text = text.slice(0, at) + moved + text.slice(at + length)
      }
      isSound(await checkText(text, { env }), text)
    }),
    {
      numRuns: 800,
      examples: [[[{ at: good.indexOf('{ max:'), length: 0, piece: '#', more: 0 }]]],
    },
  )
})

test('arbitrary bytes are text or said to be none', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 60 }), async (bytes) => {
      const { diagnostics } = await checkText(bytes, { env })
      expect(diagnostics.length).toBeGreaterThan(0)
    }),
    { numRuns: 300 },
  )
})

test('a secret is never printed, wherever it was put', async () => {
  const places: ((secret: string) => string)[] = [
    (secret) => `with: { api_key: ${secret}, modle: nova-3, language: [1] }`,
    (secret) => `with: { api_kye: ${secret} }`,
    (secret) => `with: { api_key: "\${env:A:-${secret}}", x: 1 }`,
    (secret) => `with: { api_key: [${secret}] }`,
    (secret) => `api_key: ${secret}`,
    () => 'with: { model: "${env:LEAK}", numerals: "${env:LEAK}", endpointing: "${env:LEAK}" }',
    () => 'with: { api_key: "${env:LEAK}", numerals: "${secret:leak}", modle: "${env:LEAK}" }',
  ]
  const secrets = fc.stringMatching(/^[a-z0-9]{12,40}$/).map((tail) => `canary${tail}`)
  await fc.assert(
    fc.asyncProperty(secrets, fc.constantFrom(...places), async (secret, place) => {
      const text = good.replace('with: { model: nova-3, endpointing: 200ms }', place(secret))
      const result = await checkText(text, {
        env: { ...env, LEAK: secret },
        secret: async () => secret,
      })
      expect(result.diagnostics.length).toBeGreaterThan(0)
      isSound(result, text)
    }),
    { numRuns: 100 },
  )
})

test('one node that cannot be resolved leads to one error', async () => {
  const { diagnostics } = await checkText(good.replace('deepgram-stt', 'deepgram-sst'), { env })
  expect(diagnostics.map(({ code }) => code)).toEqual(['unknown-processor'])
})

test('everything is reported at once, in the order of the file', async () => {
  const bad = good
    .replace('nova-3', 'nova3')
    .replace('prompt:', 'promt:')
    .replace('vad -> stt', 'vda -> stt')
    .replace('after: 700ms', 'after: 700')
  const { diagnostics } = await checkText(bad, { env })
  expect(diagnostics.map(({ code }) => code)).toEqual([
    'bad-value',
    'unknown-option',
    'time-unit',
    'unknown-node',
  ])
})

test('a suggestion comes with the text that mends the file', async () => {
  const bad = good.replace('vad -> stt', 'vda -> stt')
  const [one] = (await checkText(bad, { env })).diagnostics
  const { range, fix } = one ?? {}
  const mended = bad.slice(0, range?.start.offset) + fix + bad.slice(range?.end.offset)
  expect(mended).toBe(good)
})

const laughs = Array.from(
  { length: 12 },
  (_, index) => `x-${index + 1}: &a${index + 1} [${`*a${index}, `.repeat(20)}]\n`,
)
const hostile = {
  'a billion laughs': `x-0: &a0 [1]\n${laughs.join('')}`,
  'half a million brackets': '['.repeat(500_000),
  'a list in a list in a list': '- '.repeat(300_000),
  'maps without an end': `x: &a ${'{k: '.repeat(2000)}`,
  'an anchor that contains itself': 'x: &a [*a]\n',
  'a hundred thousand keys of one name': 'k: *a\n'.repeat(100_000),
  'many mistakes in one long line': `nodes: {${Array.from({ length: 20_000 }, (_, index) => `n${index}: x`).join(', ')}}`,
  'references without an end': `p: "${'${'.repeat(200_000)}"\n`,
  'a chain of fifty thousand steps': `flow: ${'a -> '.repeat(50_000)}a\n`,
}

test.for(Object.entries(hostile))(
  '%s is refused in bounded time',
  { timeout: 5000 },
  async ([, file]) => {
    expect((await checkText(file)).plan).toBeUndefined()
  },
)

test('what cleans the words of a brain is not taken for what cleans a recording', async () => {
  const flows = [
    'main: phone -> stt -> llm -> clean -> tts -> phone',
    'main: phone -> stt -> clean -> llm -> tts -> phone',
  ]
  const codes = flows.map(async (flow) => {
    const text = `version: 1
nodes: { phone: twilio, stt: deepgram-stt, llm: anthropic-llm, clean: redactor, rec: recorder, tts: { use: cartesia-tts, with: { voice: Rachel } } }
flow:
  ${flow}
  record: phone -> rec.caller
`
    return (await checkText(text, { env })).diagnostics.map(({ code }) => code)
  })
  expect(await Promise.all(codes)).toEqual([[], ['unredacted-recording']])
})
