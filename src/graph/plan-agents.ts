import type { JsonSchema } from '../schema/json-schema.ts'

/** What the agents of a graph are and to whom each of them may give the call. */
export interface PlanAgents {
  /** Agent that answers the call. */
  readonly start: string
  /** In the order of the file. */
  readonly agents: readonly PlanAgent[]
}

/** One agent. Its nodes are those of the plan whose `agent` is its id. */
export interface PlanAgent {
  readonly id: string
  /**
   * `floor`: it speaks with the caller when the floor is its own. `adviser`: others consult it, it never
   * speaks. `background`: it follows the whole call and never speaks.
   */
  readonly role: 'floor' | 'adviser' | 'background'
  /** Id of the node that leads it. */
  readonly brain: string
  readonly enter: PlanEnter
  readonly handoffs: readonly PlanHandoff[]
  /** Agents that it may consult. */
  readonly consults: readonly PlanConsult[]
}

/** What an agent does when it gets the floor. */
export type PlanEnter =
  /** It waits for the caller. */
  | { readonly kind: 'wait' }
  /** It answers what the caller has just said. */
  | { readonly kind: 'reply' }
  /** It says a sentence; `{{var}}` in it is expanded then. */
  | { readonly kind: 'say'; readonly text: string }
  /** It says something that it makes from an instruction. */
  | { readonly kind: 'instruct'; readonly text: string }

/** What the next agent is told of what has been said. */
export type Carry = 'transcript' | 'all' | 'summary' | 'none' | { readonly last: number }

/** Where a hand-off leads. */
export type HandoffTarget =
  | { readonly kind: 'agent'; readonly agent: string }
  /** Whoever the agent has the floor from. */
  | { readonly kind: 'back' }
  /** The end of the call. */
  | { readonly kind: 'end' }
  /**
   * Somebody outside the graph: a phone number, or a queue of people; `{{var}}` is expanded then. `brief` as at
   * `PlanDestination`.
   */
  | {
      readonly kind: 'transfer'
      readonly destination: string
      readonly brief?: string | undefined
    }

/** One way in which an agent may give the call away: a tool of its model. */
export interface PlanHandoff {
  /** As written: an agent, `back`, `end`, or the name of a transfer. */
  readonly name: string
  /** Name of the tool; `transfer_to_<name>` unless the file says otherwise. */
  readonly tool: string
  readonly target: HandoffTarget
  /** Tells the model what it is for. */
  readonly when: string
  readonly carry: Carry
  /** JSON Schema of what the model passes on; an object. */
  readonly pass: JsonSchema
  /** Said before the floor moves; `{{var}}` is expanded then. */
  readonly say: string | undefined
  /** The model has the tool only while every variable (`customer.tier`) has its value. */
  readonly onlyIf: Readonly<Record<string, unknown>>
  /** Variables that are set from what is passed: name of the variable to path in `pass`. */
  readonly set: Readonly<Record<string, string>>
  /** Times that it may be used in a call. */
  readonly max: number
  /** How long the next agent may take until it speaks or listens, in ms. */
  readonly timeoutMs: number
}

/** An agent that another may ask. */
export interface PlanConsult {
  readonly agent: string
  /** Name of the tool: `consult_<agent>`. */
  readonly tool: string
  /** Tells the model what it is for. */
  readonly when: string
  readonly timeoutMs: number
}

/**
 * Nodes at which the way of the frames branches off to the agents, and comes together again: the main one,
 * and one for the words of all agents, where the graph names `agents.text`.
 */
export const gateIds = { in: 'agents/in', out: 'agents/out', text: 'agents/text' } as const
