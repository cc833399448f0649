import { ofProcessor } from './override.ts'

/** What has to be known of a place in a graph to lay one file over another there. */
export interface MergePlace {
  /** Places below it, by key, and of all other keys. */
  readonly keys?: Readonly<Record<string, MergePlace>>
  readonly each?: MergePlace
  /** Keys that say what it is: with another value it is another thing. */
  readonly names?: readonly string[]
  /** Keys that go with what it was. */
  readonly owned?: readonly string[]
  /** Without a name it is something all the same, because defaults say what. */
  readonly implied?: true
  /** The key that a value stands for that is no map. */
  readonly short?: string
}

/** A node of the graph or of an agent. */
export const node: MergePlace = {
  names: ['use'],
  owned: ofProcessor.filter((key) => key !== 'use'),
  short: 'use',
}
const member: MergePlace = { ...node, implied: true }
/** Nodes that agents have by name, and get from the defaults where they say nothing of them. */
export const memberKeys: readonly string[] = ['llm', 'guard', 'tts']
const eachMember = (place: MergePlace): Readonly<Record<string, MergePlace>> =>
  Object.fromEntries(memberKeys.map((key) => [key, place]))
/** Its place in the conversation stays, whatever works behind it: `set`, `filler`, `on_interrupt`. */
const tool: MergePlace = {
  names: ['use'],
  owned: ['timeout', 'description', 'parameters'],
  short: 'use',
}
/** What is sent to one server, keys included, must not reach another. */
const server: MergePlace = {
  names: ['url', 'command'],
  owned: ['url', 'command', 'env', 'headers'],
}
const variable: MergePlace = { short: 'type' }
const flow: MergePlace = { short: 'main' }
const agent: MergePlace = {
  names: ['use'],
  owned: ['with'],
  keys: { ...eachMember(member), nodes: { each: node }, flow },
}

/** The file as a whole. What is not named here merges by key, as far as it is a map. */
export const wholeGraph: MergePlace = {
  keys: {
    params: { each: variable },
    vars: { each: variable },
    memory: { names: ['use'], owned: ['with'] },
    nodes: { each: node },
    flow,
    defaults: { keys: { agent: { keys: eachMember(node) } } },
    agents: { each: agent },
    tools: { each: tool },
    mcp: { each: server },
  },
}
