import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createLiveClock } from '../time/live-clock.ts'
import { createVirtualClock } from '../time/virtual-clock.ts'
import type { KnownModel } from './model-catalogue.ts'
import { pullModel, type PullInit } from './pull-model.ts'

const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * i) % 251))
const shaOf = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex')
const binary = { 'content-type': 'application/octet-stream' }

type Answer = (response: ServerResponse, request: IncomingMessage) => void
const sent =
  (status: number, headers: object, body: Uint8Array | string = ''): Answer =>
  (response) =>
    void response.writeHead(status, { ...headers }).end(body)

/** What the server of the tests says, by path. */
const answers: Readonly<Record<string, Answer>> = {
  '/model': sent(200, { ...binary, 'content-length': bytes.length }, bytes),
  '/moved': sent(302, { location: '/again' }),
  '/again': sent(307, { location: '/model?signature=secret' }),
  '/round': sent(302, { location: '/round' }),
  '/elsewhere': sent(302, { location: 'ftp://files.example/model' }),
  '/nonsense': sent(302, { location: 'http://[' }),
  '/busy': sent(503, {}),
  '/login': sent(200, { 'content-type': 'text/html; charset=utf-8' }, '<html>Log in</html>'),
  '/changed': sent(200, binary, Buffer.from(bytes).fill(7, 1000, 1001)),
  '/short': sent(200, binary, bytes.subarray(0, 1000)),
  '/other-size': sent(200, { ...binary, 'content-length': 5 }, 'hello'),
  '/empty': sent(200, { ...binary, 'content-length': 0 }),
  '/endless'(response) {
    response.writeHead(200, binary)
    const more = (): void => {
      while (response.write(bytes));
      response.once('drain', more)
    }
    more()
  },
  '/broken'(response) {
    response.writeHead(200, { ...binary, 'content-length': bytes.length })
    response.write(bytes.subarray(0, 1000), () => response.destroy())
  },
  '/stall'(response) {
    response.writeHead(200, { ...binary, 'content-length': bytes.length })
    response.write(bytes.subarray(0, 1000))
  },
  '/silent': () => undefined,
}

const server = createServer((request, response) => {
  const path = new URL(request.url ?? '/', 'http://x').pathname
  const answer = answers[path] ?? sent(404, {})
  answer(response, request)
})

let folder: string
let base: string
beforeAll(async () => {
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'models-'))
  return () => rm(folder, { recursive: true })
})

const model = (changes: Partial<KnownModel> = {}): KnownModel => ({
  name: 'ear',
  summary: 'Hears.',
  file: 'ear.onnx',
  url: `${base}/model`,
  bytes: bytes.length,
  sha256: shaOf(bytes),
  licence: 'MIT',
  ...changes,
})

function pull(from: string, changes: Partial<PullInit> = {}): Promise<void> {
  return pullModel({
    model: model(),
    path: join(folder, 'models/ear.onnx'),
    from: from.startsWith('/') ? `${base}${from}` : from,
    cwd: folder,
    clock: createLiveClock(),
    signal: new AbortController().signal,
    ...changes,
  })
}
const kept = (): Promise<string[]> => readdir(join(folder, 'models')).catch(() => [])

describe('a model that is pulled', () => {
  it('is there under its name, and nothing else is', async () => {
    const progress: number[] = []
    await pull('/model', {
      onProgress: (count, total) => {
        progress.push(count)
        expect(total).toBe(bytes.length)
      },
    })
    expect(await readFile(join(folder, 'models/ear.onnx'))).toEqual(bytes)
    expect(await kept()).toEqual(['ear.onnx'])
    expect(progress.at(-1)).toBe(bytes.length)
  })

  it('comes from the address of the catalogue unless another is given', async () => {
    await pull('', { from: undefined })
    expect(await kept()).toEqual(['ear.onnx'])
  })

  it('may be behind redirects', async () => {
    await pull('/moved')
    expect(await kept()).toEqual(['ear.onnx'])
  })

  it('may be a file, by path or by address', async () => {
    await writeFile(join(folder, 'copied.onnx'), bytes)
    await pull('copied.onnx')
    await pull(pathToFileURL(join(folder, 'copied.onnx')).href)
    expect(await kept()).toEqual(['ear.onnx'])
  })

  it('takes the place of one that was there, at once and whole', async () => {
    await mkdir(join(folder, 'models'))
    await writeFile(join(folder, 'models/ear.onnx'), 'old')
    await pull('/changed').catch(() => undefined)
    expect(await readFile(join(folder, 'models/ear.onnx'), 'utf8')).toBe('old')
    await pull('/model')
    expect(await readFile(join(folder, 'models/ear.onnx'))).toEqual(bytes)
  })

  it('may be another version, when its checksum is given', async () => {
    const other = Buffer.from('another version')
    await writeFile(join(folder, 'other.onnx'), other)
    await pull('other.onnx', { sha256: shaOf(other) })
    expect(await readFile(join(folder, 'models/ear.onnx'), 'utf8')).toBe('another version')
    await expect(pull('other.onnx', { sha256: '0'.repeat(64) })).rejects.toMatchObject({
      code: 'model-checksum',
    })
  })
})

