import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocketServer, type WebSocket } from 'ws'

/** Longest message that a page may send, in bytes: an event of Daily's with a message of the application in it. */
const maxMessage = 262_144

/** Where one page is served. */
export interface PageSite {
  readonly url: string
  /** Serves it no more. Its socket is not touched. */
  close(): void
}

/** Serves the pages of calls, each below a secret of its own, to the browser on this machine. */
export interface PageServer {
  /** Makes room for one page; `opened` is called with its socket, once. */
  page(opened: (socket: WebSocket) => void): PageSite
  /** Pages that are served now. */
  readonly pages: number
  /** Frees the port. Sockets that are open are closed. */
  close(): Promise<void>
}

/** Modules of the page, beside this file: as they were written, or as they were built. */
const modules = ['main', 'playback', 'playback-worklet', 'capture', 'room'] as const
const extension = import.meta.url.slice(import.meta.url.lastIndexOf('.'))

const html = `<!doctype html>
<html lang="en" data-worklet="page/playback-worklet${extension}">
<meta charset="utf-8">
<title>voxgraph</title>
<script type="importmap">{ "imports": { "@daily-co/daily-js": "./daily.js" } }</script>
<script type="module" src="page/main${extension}"></script>
</html>
`

/**
 * Opens a server on loopback. It is nobody's but the browser's, so it is no site of the process: it answers
 * below the secrets of its pages and nowhere else.
 *
 * @param dailyJs path of daily-js as an ES module
 * @throws Error that says what to install, where this runs from its sources
 */
export async function openPageServer(dailyJs: string): Promise<PageServer> {
  const guests = new Map<string, (socket: WebSocket) => void>()
  const served = new Set<string>()
  const files = readFiles(dailyJs, await loadCompiler())
  const server = createServer((request, response) => {
    void answer(request, response, served, files)
  })
  const sockets = new WebSocketServer({ noServer: true, maxPayload: maxMessage })
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => undefined)
    const secret = secretOf(request.url, 'socket')
    const opened = secret === undefined ? undefined : guests.get(secret)
    const isOurs = request.headers.origin === `http://${request.headers.host}`
    if (secret === undefined || opened === undefined || !isOurs) return refuse(socket)
    // A page has one socket: whoever comes later is not it.
    guests.delete(secret)
    sockets.handleUpgrade(request, socket, head, opened)
  })
  const origin = await listen(server)
  return {
    page(opened) {
      const secret = randomBytes(24).toString('base64url')
      guests.set(secret, opened)
      served.add(secret)
      return {
        url: `${origin}/${secret}/`,
        close: () => {
          guests.delete(secret)
          served.delete(secret)
        },
      }
    },
    get pages() {
      return served.size
    },
    async close() {
      for (const client of sockets.clients) client.terminate()
      server.closeAllConnections()
      await new Promise<void>((resolve) => void server.close(() => resolve()))
    },
  }
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Makes what a browser takes of a module. */
type Compile = (source: string) => Promise<string> | string

/** What was built is what browsers take; sources are compiled now. */
async function loadCompiler(): Promise<Compile> {
  if (extension !== '.ts') return (source) => source
  // Not in the package: no static import, that would put it there.
  const compiler = new URL('./compile-page.ts', import.meta.url)
  const { compilePage } = (await import(compiler.href)) as { readonly compilePage: Compile }
  return compilePage
}

/** Reads what pages are made of, when the first one asks. */
function readFiles(
  dailyJs: string,
  compile: Compile,
): (name: string) => Promise<string> | undefined {
  const known = new Map<string, URL | string>([['daily.js', dailyJs]])
  for (const name of modules) {
    const file = `page/${name}${extension}`
    known.set(file, new URL(`./${file}`, import.meta.url))
  }
  const read = new Map<string, Promise<string>>([['', Promise.resolve(html)]])
  return (name) => {
    const path = known.get(name)
    if (path === undefined || read.has(name)) return read.get(name)
    const text = readFile(path, 'utf8').then((source) =>
      name.endsWith(extension) ? compile(source) : source,
    )
    read.set(name, text)
    return text
  }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  served: ReadonlySet<string>,
  files: (name: string) => Promise<string> | undefined,
): Promise<void> {
  const [, secret = '', ...rest] = (request.url ?? '').split('/')
  const name = rest.join('/')
  const text = served.has(secret) && request.method === 'GET' ? files(name) : undefined
  if (text === undefined) {
    response.writeHead(404).end()
    return
  }
  const type = name === '' ? 'text/html' : 'text/javascript'
  try {
    const body = await text
    response.writeHead(200, {
      'content-type': `${type}; charset=utf-8`,
      'cache-control': 'no-store',
      // The address is the secret, and the page loads code from elsewhere.
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    })
    response.end(body)
  } catch {
    response.writeHead(500).end()
  }
}

/** The secret of a path `/<secret>/<name>`. */
function secretOf(url: string | undefined, name: string): string | undefined {
  const [, secret, rest] = (url ?? '').split('/')
  return rest === name ? secret : undefined
}

function refuse(socket: Duplex): void {
  socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
}
