import type { NodeDefinition } from '../define/index.ts'
import { ProviderError } from '../define/index.ts'
import type { Host } from '../kernel/host.ts'
import { failureOf } from '../kernel/failure.ts'
import type { Member } from '../kernel/members.ts'
import type { Try } from './choice.ts'

/** Longest that a connection may take to be opened, in ms: half of what a session waits for a node. */
export const openMs = 5000

/** The log and everybody who listens to `error` frames are told who failed, and who is asked now. */
export function tellFailure<D extends NodeDefinition>(
  host: Host,
  failed: Try<D>,
  thrown: unknown,
  next: Try<D> | undefined,
): void {
  const { name, plan } = failed.member
  const failure = failureOf(thrown, { id: name, ...plan }, failed.attempt)
  const then =
    next === undefined
      ? 'Nobody else is left'
      : next.member === failed.member
        ? `It is asked again${next.afterMs > 0 ? ` in ${next.afterMs} ms` : ''}`
        : `${next.member.name} (${next.member.plan.use}) is asked now`
  const { category, attempt, message } = failure
  host.log.warn(`${message} ${then}.`, { node: name, category, attempt })
  host.emit(failure)
}

/** A provider has let its time pass. */
export const tooLate = (member: Member, what: string, limitMs: number): ProviderError =>
  new ProviderError('timeout', {
    provider: member.plan.use,
    reason: `${what} within ${limitMs} ms`,
  })
