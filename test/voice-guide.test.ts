import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TtsDefinition } from 'voxgraph/plugin'
import { ttsContract } from 'voxgraph/testing'
import { root } from './sources.ts'

let folder = ''
let server: Server
let voice: TtsDefinition
let options: Readonly<Record<string, unknown>>

/** A vendor that has one voice and says a quarter of a second for each word. */
const vendor = (): Server =>
  createServer((request, response) => {
    void (async () => {
      if (request.headers.authorization !== 'Bearer right') {
        return response.writeHead(401).end('{"message":"who are you"}')
      }
      const headers = { 'content-type': 'application/json' }
      if (request.url === '/voices') return response.writeHead(200, headers).end('["anna"]')
      const parts: Buffer[] = []
      for await (const part of request) parts.push(part as Buffer)
      const { text } = JSON.parse(Buffer.concat(parts).toString()) as { readonly text: string }
      for (const _ of text.trim().split(/\s+/)) response.write(Buffer.alloc(24_000 / 2))
      return response.end()
    })()
  })

beforeAll(async () => {
  folder = await mkdtemp(join(root, 'test', 'fixtures', 'tmp-voice-'))
  const page = await readFile(join(root, 'docs/processors.md'), 'utf8')
  const [source = ''] = /^\/\/ acme-tts\.ts.*?(?=^```$)/ms.exec(page) ?? []
  await writeFile(join(folder, 'acme-tts.ts'), source)
  voice = ((await import(join(folder, 'acme-tts.ts'))) as { default: TtsDefinition }).default
  server = vendor().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  options = { endpoint: `http://127.0.0.1:${port}`, api_key: 'right', voice: 'anna' }
})
afterAll(async () => {
  server.close()
  await rm(folder, { recursive: true })
})

describe('the voice of the guide', () => {
  it('does what every voice must do', async () => {
    const cases = ttsContract({ definition: voice, options, untimed: true })
    expect(cases.length).toBeGreaterThan(8)
    for (const { run } of cases) await run()
  })

  it('says before the phone rings what is wrong with key and voice', async () => {
    const log = { debug: () => undefined, info: () => undefined, warn: () => undefined }
    const { signal } = new AbortController()
    const verify = async (more: object): Promise<void> =>
      voice.verify?.({ options: { ...options, ...more }, log, signal } as never)
    await expect(verify({})).resolves.toBe(undefined)
    await expect(verify({ api_key: 'wrong' })).rejects.toMatchObject({ category: 'auth' })
    await expect(verify({ voice: 'bob' })).rejects.toMatchObject({
      category: 'invalid',
      message: 'acme-tts refused the request: there is no voice "bob".',
    })
  })
})
