import type { ErrorEntry } from './catalogue.ts'

/** What can be wrong with the agents of a graph file, in the wording that is used most. */
export const agentErrors = {
  'unknown-agent': {
    message: '{agent} hands off to "{name}", but there is no agent with that name.',
    help: '{suggestion}Agents here: {agents}.',
  },
  'start-missing': {
    message: 'There are {count} agents, so the file must say which one answers the call.',
    help: 'Add: start: {first}',
  },
  'agents-differ': {
    message:
      'All agents must take and give the same kinds of frame: {agent} {verb} {type}, but {other} {verb} {otherType}.',
    help: '{hint}',
  },
  'which-brain': {
    message: '{agent} has {count} nodes that could lead the conversation, {nodes}.',
    help: 'Add: brain: {first}',
  },
  'tool-clash': {
    message: 'Two tools of {agent} are both called "{name}": {one} and {other}.',
    help: 'Rename the tool, or set "tool" on the handoff.',
  },
  'agents-step': {
    message: 'The file has agents, but no chain goes through them.',
    help: 'Write, for example: flow: phone -> stt -> agents -> phone',
  },
  'open-flow': {
    message: 'The flow of {agent} does not lead to "out", so nobody hears what it says.',
    help: 'End a chain with "-> out".',
  },
  'bad-handoff': {
    message: '{agent} cannot {does} {name}, which works in the background and never speaks.',
    help: 'Take "background" away from {name}, or name another agent.',
  },
  'silent-agent': {
    message: '{agent} cannot have "{key}", because {why}.',
    help: 'Remove it.',
  },
  'bad-set': {
    message: '{where} sets "{variable}" from "{name}", but the hand-off does not pass that.',
    help: '{suggestion}',
  },
  'part-and': {
    message: '{agent} uses a part, which brings its own nodes, so it cannot have "{key}" too.',
    help: 'Write it into the part, or write the nodes here.',
  },
  'bad-part': {
    message: '{use} is not a part: none of its chains begins at "in" or ends at "out".',
    help: 'Write its flow like this: flow: in -> clean -> tts -> out',
  },
  'part-loop': {
    message: 'Parts use each other in a circle: {path}.',
    help: 'Take one of them out.',
  },
  'part-key': {
    message: '{node} uses a part, so it cannot have "{key}".',
    help: 'Write it at a node inside the part.',
  },
  // Warnings
  'unused-agent': {
    message: 'No agent hands off to {agent} or consults it, so it does nothing.',
    help: 'Name it under "handoffs" of another agent, or remove it.',
  },
  'no-exit': {
    message: '{agent} can neither hand the call off nor end it.',
    help: 'Give it a hand-off, or add end_call to its tools.',
  },
  'one-way-handoff': {
    message: '{agent} hands off to {target}, but no hand-off leads back.',
    help: 'Give {target} a hand-off to {agent} or "back", for callers who change the subject.',
  },
  'dead-back': {
    message: '{agent} gives the call back, but no agent hands it to {agent}, so it never can.',
    help: 'Remove it, or name the agent that is to get the call.',
  },
  'same-when': {
    message: 'The hand-offs of {agent} to {first} and {second} are meant for nearly the same.',
    help: 'Say in "when" what tells them apart.',
  },
  'unguarded-agent': {
    message: '{agent} has a chain of its own that does not go through the guard of all agents.',
    help: 'Put it in front of the voice: flow: in -> llm -> guard -> tts -> out',
  },
  'no-greeting': {
    message: 'Nobody speaks first, because {agent} waits for the caller.',
    help: 'Add to {agent}: enter: { say: How can I help? } or, if it is meant, enter: false',
  },
} as const satisfies Record<string, ErrorEntry>

/** Codes about agents that are no reason to refuse a graph. */
export const agentWarnings: readonly (keyof typeof agentErrors)[] = [
  'unused-agent',
  'no-exit',
  'one-way-handoff',
  'dead-back',
  'same-when',
  'unguarded-agent',
  'no-greeting',
]

/** Other wordings about agents. */
export const agentVariants = {
  'bad-part/alone': {
    message: 'This file is a part: its chains use "in" and "out", so it takes no calls by itself.',
    help: 'Use it at a node of a graph (use: ./part.yaml), or begin and end at a transport.',
  },
  'bad-part/unread': {
    message: 'The part {use} cannot be read: {reason}.',
    help: '',
  },
  'part-loop/deep': {
    message: 'Parts use each other {limit} levels deep here.',
    help: 'Write the innermost one out.',
  },
  'part-loop/many': {
    message: 'The parts of this graph make more than {limit} {what}.',
    help: 'Use fewer of them.',
  },
  'tool-clash/builtin': {
    message: '"{name}" is the name of a built-in tool.',
    help: 'Rename the tool.',
  },
  'unknown-agent/start': {
    message: 'start names "{name}", but there is no agent with that name.',
    help: '{suggestion}Agents here: {agents}.',
  },
  'unknown-agent/consult': {
    message: '{agent} consults "{name}", but there is no agent with that name.',
    help: '{suggestion}Agents here: {agents}.',
  },
  'start-missing/none': {
    message: 'All agents work in the background, so nobody answers the call.',
    help: 'Take "background" away from the one that speaks.',
  },
  'which-brain/none': {
    message: '{agent} has no node that could lead the conversation.',
    help: 'Give it a brain, for example: llm: script-llm',
  },
  'which-brain/unknown': {
    message: '"{name}" is no brain of {agent}.',
    help: '{suggestion}',
  },
  'agents-step/none': {
    message: '{chain} goes through "agents", but the file has no agents.',
    help: 'Add them under "agents", or go through the nodes themselves.',
  },
  'agents-step/name': {
    message: '{chain} goes through the agent "{name}"; a chain goes through all agents at once.',
    help: 'Write agents in its place: it stands for whoever has the floor.',
  },
  'agents-step/inside': {
    message: '{chain} goes through "agents", which cannot stand inside an agent or a part.',
    help: 'A flow in there goes from "in" to "out", through nodes of its own.',
  },
  'agents-step/edge': {
    message: '{chain} goes through "{node}", which only agents and parts have.',
    help: 'Begin and end at a transport, for example: phone -> stt -> agents -> phone',
  },
  'agents-step/end': {
    message: '"{node}" can only be the {where} step of a chain.',
    help: 'Split the chain there.',
  },
  'open-flow/in': {
    message: 'The flow of {agent} does not begin at "in", so it hears nothing.',
    help: 'Begin a chain with "in ->".',
  },
  'bad-handoff/self': {
    message: '{agent} cannot {does} itself.',
    help: 'Name another agent.',
  },
  'bad-handoff/brief': {
    message: '{agent} hands over to {name} with a "brief", but {name} is nobody outside the file.',
    help: 'Use "carry" and "pass" for agents; "brief" goes with "transfer".',
  },
  'bad-handoff/start': {
    message: '{name} cannot answer the call, because it works in the background and never speaks.',
    help: 'Name another agent, or take "background" away from {name}.',
  },
  'bad-set/type': {
    message:
      '{where} sets "{variable}" from "{name}", which is {given}, but the variable is {type}.',
    help: 'Make both the same type.',
  },
  'bad-set/path': {
    message: '{where} looks into "{path}", but the variable {variable} is {type}.',
    help: 'Only a variable of the type object has something inside.',
  },
} as const satisfies Record<string, ErrorEntry>
