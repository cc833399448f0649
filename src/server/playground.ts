import { readFile } from 'node:fs/promises'
import type { Site, Web, WebResponse } from '../define/index.ts'
import type { PlaygroundGraph } from './playground-graph.ts'

/** A file of the page. */
export interface PageFile {
  readonly type: string
  readonly body: Uint8Array | string
}

/** Files of the page by name: `index.html`, `app.js`. */
export type PageFiles = Readonly<Record<string, PageFile>>

/** Files that the page is made of, and what they are. */
const fileTypes: Readonly<Record<string, string>> = {
  'index.html': 'text/html; charset=utf-8',
  'app.js': 'text/javascript; charset=utf-8',
  'style.css': 'text/css; charset=utf-8',
  'icon.svg': 'image/svg+xml',
}

/**
 * What a page of ours may do: load its own files, talk to its own server, and make the worklets of the
 * browser client from blobs. Nothing from elsewhere, nothing in line, no frame around it.
 */
const policy = [
  "default-src 'none'",
  "script-src 'self' blob:",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "worker-src 'self' blob:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const pageHeaders: Readonly<Record<string, string>> = {
  'Cache-Control': 'no-cache',
  'Content-Security-Policy': policy,
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Permissions-Policy': 'microphone=(self), camera=(), geolocation=()',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
}

/** Path of the page below a site. */
export const playgroundPath = '/playground'

/**
 * Puts the playground of a graph on a site: the page at `/playground`, its files and the graph below it. Files are
 * loaded when the first of them is asked for.
 */
export function mountPlayground(site: Site, graph: () => Promise<PlaygroundGraph>): void {
  const files = once(playgroundFiles)
  const drawn = once(graph)
  for (const name of Object.keys(fileTypes)) {
    const path = name === 'index.html' ? playgroundPath : `${playgroundPath}/${name}`
    site.route({ method: 'GET', path, answer: async () => fileAnswer((await files())[name]) })
  }
  site.route({
    method: 'GET',
    path: `${playgroundPath}/graph.json`,
    answer: async () =>
      fileAnswer({ type: 'application/json', body: JSON.stringify(await drawn()) }),
  })
}

/** Puts a page with a link to the playground of each graph at `/playground` of a site that holds them all. */
export function mountPlaygroundIndex(site: Site, graphs: readonly string[]): void {
  const files = once(playgroundFiles)
  site.route({
    method: 'GET',
    path: playgroundPath,
    answer: () => fileAnswer({ type: htmlType, body: indexPage(graphs) }),
  })
  for (const name of ['style.css', 'icon.svg']) {
    const path = `${playgroundPath}/${name}`
    site.route({ method: 'GET', path, answer: async () => fileAnswer((await files())[name]) })
  }
}

/** HTTP whose sites have the playground: for a graph that has a listener of its own. */
export const withPlayground = (web: Web, graph: () => Promise<PlaygroundGraph>): Web => ({
  async open(at) {
    const site = await web.open(at)
    mountPlayground(site, graph)
    return site
  },
})

const htmlType = 'text/html; charset=utf-8'

const fileAnswer = (file: PageFile | undefined): WebResponse =>
  file === undefined
    ? { status: 404 }
    : {
        status: 200,
        headers: { ...pageHeaders, 'Content-Type': file.type },
        body: file.body,
      }

/**
 * The page: built along with the package; where the sources run, bundled now.
 * @throws Error when the page was not built, or what would bundle it is not installed
 */
export async function playgroundFiles(): Promise<PageFiles> {
  if (import.meta.url.endsWith('.ts')) {
    const bundler = new URL('../playground/bundle.ts', import.meta.url)
    const { bundlePlayground } = (await import(bundler.href)) as {
      readonly bundlePlayground: () => Promise<Readonly<Record<string, string>>>
    }
    return typed(await bundlePlayground())
  }
  const folder = new URL('../../playground/', import.meta.url)
  const names = Object.keys(fileTypes)
  const bodies = await Promise.all(names.map((name) => readFile(new URL(name, folder))))
  return typed(Object.fromEntries(names.map((name, index) => [name, bodies[index] ?? ''])))
}

const typed = (bodies: Readonly<Record<string, Uint8Array | string>>): PageFiles =>
  Object.fromEntries(
    Object.entries(fileTypes).map(([name, type]) => [name, { type, body: bodies[name] ?? '' }]),
  )

/** Makes it when it is first asked for; what failed is tried again. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () => {
    made ??= make().catch((thrown: unknown) => {
      made = undefined
      throw thrown
    })
    return made
  }
}

const indexPage = (graphs: readonly string[]): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>voxgraph playground</title>
<link rel="icon" href="playground/icon.svg">
<link rel="stylesheet" href="playground/style.css">
</head>
<body class="index">
<main>
<h1>Playground</h1>
<p>Graphs that this process serves:</p>
<ul>
${graphs.map((name) => `<li><a href="${encodeURIComponent(name)}/playground">${escaped(name)}</a></li>`).join('\n')}
</ul>
</main>
</body>
</html>
`

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
