import type { ErrorEntry } from '../../errors/catalogue.ts'

/**
 * What can be wrong with a test file beside what can be wrong with any file of ours (YAML, keys, shapes,
 * lengths of time), for which the codes of the graph stand.
 */
export const testErrors = {
  'test-target': {
    message: '{target} cannot be tested: {reason}.',
    help: 'Run: voxgraph check {target}',
  },
  'test-empty': {
    message: 'This file has no cases, so it tests nothing.',
    help: 'Add: cases: [{ name: greets, steps: [{ expect: { says: hello } }] }]',
  },
  'test-case-twice': {
    message: 'Two cases are called "{name}"; the first one is on line {line}.',
    help: 'Give each case a name of its own: --filter and snapshots go by it.',
  },
  'test-too-many': {
    message: 'There are more than {limit} {things} here.',
    help: 'Split the file, or the case.',
  },
  'test-no-step': {
    message: 'This step says nothing to do.',
    help: 'A step is one of user, feed, fail, expect, never, snapshot, wait and hangup.',
  },
  'test-two-steps': {
    message: 'A step does one thing, but this one has {kinds}.',
    help: 'Write a step for each, in the order in which they happen.',
  },
  'test-at-nowhere': {
    message: '"at" says when somebody does something, but "{kind}" waits or looks.',
    help: 'Write a step "wait" before it.',
  },
  'test-expects-nothing': {
    message: 'This expectation says nothing about what is to happen.',
    help: 'Name one of says, heard, tool, handoff, at, turn, interrupted, held, resumed, ended, vars and agent.',
  },
  'test-expects-two': {
    message: 'One event cannot be {kinds} at once.',
    help: 'Write an expectation for each.',
  },
  'test-pattern': {
    message: '{pattern} is not a regular expression: {reason}.',
    help: 'Write text without slashes for what is contained, or correct the expression.',
  },
  'test-moment': {
    message: '"{text}" is no moment of a call.',
    help: 'Moments: start, step, heard, quiet, and node.first_audio or node.<type of frame>; an agent can stand for its nodes.',
  },
  'test-node': {
    message: '{graph} has no node "{name}".',
    help: '{suggestion}{agents}Nodes: {nodes}.',
  },
  'test-agent': {
    message: '{graph} has no agent "{name}".',
    help: '{suggestion}Agents: {names}.',
  },
  'test-no-agents': {
    message: '{graph} has no agents, so {what}.',
    help: '{help}',
  },
  'test-handoff': {
    message: '{graph} has no agent "{name}" that could get the call.',
    help: '{suggestion}The call can go to: {names}.',
  },
  'test-port': {
    message: '{node} has no input "{port}".',
    help: 'Inputs of {node}: {ports}.',
  },
  'test-mock': {
    message: '{path} cannot be used as a dialogue: {reason}.',
    help: 'Write a map of the options of script-llm: start, rules and the others.',
  },
  'test-var': {
    message: '{graph} has no variable "{name}".',
    help: '{suggestion}Variables: {names}.',
  },
  'test-tool': {
    message: '{graph} has no tool "{name}".',
    help: '{suggestion}Tools: {names}.',
  },
  'test-feed': {
    message: 'A frame of type "{type}" cannot be written in a test.',
    help: 'Feed text, transcript, dtmf or message.',
  },
  'test-no-ears': {
    message: '{graph} has nothing that turns speech into words, so nobody can say this to it.',
    help: 'Feed a port instead: feed: { llm.text: hello }',
  },
  'test-no-keys': {
    message: 'No keys lead from {node} to anybody, so the caller cannot press any.',
    help: 'Add a chain to the graph, for example: keys: {node}.dtmf -> llm.dtmf',
  },
  'test-keys': {
    message: '{shown} are not keys of a telephone.',
    help: 'Keys are 0-9, *, # and A-D; write them as text: "1#".',
  },
  'test-needs-mock': {
    message: '{node} ({use}) talks to a service, and a test calls nobody.',
    help: 'Add a mock: mocks: { {node}: { {mock} } }',
  },
  'test-sound': {
    message: '{path} cannot be used as the voice of the caller: {reason}.',
    help: 'Name a WAV file, relative to the test.',
  },
  'test-sound-as-text': {
    message: 'A sound has no words, and this case runs on words.',
    help: 'Set modality: audio, or write what is said: user: hello',
  },
  'test-real-clock': {
    message: 'Scenarios run on virtual time; "clock: real" is not supported yet.',
    help: 'Mock what needs real time, or call the running graph: voxgraph call',
  },
} as const satisfies Record<string, ErrorEntry>

/** A code of this family. */
export type TestErrorCode = keyof typeof testErrors
