import type { Plan } from '../graph/plan.ts'
import type {
  PlaygroundAgent,
  PlaygroundGraph,
  PlaygroundNode,
  PlaygroundSocket,
} from '../server/playground-graph.ts'
import { agentsStep } from './draw-fold.ts'
import { renderLive } from './draw-live.ts'
import { pictureOf, type Picture } from './draw-picture.ts'

/** What the playground shows of a graph. Drawn here, where the drawers are; the server only hands it out. */
export async function playgroundGraph(plan: Plan): Promise<PlaygroundGraph> {
  const picture = pictureOf(plan)
  const across = await renderLive(picture, 'across')
  const down = await renderLive(picture, 'down')
  const transport = plan.nodes.find(({ manifest }) => manifest.kind === 'transport')
  const whole = plan.budgets.find((budget) => budget.stage === 'turn')
  return {
    name: plan.name,
    transport: transport?.use ?? '',
    socket: transport && socketOf(transport.use, transport.options),
    nodes: nodesOf(plan, picture),
    agents: agentsOf(picture),
    arrows: picture.arrows.map(({ from, to, types }) => ({ from, to, types })),
    budgetMs: whole?.p95Ms ?? whole?.p50Ms,
    pictures: { across, down },
  }
}

/** Transport that a page can call. */
const callable = 'websocket'

function socketOf(
  use: string,
  { path, token, jwt }: Readonly<Record<string, unknown>>,
): PlaygroundSocket | undefined {
  if (use !== callable) return undefined
  return {
    path: typeof path === 'string' ? path : '/',
    asksForToken: Boolean(token) || jwt !== undefined,
  }
}

function nodesOf({ nodes }: Plan, { boxes, cast }: Picture): readonly PlaygroundNode[] {
  return nodes
    .filter((node) => !node.inserted)
    .map(({ id, label, use, manifest, agent = '' }) => {
      const own = boxes.filter((box) => box.node === (agent === '' ? id : agentsStep))
      const inCast = cast?.agents.filter(({ name }) => name === agent) ?? []
      const drawn = [...own, ...inCast].map((box) => box.id)
      const ear = own.find((box) => box.kind === 'ear')?.id ?? ''
      return { id, label, use, role: manifest.role, agent, boxes: drawn, ear }
    })
}

const agentsOf = ({ cast }: Picture): readonly PlaygroundAgent[] =>
  cast?.agents.map(({ id, name, role }) => ({ id: name, role, box: id })) ?? []