describe('what cannot be pulled is told, and nothing of it is kept', () => {
  it.each([
    ['/nowhere', 'model-not-found', '404 Not Found'],
    ['/busy', 'model-refused', '503'],
    ['/login', 'model-web-page', 'a web page'],
    ['/round', 'model-redirects', 'more than 5 redirects'],
    ['/elsewhere', 'model-redirects', 'ftp://files.example'],
    ['/nonsense', 'model-redirects', 'no address'],
    ['/changed', 'model-checksum', 'is expected'],
    ['/short', 'model-size', '1000 bytes'],
    ['/other-size', 'model-size', '5 bytes'],
    ['/empty', 'model-size', '0 bytes'],
    ['/endless', 'model-size', 'more than 300000 bytes'],
    ['/broken', 'model-broken-off', 'broke off: the connection was closed'],
    ['nowhere.onnx', 'model-not-found', 'there is no such file'],
    ['.', 'model-not-found', 'it is no file'],
    ['file://elsewhere/model', 'model-address', 'is no address of a file here'],
  ])('%s: %s', async (from, code, reason) => {
    const failure = await pull(from).catch((thrown: unknown) => thrown)
    expect(failure).toMatchObject({ name: 'ModelError', code })
    expect((failure as Error).message).toContain(reason)
    expect((failure as { help: string }).help).not.toBe('')
    expect(await kept()).toEqual([])
  })

  it('a server that is not there', async () => {
    const closed = createServer()
    await new Promise<void>((resolve) => void closed.listen(0, '127.0.0.1', resolve))
    const { port } = closed.address() as AddressInfo
    await new Promise((resolve) => closed.close(resolve))
    const failing = pull(`http://127.0.0.1:${port}/model`)
    await expect(failing).rejects.toMatchObject({ code: 'model-unreachable' })
    await expect(failing).rejects.toThrow('nobody listens there')
  })

  it.each(['/stall', '/silent'])('%s: a server that falls silent', async (path) => {
    const clock = createVirtualClock()
    let isOver = false
    const failing = pull(path, { clock }).finally(() => (isOver = true))
    const told = failing.catch((thrown: unknown) => thrown)
    while (!isOver) {
      await clock.advance(1000)
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(await told).toMatchObject({ code: 'model-stalled' })
    expect(await kept()).toEqual([])
  })

  it('a person who gave up', async () => {
    const giveUp = new AbortController()
    const reason = new Error('interrupted')
    const onProgress = () => giveUp.abort(reason)
    await expect(pull('/stall', { signal: giveUp.signal, onProgress })).rejects.toBe(reason)
    await expect(pull('/model', { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    expect(await kept()).toEqual([])
  })

  it('a full disk', async () => {
    await mkdir(join(folder, 'models'))
    await symlink('/dev/full', join(folder, `models/ear.onnx.${process.pid}.part`))
    const failing = pull('/model')
    await expect(failing).rejects.toMatchObject({ code: 'model-unwritable' })
    await expect(failing).rejects.toThrow('the disk is full')
    expect(await kept()).toEqual([])
  })

  it('a folder that cannot be', async () => {
    await writeFile(join(folder, 'models'), 'a file')
    await expect(pull('/model')).rejects.toMatchObject({ code: 'model-unwritable' })
  })

  it('shows no secret of an address', async () => {
    const address = new URL(`${base}/nowhere?token=secret`)
    address.username = 'me'
    address.password = 'hush'
    for (const from of [address.href, `${base}/nowhere?token=secret`, 'https://[secret']) {
      const failure = (await pull(from).catch((thrown: unknown) => thrown)) as Error
      expect(failure.name).toBe('ModelError')
      expect(failure.message).not.toMatch(/token|hush/)
    }
  })
})

it('keeps what has the right checksum and nothing else, whatever comes', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), fc.boolean(), async (data, isRight) => {
      const right = isRight ? data : Uint8Array.from([...data, 1])
      await writeFile(join(folder, 'any.onnx'), data)
      const wanted = model({ bytes: right.length, sha256: shaOf(right) })
      const path = join(folder, 'any/ear.onnx')
      const failure = await pull('any.onnx', { model: wanted, path }).catch((one: unknown) => one)
      expect(failure === undefined).toBe(isRight)
      expect(await readdir(join(folder, 'any')).catch(() => [])).toEqual(
        isRight ? ['ear.onnx'] : [],
      )
      await rm(join(folder, 'any'), { recursive: true, force: true })
    }),
    { numRuns: 40 },
  )
})
