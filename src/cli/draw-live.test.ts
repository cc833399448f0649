import { join } from 'node:path'
import { expect, it } from 'vitest'
import { root } from '../../test/sources.ts'
import { check } from '../graph/check.ts'
import { createHost } from '../graph/host.ts'
import { playgroundGraph } from './playground-graph.ts'
import type { PlaygroundGraph } from '../server/playground-graph.ts'

async function shown(file: string): Promise<PlaygroundGraph> {
  const { plan } = await check(join(root, file), await createHost({ cwd: root, lenient: true }))
  if (plan === undefined) throw new Error(`${file} is no graph`)
  return playgroundGraph(plan)
}

/** Boxes of a drawing that can be lit. */
const boxesIn = (svg: string): readonly string[] =>
  [...svg.replaceAll('&#45;', '-').matchAll(/class="node box-(\S+)/g)].map(([, id = '']) => id)
const arrowsIn = (svg: string): readonly string[] =>
  [...svg.replaceAll('&#45;', '-').matchAll(/class="edge from-(\S+) to-(\S+?)["\s]/g)].map(
    ([, from, to]) => `${from} ${to}`,
  )

it.each(['graphs/front-desk.yaml', 'graphs/support.yaml', 'test/fixtures/cli/desk.yaml'])(
  'draws every node and arrow of %s where the page looks for it, and no colour',
  async (file) => {
    const { nodes, agents, arrows, pictures } = await shown(file)
    for (const svg of [pictures.across, pictures.down]) {
      const boxes = boxesIn(svg)
      for (const node of nodes) {
        expect(node.boxes.length, node.id).toBeGreaterThan(0)
        for (const box of node.boxes) expect(boxes).toContain(box)
      }
      for (const { box } of agents) expect(boxes).toContain(box)
      const drawn = arrowsIn(svg)
      for (const { from, to } of arrows) expect(drawn).toContain(`${from} ${to}`)
      expect(svg).toMatch(/^<svg /)
      expect(svg).not.toMatch(/(fill|stroke)="|<title>|<\?xml|<!/)
    }
  },
)

it('tells nothing of the options of nodes', async () => {
  const text = JSON.stringify(await shown('graphs/front-desk.yaml'))
  expect(text).not.toContain('Breakfast')
  expect(text).not.toContain('call.wav')
})
