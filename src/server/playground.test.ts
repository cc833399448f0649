import { afterEach, describe, expect, it } from 'vitest'
import { createWeb } from 'voxgraph/testing'
import type { Site } from '../define/index.ts'
import type { PlaygroundGraph } from './playground-graph.ts'
import { mountPlayground, mountPlaygroundIndex, playgroundFiles } from './playground.ts'

const graph: PlaygroundGraph = {
  name: 'desk',
  transport: 'websocket',
  socket: { path: '/', asksForToken: false },
  nodes: [],
  agents: [],
  arrows: [],
  budgetMs: undefined,
  pictures: { across: '<svg/>', down: '<svg/>' },
}

const sites: Site[] = []
afterEach(async () => {
  for (const site of sites.splice(0)) await site.close()
})

async function open(): Promise<Site> {
  const site = await createWeb().open({ host: '127.0.0.1', port: 0 })
  sites.push(site)
  return site
}

describe('the playground on a site', () => {
  it('is a page, its files and the graph, and lets a browser load nothing from elsewhere', async () => {
    const site = await open()
    mountPlayground(site, async () => graph)
    const expected = {
      '': 'text/html; charset=utf-8',
      '/app.js': 'text/javascript; charset=utf-8',
      '/style.css': 'text/css; charset=utf-8',
      '/icon.svg': 'image/svg+xml',
      '/graph.json': 'application/json',
    }
    for (const [path, type] of Object.entries(expected)) {
      const answer = await fetch(`${site.address}/playground${path}`)
      expect([path, answer.status]).toEqual([path, 200])
      expect(answer.headers.get('content-type')).toContain(type)
      const policy = answer.headers.get('content-security-policy') ?? ''
      expect(policy).toMatch(/^default-src 'none';/)
      expect(policy).not.toMatch(/unsafe|https?:|\*/)
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
      expect((await answer.text()).length).toBeGreaterThan(50)
    }
    const shown: unknown = await (await fetch(`${site.address}/playground/graph.json`)).json()
    expect(shown).toEqual(JSON.parse(JSON.stringify(graph)))
  })

  it('is not there unless somebody has put it there', async () => {
    const site = await open()
    expect((await fetch(`${site.address}/playground`)).status).toBe(404)
  })

  it('draws the graph when it is asked for, once, and again when that has failed', async () => {
    const site = await open()
    let drawn = 0
    mountPlayground(site, async () => {
      if (++drawn === 1) throw new Error('no room to draw')
      return graph
    })
    expect(drawn).toBe(0)
    const ask = async (): Promise<number> =>
      (await fetch(`${site.address}/playground/graph.json`)).status
    expect([await ask(), await ask(), await ask()]).toEqual([500, 200, 200])
    expect(drawn).toBe(2)
  })

  it('names nothing on the network in any of its files', async () => {
    const files = Object.entries(await playgroundFiles())
    expect(files).toHaveLength(4)
    for (const [name, { body }] of files) {
      const addresses = String(body).match(/(https?:)?\/\/[a-z][^\s"'`)]*/g) ?? []
      // A name of XML is an address that nobody asks for anything.
      expect([name, addresses.filter((one) => one !== 'http://www.w3.org/2000/svg')]).toEqual([
        name,
        [],
      ])
    }
  })
})

describe('the page that leads to all playgrounds', () => {
  it('has a link for each graph, and takes no name for markup', async () => {
    const site = await open()
    mountPlaygroundIndex(site, ['desk', 'a<b "c"&d'])
    const page = await (await fetch(`${site.address}/playground`)).text()
    expect(page).toContain('<a href="desk/playground">desk</a>')
    expect(page).toContain(
      '<a href="a%3Cb%20%22c%22%26d/playground">a&lt;b &quot;c&quot;&amp;d</a>',
    )
  })
})
