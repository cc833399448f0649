import { randomBytes } from 'node:crypto'
import type { Clock } from '../time/clock.ts'

/** Names calls: the date, the time, the process and a number. */
export function callIds(clock: Clock): () => string {
  let calls = 0
  // Two processes that begin a call in the same second must not write to the same folder.
  const process = randomBytes(2).toString('hex')
  return () => `${stamp(clock.wall())}-${process}-${++calls}`
}

/** `20261121-093012`: sorts by time and is a file name everywhere. */
const stamp = (wall: number): string =>
  new Date(wall).toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15)
