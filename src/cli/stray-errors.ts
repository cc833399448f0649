import type { EventEmitter } from 'node:events'
import process from 'node:process'
import { reasonOf, VoxgraphError } from '../errors/index.ts'
import type { Program } from '../graph/plan.ts'
import { withoutSecrets } from '../kernel/failure.ts'
import type { Terminal } from './command.ts'
import { paintFor } from './paint.ts'

/** Errors that nobody was there to catch. */
export interface StrayErrors {
  readonly count: number
  /** Leaves them to Node again, which ends the process at the first. */
  close(): void
}

/** Most lines of a stack that are printed: where it came from stands in the first. */
const stackLines = 6
/** Most of them that are printed in full; a timer that fails each second must not fill a disk. */
const mostPrinted = 100

/**
 * Catches what a processor, a transport or a tool throws in a timer or leaves unhandled in a promise: the
 * process and its calls go on, and it is told loudly. Which call it belongs to cannot be known.
 */
export function catchStrayErrors(
  programs: readonly Program[],
  terminal: Pick<Terminal, 'err'>,
  events: Pick<EventEmitter, 'on' | 'off'> = process,
): StrayErrors {
  const paint = paintFor(terminal.err)
  const holders = programs.flatMap(({ plan }) => plan.nodes)
  let count = 0
  const caught = (thrown: unknown): void => {
    count++
    if (count > mostPrinted) return
    const { code, message } = new VoxgraphError('stray-error', { reason: reasonOf(thrown) })
    const stack = thrown instanceof Error ? (thrown.stack ?? '') : ''
    const frames = stack.split('\n').filter((line) => line.startsWith('    at '))
    const told = [`${code}: ${message}`, ...frames.slice(0, stackLines)].join('\n')
    const more = count === mostPrinted ? 'further ones are only counted\n' : ''
    terminal.err.write(`${paint('red', 'error')} ${holders.reduce(withoutSecrets, told)}\n${more}`)
  }
  events.on('uncaughtException', caught)
  events.on('unhandledRejection', caught)
  return {
    get count() {
      return count
    },
    close() {
      events.off('uncaughtException', caught)
      events.off('unhandledRejection', caught)
    },
  }
}
