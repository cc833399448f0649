import type { ErrorEntry } from './catalogue.ts'

/** What can be wrong with bytes that come in or go out: frames on a wire, sound files, connections. */
export const wireErrors = {
  'wire-version': {
    message: 'A frame of wire version {version} came in; this runtime reads version {supported}.',
    help: 'Upgrade whichever end is older.',
  },
  'wire-malformed': {
    message: 'A frame came in that is malformed: {reason}.',
    help: 'Whatever sent it does not speak the frame codec, or the bytes were damaged on the way.',
  },
  'wire-too-large': {
    message: 'A frame has {bytes} bytes; at most {max} are allowed.',
    help: 'Send it in smaller pieces, or raise maxBytes.',
  },
  'wire-unknown-type': {
    message: 'A frame of type {type} came in, which this graph does not know.',
    help: 'List its kind under "frames" in the definition of a processor of this graph.',
  },
  'wire-lane': {
    message: 'A {type} frame came in on the {lane} lane, where it does not belong.',
    help: '{type} travels in: {lanes}.',
  },
  'wire-payload': {
    message: 'The payload of a {type} frame is wrong: {reason}.',
    help: 'It must fit the JSON Schema of its kind.',
  },
  'wire-schema': {
    message: 'The payload schema of the frame "{type}" is not a JSON Schema: {reason}.',
    help: 'Correct "properties" in its defineFrame().',
  },
  'wav-malformed': {
    message: '{file} is not a WAV file that can be read: {reason}.',
    help: 'PCM of 8 to 32 bits, floats and µ-law can be read.',
  },
  'sound-unreadable': {
    message: '{file} cannot be read: {reason}.',
    help: 'A path is relative to the graph file that names it.',
  },
  'sound-unwritable': {
    message: '{file} cannot be written: {reason}.',
    help: 'What was written before is a valid file. Check the path, its permissions and the disk.',
  },
  'log-unwritable': {
    message: '{file} cannot be written: {reason}.',
    help: 'Check the path, its permissions and the disk.',
  },
  'audio-format': {
    message: 'A converter was given {given} where {expected} was declared.',
    help: 'The node in front of it must give what the formats of its output port say.',
  },
  'audio-rate': {
    message: 'Sound cannot be converted from {from} Hz to {to} Hz with {channels} channels.',
    help: 'Rates are whole numbers from 1000 to 384000 Hz, channels 1 to 8.',
  },
  'address-in-use': {
    message: 'Port {port} on {host} is taken by another program.',
    help: 'Stop that program, choose another port, or write "port: 0" for a free one.',
  },
  'address-refused': {
    message: 'The server cannot listen on {host}:{port}: {reason}.',
    help: 'The host must be an address of this machine; ports below 1024 may need permission.',
  },
  'connection-lost': {
    message: 'The connection broke off without a goodbye.',
    help: 'The caller is gone: the network failed or the other program ended.',
  },
  'connection-failed': {
    message: 'No connection to {url}: {reason}.',
    help: 'Check that the server runs, and the address.',
  },
  'connection-refused': {
    message: 'The server closed the connection: {code} {reason}',
    help: 'The close codes are explained in docs/websocket-protocol.md.',
  },
  'peer-violation': {
    message: 'The caller was cut off: {reason}.',
    help: 'Close code {code}; the close codes are explained in docs/websocket-protocol.md.',
  },
} as const satisfies Record<string, ErrorEntry>
