import { agentErrors, agentVariants, agentWarnings } from './agent-errors.ts'
import type { ErrorEntry } from './catalogue.ts'
import { fallbackErrors, fallbackVariants } from './fallback-errors.ts'
import { layerErrors, layerVariants } from './layer-errors.ts'

/** What can be wrong with a graph file: one entry per code, in the wording that is used most. */
export const graphErrors = {
  // Reading the file
  'file-missing': {
    message: 'Cannot read {path}; it was looked for next to {file}.',
    help: '{suggestion}',
  },
  'too-large': {
    message: 'This file is larger than {limit}; a graph is a page or two.',
    help: 'Move long texts to files of their own and name them with ${file:...}.',
  },
  'not-text': {
    message: 'This file is not UTF-8 text.',
    help: 'Save it as UTF-8 without control characters.',
  },
  'yaml-syntax': { message: 'This is not valid YAML: {reason}.', help: '{hint}' },
  'yaml-documents': {
    message: 'This file holds several YAML documents; a graph is one document.',
    help: 'Remove the line "---", or put the second graph in a file of its own.',
  },
  'too-deep': {
    message: 'This goes deeper than {limit} levels.',
    help: 'Nothing in a graph needs that; look for a bracket that is not closed.',
  },
  'alias-bomb': {
    message: 'The aliases of this file stand for more than {limit} values.',
    help: 'Write the values out, or repeat less with anchors.',
  },
  'alias-loop': {
    message: 'The anchor "{name}" contains itself.',
    help: 'Take the alias out of the value that it names.',
  },
  'duplicate-key': {
    message: '"{key}" is defined twice in {where}; the first one is on {line}.',
    help: '',
  },
  version: {
    message: 'The file must say which grammar it uses; add "version: 1" as the first line.',
    help: '',
  },
  'unknown-key': { message: '"{key}" is not a key of {owner}.', help: '{suggestion}' },
  'not-yet': {
    message: '"{key}" is not supported yet by this version of voxgraph.',
    help: '{hint}',
  },
  'misplaced-option': {
    message: '"{key}" is an option of {use}, so it belongs under "with".',
    help: 'Move it two spaces to the right, below "with:".',
  },
  'wrong-shape': { message: '{what} must be {expected}, but this is {actual}.', help: '{hint}' },
  'missing-key': { message: '{owner} needs "{key}".', help: '{hint}' },
  'bad-name': {
    message:
      '"{name}" cannot be a name: use lower-case letters, digits and "_", starting with a letter.',
    help: '{suggestion}',
  },
  // Values
  'env-missing': {
    message: '{count} environment variables are not set: {names}.',
    help: 'Set them, add them to .env, or give a default: ${env:NAME:-value}.',
  },
  'secret-missing': {
    message: 'There is no secret called "{name}".',
    help: 'Add it where this runtime looks for secrets, or use ${env:NAME}.',
  },
  'param-missing': {
    message: 'The parameter "{name}" has no value.',
    help: 'Give it with --set {name}=..., or give it a default in params.',
  },
  'unknown-param': {
    message: 'The file uses the parameter "{name}", but params has no such entry.',
    help: '{suggestion}',
  },
  'unknown-override': {
    message: 'A processor was given for "{name}", but there is no node with that name.',
    help: '{suggestion}Nodes here: {nodes}.',
  },
  'interpolation-source': {
    message: '"{written}" does not say where the value comes from.',
    help: 'Write ${env:{name}}.',
  },
  'interpolation-in-shape': {
    message: '"{key}" cannot depend on the environment, because that would change the graph.',
    help: '{hint}',
  },
  'env-type': {
    message: '{ref} is "{value}", but {option} must be {kind}.',
    help: '',
  },
  'time-unit': {
    message: '"{option}" is a length of time and needs a unit.',
    help: 'Write {choice}, not {value}.',
  },
  'literal-secret': {
    message: '{option} is a secret and must not be written in the file.',
    help: 'Use ${env:{variable}} or ${secret:{secret}}.',
  },
  'undeclared-var': {
    message: 'The {option} of {node} uses {{{name}}}, but vars has no such entry.',
    help: '{suggestion}',
  },
  // Processors and tools
  'unknown-processor': {
    message: 'There is no built-in processor called "{name}".',
    help: '{suggestion}',
  },
  'not-a-module': {
    message: '{use} is not a TypeScript or JavaScript module.',
    help: 'Write a path that begins with ./ and ends in .ts, .mts, .js or .mjs.',
  },
  'no-such-export': {
    message: '{path} has no {kind} called "{name}".',
    help: '{exports}',
  },
  'wrong-kind': { message: '{use} is {actual}, but {where} needs {expected}.', help: '{hint}' },
  'module-syntax': {
    message: '{path} is not valid {language}: {reason}.',
    help: 'The mistake is at {position}.',
  },
  'module-failed': {
    message: '{path} failed while it was loaded: {reason}',
    help: '{hint}',
  },
  'module-timeout': {
    message: '{path} was not loaded within {seconds} s.',
    help: 'A module must not wait or loop while it is imported; move that into setup.',
  },
  'bad-manifest': {
    message: '{use} does not describe itself well: {reason}.',
    help: 'Correct it in the definition of the {kind}.',
  },
  'builtin-failed': {
    message: 'The built-in {name} could not be loaded: {reason}',
    help: '{hint}',
  },
  'unknown-option': { message: '"{name}" is not an option of {use}.', help: '{suggestion}' },
  'missing-option': { message: '{use} needs "{name}".', help: 'See: {see}' },
  'bad-value': {
    message: '{option} must be {expected}; {shown} is not.',
    help: '{suggestion}',
  },
  'unknown-tool': {
    message: '{node} uses the tool "{name}", but tools has no such entry.',
    help: '{suggestion}Tools here: {tools}.',
  },
  'unknown-server': {
    message: '{use} is a tool of the server "{name}", but mcp has no such entry.',
    help: '{suggestion}Servers here: {servers}.',
  },
  'no-keys': {
    message:
      'press_keys needs a far end that takes keys, and {phone} ({use}) has no input for them.',
    help: 'Use a transport with an input for keys, such as websocket, or leave the tool out.',
  },
  'plugin-not-installed': {
    message: 'The package {name} is not installed where {file} could find it.',
    help: 'npm install {name}',
  },
  // Flow
  'bad-chain': {
    message: '"{text}" is not a step of a chain.',
    help: 'A step is the name of a node, or node.port; write: phone -> stt -> llm',
  },
  'unknown-node': {
    message: '{chain} goes through "{name}", but there is no node with that name.',
    help: '{suggestion}Nodes here: {nodes}.',
  },
  'unknown-port': {
    message: '{node} has no {side} called "{port}".',
    help: '{sides} of {use}: {ports}.',
  },
  'port-needed': {
    message: '{node} ({use}) has more than one {side} and no main one; say which.',
    help: 'Write {choices}.',
  },
  'port-mid-chain': {
    message: 'A port can be named only at the start or the end of a chain.',
    help: 'Split the chain: "{left}" and "{right}".',
  },
  'type-mismatch': {
    message: '{from} gives {given}, but {to} takes {taken}.',
    help: '{hint}',
  },
  loop: {
    message: 'These edges form a loop: {path}.',
    help: 'If it is meant to feed back, write ~> on the edge that closes it.',
  },
  'duplicate-edge': {
    message: '{edge} is drawn twice; the first time on {line}.',
    help: 'Start the second chain at the node where it branches off.',
  },
  'too-many-sources': {
    message: '{port} takes one source but gets {count}: {sources}.',
    help: '{hint}',
  },
  'input-not-connected': {
    message: '{node} needs something on its input "{port}", but no chain leads there.',
    help: 'Add it to a chain, for example: {example} -> {target}',
  },
  'block-on-live': {
    message:
      '{node} cannot use "overflow: block": its {type} comes live from {source}, which cannot wait.',
    help: 'Use drop_oldest.',
  },
  'unsafe-bypass': {
    message: '{node} is a safety processor and cannot be bypassed on error.',
    help: 'Use on_error: end_call or restart.',
  },
  ...fallbackErrors,
  ...agentErrors,
  ...layerErrors,
  // Warnings
  'unused-node': {
    message: '{node} is not part of any chain, so it does nothing.',
    help: 'Add it to a chain in flow, or remove it.',
  },
  'unused-tool': {
    message: 'No node may call the tool "{name}".',
    help: 'Add it to the option "tools" of a brain, or remove it.',
  },
  'unused-server': {
    message: 'No tool is one of the server "{name}", so it is never started.',
    help: 'Use one of its tools (tools: { find: mcp:{name}/find }), or remove it.',
  },
  'unused-var': {
    message: 'The variable "{name}" is not used.',
    help: 'Use it as {{{name}}}, or remove it.',
  },
  'silent-caller': {
    message: 'Nothing leads to {node}, so the caller hears nothing.',
    help: 'End a chain with "-> {node}".',
  },
  'unredacted-recording': {
    message: '{sink} records what {source} hears, but {redactor} only cleans the text.',
    help: 'Record behind something that cleans the sound, or keep no recording.',
  },
  'prose-comment': {
    message: 'YAML takes "{comment}" for a comment, so it is not part of the text.',
    help: 'Put the text in quotes, or move the comment to a line of its own.',
  },
  'double-conversion': {
    message: 'Sound is converted twice on its way to {node}: before {first} and before {second}.',
    help: 'Give the nodes between them one format, or branch off before the first conversion.',
  },
  'prompt-names-missing-tool': {
    message: 'The {option} of {node} speaks of "{name}", but {node} may not call that tool.',
    help: 'Add it to its option "tools".',
  },
} as const satisfies Record<string, ErrorEntry>

