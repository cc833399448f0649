import type { ErrorEntry } from './catalogue.ts'

/** What can go wrong while a graph runs. */
export const runtimeErrors = {
  'node-failed': {
    message: '{node} ({use}) failed: {reason}',
    help: 'The log has the whole error. on_error says what happens to the call.',
  },
  'setup-failed': {
    message: '{node} ({use}) could not start: {reason}',
    help: 'The call cannot begin without it.',
  },
  'setup-timeout': {
    message: '{node} ({use}) was not ready within {ms} ms.',
    help: 'Look at what its setup waits for.',
  },
  'words-late': {
    message: '{node} has not said for {ms} ms what the caller said.',
    help: 'The caller is asked to wait; the recogniser is given up when its timeout is over.',
  },
  'close-timeout': {
    message: '{node} ({use}) did not close within {ms} ms and was left behind.',
    help: 'Look at what its close() waits for.',
  },
  'drain-timeout': {
    message: 'The call did not come to rest within {ms} ms; still busy: {nodes}.',
    help: 'It was stopped. What was under way is lost.',
  },
  'mailbox-full': {
    message: '{node} has {count} frames waiting on {port} and {source} cannot wait.',
    help: 'Give the input another overflow policy or a larger buffer, or make {node} faster.',
  },
  'wrong-output': {
    message: '{node} emitted a {type} frame, but its output {port} gives {expected}.',
    help: 'Name the output with to("port", frame), or declare it in ports.out.',
  },
  'unknown-output': {
    message: '{node} emitted a frame to "{port}", but it has no output of that name.',
    help: 'Outputs: {outputs}.',
  },
  'unknown-frame': {
    message: '{node} emitted a frame of type "{type}", which this graph does not know.',
    help: 'List it under "frames" in the definition of the processor.',
  },
  'needs-real-time': {
    message: '{nodes} cannot run on virtual time, because what is behind it cannot wait.',
    help: 'Run it live, or swap it for something that can: the file transport, an embedded engine.',
  },
  'unknown-var': {
    message: 'There is no variable called "{name}" to be set.',
    help: 'Declare it under vars. Declared: {vars}.',
  },
  'bad-var': {
    message: 'The variable "{name}" was not set, because its new value {reason}.',
    help: 'See its entry under vars.',
  },
  'bad-caller': {
    message: 'A caller cannot be remembered by an id of {length} characters.',
    help: 'An id has 1 to {limit} characters, all of them whole.',
  },
  'memory-full': {
    message:
      'What is to be remembered of a caller has {length} characters of JSON; {limit} is the most.',
    help: 'Keep fewer or shorter variables: see "keep" under memory.',
  },
  'memory-failed': {
    message: 'The memory {use} could not {what}: {reason}',
    help: 'The call goes on without it.',
  },
  'memory-timeout': {
    message: 'The memory {use} did not {what} within {ms} ms.',
    help: 'The call goes on without it.',
  },
  'mcp-sdk-missing': {
    message: '{server} is an MCP server, and the package that speaks with those is not installed.',
    help: 'npm install @modelcontextprotocol/sdk@1.32.2',
  },
  'mcp-failed': {
    message: 'The MCP server {server} did not come up: {reason}',
    help: 'Check its entry under mcp, and try its command or its address by hand.',
  },
  'tool-missing': {
    message: 'The MCP server {server} has no tool called "{tool}".',
    help: '{suggestion}It has: {tools}.',
  },
  'bad-mcp-tool': {
    message: 'The MCP server {server} does not describe its tool {tool} well: {reason}.',
    help: 'Write "parameters" at tools.{id}, a JSON Schema that takes the place of its own.',
  },
  'keys-refused': {
    message: 'The far end takes no keys.',
    help: 'press_keys works where the transport has an input for keys.',
  },
  'no-transport': {
    message: '{graph} has no transport, so nobody can call it.',
    help: 'Put one at both ends of the flow: phone: websocket.',
  },
  'two-transports': {
    message: '{graph} has {count} transports ({nodes}); a call comes in by one.',
    help: 'Keep one, or run two graphs.',
  },
  'cannot-dial': {
    message: 'Nobody can be called: {reason}.',
    help: 'The transports twilio and daily can. Where a profile of the graph has one, name it: --profile phone.',
  },
  'dial-failed': {
    message: '{to} was not reached: {reason}.',
    help: 'Nothing is wrong with the graph; it can be tried again later.',
  },
} as const satisfies Record<string, ErrorEntry>
