import type { Failure, PortRef, Step } from './scenario.ts'

/** What has to be known of the steps of a case before its call begins. */
export interface CaseNeeds {
  /** Inputs that the steps look at. */
  readonly ports: readonly PortRef[]
  /** Nodes and tools that are to fail at some time. */
  readonly failing: readonly string[]
  /** Nodes that refuse from the beginning: agents are set up long before they are needed. */
  readonly refusing: readonly Failure[]
}

/** What the steps of a case need. */
export function needsOf(steps: readonly Step[]): CaseNeeds {
  const failures = steps.flatMap((step) => (step.kind === 'fail' ? [step.failure] : []))
  const first = steps.findIndex((step) => step.kind !== 'fail' || step.at !== undefined)
  const before = steps.slice(0, first < 0 ? steps.length : first)
  return {
    ports: steps.flatMap(portsIn),
    failing: failures.flatMap(({ node, tool }) => node ?? tool ?? []),
    refusing: before.flatMap((step) =>
      step.kind === 'fail' && step.failure.with === 'refuse' ? [step.failure] : [],
    ),
  }
}

function portsIn(step: Step): readonly PortRef[] {
  if (step.kind === 'snapshot') return [step.port]
  if (step.kind !== 'expect' && step.kind !== 'never') return []
  const { what } = step.expectation
  return what.type === 'frame' ? [what.port] : []
}
