import type { ErrorEntry } from './catalogue.ts'

/** What can be wrong with providers in a graph file, and with what takes their places. */
export const fallbackErrors = {
  'transport-key': {
    message: '{node} is a transport ({use}); a transport has no "{key}".',
    help: 'Calls come in through it, so nothing can take its place. Give the key to nodes behind it.',
  },
  'fallback-mismatch': {
    message:
      'The fallback {use} takes {taken}, but {node} ({own}) takes {wanted}; a fallback must take and give the same.',
    help: '{suggestion}',
  },
} as const satisfies Record<string, ErrorEntry>

/** Other wordings: the code that is printed, a slash, and what is different. */
export const fallbackVariants = {
  'env-missing/key': {
    message: '1 environment variable is not set: {names}.',
    help: 'Set it or add it to .env. A key can come from another variable: api_key: ${env:NAME}.',
  },
  'env-missing/keys': {
    message: '{count} environment variables are not set: {names}.',
    help: 'Set them or add them to .env. A key can come from another variable: api_key: ${env:NAME}.',
  },
  'fallback-mismatch/gives': {
    message:
      'The fallback {use} gives {given}, but {node} ({own}) gives {wanted}; a fallback must take and give the same.',
    help: '{suggestion}',
  },
  'fallback-mismatch/kind': {
    message:
      'The fallback {use} is {actual}, but {node} ({own}) is {expected}; a fallback must be of the same kind.',
    help: '{suggestion}',
  },
  'fallback-mismatch/port': {
    message: 'The fallback {use} has no {side} for {end}, and a chain uses it.',
    help: 'Use another fallback, or take the chain out.',
  },
  'fallback-mismatch/format': {
    message: 'The fallback {use} {verb} {theirs}, but {node} ({own}) {verb} {ours}.',
    help: 'Use one that has a form of sound in common with it.',
  },
  'fallback-mismatch/safety': {
    message: '{node} ({own}) is a safety processor, but its fallback {use} is none.',
    help: 'Use a safety processor as the fallback, or end the call: on_error: end_call.',
  },
} as const satisfies Record<string, ErrorEntry>
