import type { ErrorEntry } from './catalogue.ts'

/** What can go wrong with a server that runs graphs. */
export const serverErrors = {
  'graph-name-taken': {
    message: '{count} graphs are called "{name}" ({files}); one server tells them apart by name.',
    help: 'Give each a "name" of its own.',
  },
  'graph-name-unusable': {
    message: 'A graph called "{name}" cannot be served: its name is a part of its address.',
    help: 'Letters, digits, ".", "_" and "-" will do, up to 64 of them; these are taken: {taken}.',
  },
  'tls-unreadable': {
    message: '{file} cannot be read: {reason}.',
    help: 'A certificate and its key are PEM files that the server may read.',
  },
  'tls-invalid': {
    message: '{cert} and {key} are no certificate with its key: {reason}.',
    help: 'Both are PEM; the certificate comes first in its file, those that vouch for it behind it.',
  },
  'bad-jwt': {
    message: 'The "jwt" of a transport cannot be used: {reason}.',
    help: 'Give one of secret (32 characters and more), public_key (PEM) and jwks (an address).',
  },
  'bad-proxy': {
    message: '"{text}" is no address of a proxy.',
    help: 'Write addresses and ranges: 10.0.0.0/8,fd00::/8.',
  },
  'bad-public-url': {
    message: '"{text}" is no address of a server.',
    help: 'Write it as the world sees it: https://voice.example.com',
  },
  'stray-error': {
    message: 'Something failed beside all calls: {reason}',
    help: 'A processor, a transport or a tool began work that nobody waits for. The process goes on; find it by the stack.',
  },
} as const satisfies Record<string, ErrorEntry>
