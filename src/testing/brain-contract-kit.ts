import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import {
  ProviderError,
  type BrainDefinition,
  type Said,
  type ToolSummary,
} from '../define/index.ts'
import type { ErrorCategory } from '../frames/index.ts'
import { createLiveClock } from '../time/live-clock.ts'
import type { BrainCall } from './brain-call.ts'
import type { Emulator, FaultName } from './emulators/emulator.ts'

/** What an emulated model says in the contract. */
export type ContractPiece =
  | { readonly text: string }
  | { readonly tool: string; readonly arguments: object }

/** What an emulated model is asked in the contract: what was said last, and what tools have answered. */
export type ContractMind = (question: {
  readonly said: string
  readonly results: readonly string[]
}) => Iterable<ContractPiece> | AsyncIterable<ContractPiece>

/** A brain that asks a vendor, and the vendor on this machine. */
export interface BrainContractInit {
  readonly definition: BrainDefinition
  /** Begins an emulator that accepts `key` alone and answers as `answer` says. */
  readonly emulate: (init: {
    readonly key: string
    readonly answer: ContractMind
  }) => Promise<Emulator>
  /** Options that reach an emulator; `api_key` and `endpoint` are put in. */
  readonly options: Readonly<Record<string, unknown>>
  /** Options that name a model which the vendor has not. */
  readonly unknownModel: Readonly<Record<string, unknown>>
  /** Faults that the vendor's protocol does not show: they may go unnoticed. */
  readonly unseen?: readonly FaultName[]
}

/** A key that nothing may print. */
export const canary = 'canary-7f3a91c2-never-to-be-seen'
/** How long something may take that takes no time, in ms: the machine may be busy. */
const longestMs = 5000

/** A case: what it shows, and how. */
export type Case = readonly [name: string, run: (rig: Rig) => Promise<void>]

/** What cases have in common. */
export interface Rig {
  readonly init: BrainContractInit
  /** Begins an emulator and a brain that asks it. */
  open(mind: ContractMind): Promise<{ readonly emulator: Emulator; readonly brain: BrainCall }>
}

/** Two tools that every brain of the contract has. */
export const tools: readonly ToolSummary[] = ['weather', 'time'].map((name) => ({
  name,
  description: `Tells the ${name} of a place.`,
  parameters: {
    type: 'object',
    additionalProperties: false,
    required: ['place'],
    properties: { place: { type: 'string' } },
  },
}))

/** It must fail with an error of a category, that shows no secret. */
export async function assertFails(
  run: Promise<unknown>,
  category: ErrorCategory | 'any',
  mayPass = false,
): Promise<void> {
  const thrown: unknown = await within(run).then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (mayPass && thrown === undefined) return
  assert(thrown instanceof ProviderError, `not a ProviderError: ${inspect(thrown)}`)
  if (category !== 'any') assert.equal(thrown.category, category, thrown.message)
  if (category === 'rate-limit') assert.equal(thrown.retryAfterMs, 1000)
  assertNoSecret(thrown)
}

/** The key must be nowhere in it. */
export function assertNoSecret(value: unknown): void {
  const all = inspect(value, { depth: 12, maxStringLength: null, showHidden: true })
  assert(!all.includes(canary), `the key is in ${all.slice(0, 2000)}`)
}

/** What is said, tools aside. */
export const textOf = (said: readonly Said[]): string =>
  said.filter((one) => typeof one === 'string').join('')

/** Fails when it takes longer than anything here may take. */
export async function within<T>(run: Promise<T>): Promise<T> {
  const late = new AbortController()
  const over = createLiveClock()
    .sleep(longestMs, late.signal)
    .then(() => assert.fail(`it took longer than ${longestMs} ms`))
  over.catch(() => undefined)
  try {
    return await Promise.race([run, over])
  } finally {
    late.abort()
  }
}

/** Waits until something is so, looking again as soon as the loop has turned. */
export async function until(isSo: () => boolean, otherwise: string): Promise<void> {
  const clock = createLiveClock()
  while (!isSo()) {
    assert(clock.now() < longestMs, otherwise)
    await clock.sleep(1)
  }
}

/** Lets the loop turn. */
export const breath = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))
