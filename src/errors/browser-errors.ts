import type { ErrorEntry } from './catalogue.ts'

/** What can go wrong with a call that goes through a browser of ours. */
export const browserErrors = {
  'browser-missing': {
    message: 'No Chromium was found: {looked}.',
    help: 'Install it (Debian: apt-get install chromium), or say where it is with VOXGRAPH_CHROMIUM.',
  },
  'browser-failed': {
    message: 'Chromium at {path} did not start: {reason}',
    help: 'Run it by hand with --headless. In a container it may need a user of its own and 256 MB of /dev/shm.',
  },
  'page-crashed': {
    message: 'The page of the call is gone: {reason}.',
    help: 'The call is over, others go on. Look for memory that ran out: fewer calls per browser need less at a time.',
  },
  'page-stuck': {
    message: 'The page of the call does not keep up: {reason}.',
    help: 'The machine has too much to do. Take fewer calls on it.',
  },
  'room-failed': {
    message: 'The call in the room broke off: {reason}.',
    help: 'The service says so, or could not be reached from the browser.',
  },
} as const satisfies Record<string, ErrorEntry>