/** A code of this family. */
export type GraphErrorCode = keyof typeof graphErrors

/** Codes that are no reason to refuse a graph. */
export const graphWarnings: readonly GraphErrorCode[] = [
  'unused-node',
  'unused-tool',
  'unused-server',
  'unused-var',
  'silent-caller',
  'unredacted-recording',
  'prose-comment',
  'double-conversion',
  'prompt-names-missing-tool',
  ...agentWarnings,
]

/** Other wordings: the code that is printed, a slash, and what is different. */
export const graphVariants = {
  ...agentVariants,
  ...fallbackVariants,
  ...layerVariants,
  'file-missing/graph': { message: 'Cannot read {path}: {reason}.', help: '{suggestion}' },
  'version/other': {
    message: 'This file uses version {found}, but this runtime reads {readable}. Upgrade voxgraph.',
    help: '',
  },
  'bad-name/reserved': {
    message: '"{name}" is reserved for {purpose}; choose another name.',
    help: '',
  },
  'bad-name/long': {
    message: '"{name}" cannot be a name: it is longer than {limit} characters.',
    help: '',
  },
  'env-missing/one': {
    message: '1 environment variable is not set: {names}.',
    help: 'Set it, add it to .env, or give a default: ${env:NAME:-value}.',
  },
  'env-missing/said': { message: '{name} is not set: {said}', help: '' },
  'secret-missing/nowhere': {
    message: 'The secret "{name}" cannot be read, because no store of secrets is set up.',
    help: 'Use ${env:NAME}.',
  },
  'unknown-param/set': {
    message: 'A value was set for "{name}", but params has no such entry.',
    help: '{suggestion}',
  },
  'interpolation-source/unknown': {
    message: '"{written}" does not say where the value comes from.',
    help: 'Write ${env:NAME}, ${secret:NAME}, ${file:path} or ${param:name}; $${ is a plain "${".',
  },
  'interpolation-source/bare': {
    message: '"{written}" does not say where the value comes from.',
    help: 'Write ${env:{name}}, or ${written} for the text itself.',
  },
  'interpolation-source/open': {
    message: '"{written}" has no closing brace.',
    help: 'Close it with "}"; $${ is a plain "${".',
  },
  'env-type/hidden': { message: '{ref} is set, but {option} must be {kind}.', help: '' },
  'wrong-shape/empty': { message: '{what} must be {expected}, but it is empty.', help: '{hint}' },
  'literal-secret/default': {
    message: '{option} is a secret, so its default must not be written in the file either.',
    help: 'Use ${env:{variable}} or ${secret:{secret}} without a default.',
  },
  'no-such-export/default': {
    message: '{path} has no {kind} as its default export.',
    help: '{exports}',
  },
  'undeclared-var/kept': {
    message: 'memory keeps "{name}", but vars has no such entry.',
    help: '{suggestion}',
  },
  'undeclared-var/caller': {
    message: 'memory knows callers by "{name}", but there is no such variable.',
    help: '{suggestion}',
  },
  'unknown-processor/memory': {
    message: 'There is no built-in memory called "{name}".',
    help: '{suggestion}',
  },
  'unknown-option/nested': {
    message: '"{name}" is not an option of "{parent}" in {use}.',
    help: '{suggestion}',
  },
  'missing-option/nested': {
    message: '"{parent}" of {use} needs "{name}".',
    help: 'See: {see}',
  },
  'bad-value/empty': { message: '{option} must be {expected}, but it is empty.', help: '' },
  'unknown-tool/called': {
    message: '{node} calls "{name}", which is none of its tools and hand-offs.',
    help: '{suggestion}',
  },
  'bad-chain/short': {
    message: '{chain} has one step; a chain needs two or more.',
    help: 'Write a source and a target, for example: phone -> stt',
  },
  'bad-chain/gap': {
    message: 'Something is missing {where} "{arrow}" in {chain}.',
    help: 'Every arrow leads from one step to the next: phone -> stt',
  },
  'bad-chain/spaces': {
    message: 'The arrows of a chain need a space on both sides.',
    help: 'Write "{fixed}".',
  },
  'bad-chain/arrow': {
    message: '"{arrow}" is not an arrow.',
    help: 'Write " -> ", or " ~> " on the edge that feeds back.',
  },
  'unknown-port/none': {
    message: '{node} has no {side}, so nothing can {verb} it in a chain.',
    help: '{sides} of {use}: {ports}.',
  },
  'type-mismatch/formats': {
    message:
      '{from} gives {given}, but {to} takes {taken}, and "convert: explicit" forbids a converter.',
    help: 'Set "convert: auto", or make both the same.',
  },
  'input-not-connected/alone': {
    message: '{node} needs something on its input "{port}", but no chain leads there.',
    help: 'Add it to a chain.',
  },
  'block-on-live/feedback': {
    message:
      '{node} cannot use "overflow: block": the edge from {source} is a ~>, which never waits.',
    help: 'Use {better}.',
  },
  'unsafe-bypass/types': {
    message:
      '{node} takes {taken} and gives {given}, so nothing would be left when it is bypassed.',
    help: 'Use on_error: end_call or restart.',
  },
  'undeclared-var/set': {
    message: '{where} names the variable "{name}", but vars has no such entry.',
    help: '{suggestion}',
  },
} as const satisfies Record<string, ErrorEntry>

/** A code, or one of its other wordings. */
export type GraphErrorKey = GraphErrorCode | keyof typeof graphVariants
