import type { ErrorEntry } from './catalogue.ts'

/** What can be wrong with the files that a graph is laid over, and with its profiles. */
export const layerErrors = {
  'extends-loop': {
    message: 'extends goes in a circle: {path}.',
    help: 'Take one of them out.',
  },
  'bad-base': {
    message: 'extends takes graphs beside this one, and "{use}" is none.',
    help: 'Write a path that begins with ./ and ends in .yaml.',
  },
  'too-many-profiles': {
    message: 'This graph has more than {limit} profiles.',
    help: 'Move some of them to graphs of their own that extend this one.',
  },
  'unknown-profile': {
    message: 'There is no profile "{name}".',
    help: '{suggestion}',
  },
} as const satisfies Record<string, ErrorEntry>

/** Other wordings: the code that is printed, a slash, and what is different. */
export const layerVariants = {
  'extends-loop/deep': {
    message: 'Graphs extend each other {limit} levels deep here.',
    help: 'Write the lowest one out in the one above it.',
  },
  'extends-loop/many': {
    message: 'This graph is made of more than {limit} files.',
    help: 'Write some of them out in others.',
  },
  'bad-base/part': {
    message: '{use} is a part: its chains use "in" and "out", so no graph can be laid over it.',
    help: 'Use it at a node: use: {use}',
  },
  'bad-base/unread': { message: '{use} cannot be read: {reason}.', help: '' },
  'unknown-profile/none': {
    message: 'There is no profile "{name}": the graph has none.',
    help: 'Add it: profiles: { {name}: { nodes: { phone: websocket } } }',
  },
} as const satisfies Record<string, ErrorEntry>
