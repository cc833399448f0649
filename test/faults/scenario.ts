import {
  createLiveClock,
  programOf,
  type Emulator,
  type Fault,
  type FaultName,
} from 'voxgraph/testing'
import type { Frame } from 'voxgraph/plugin'
import { drivers } from '../../src/drivers.ts'
import { usualTurns } from '../../src/graph/turns-schema.ts'
import { Session } from '../../src/kernel/session.ts'
import { createShared } from '../../src/kernel/shared.ts'
import { lineRate, openLine, type Line, type Stretch } from './line.ts'
import { providers, type Provider, type Stage } from './providers.ts'
import { loudness, steadyEars, steadyMind, steadyVoice } from './stages.ts'

/** When something goes wrong: nobody speaks; the caller does; the bot does. */
export const moments = ['idle', 'mid-turn', 'speaking'] as const
/** One of `moments`. */
export type Moment = (typeof moments)[number]

/** What became of one call in which something went wrong. */
export interface Outcome {
  readonly provider: string
  readonly fault: FaultName
  readonly moment: Moment
  /** Longest silence in which the caller waited for a word, in ms. */
  readonly deadAirMs: number
  /** From the end of the question to the first word of the answer, in ms: the slower of the two. */
  readonly answerMs: number
  /** For how long the machine did something else, in ms: it runs many calls at once. */
  readonly lateMs: number
  /** The bot asked to wait. */
  readonly askedToWait: boolean
  /** What the caller said and the conversation has on record, in order. */
  readonly heard: readonly string[]
  /** Sentences of the bot that the caller has not heard to their end. */
  readonly unheard: readonly string[]
  /** `category node attempt` of each failure that was told. */
  readonly failures: readonly string[]
  readonly endedBy: string | undefined
  /** Everything that was logged or told, for the search after the key. */
  readonly output: string
  readonly violations: readonly string[]
  /** What must not be in the output. */
  readonly keys: readonly string[]
}

/** Faults that happen when a connection is opened, and not on one that is open. */
const atOpening: readonly FaultName[] = ['refuse', 'unauthorized', 'rate-limit', 'overloaded']

/** Longest that an answer is waited for, in ms; what the machine is late by is not counted. */
const longestAnswerMs = 12_000

/** Runs a call (a short one says nothing and ends): greeting, a question, an answer, another question, another answer; and lets one thing go wrong. */
export async function runScenario(
  provider: Provider,
  fault: FaultName,
  moment: Moment,
  isShort = false,
): Promise<Outcome> {
  const clock = createLiveClock()
  const line = openLine(clock)
  const other = providers.find(({ id }) => id === provider.fallback) ?? provider
  const emulators = [await provider.emulate(), await other.emulate()] as const
  const frames: Frame[] = []
  const output: string[] = []
  const [own, spare] = [provider, other].map((one, index) => ({
    definition: one.definition,
    options: {
      ...one.options,
      endpoint: endpointOf(one, emulators[index] as Emulator),
      api_key: emulators[index]?.key,
    },
  }))
  const stages = {
    stt: steadyEars(),
    llm: steadyMind,
    tts: steadyVoice,
    [provider.stage]: { ...own, fallback: [spare] },
  } as Record<Stage, never>
  const made = programOf({
    nodes: { phone: line.definition, vad: loudness, ...stages },
    flow: ['phone -> vad -> stt -> llm -> tts -> phone'],
    buffer: 20,
  })
  const format = { sampleRate: lineRate, channels: 1, encoding: 'pcm' } as const
  const edges = made.plan.edges.map((edge) =>
    edge.type !== 'audio'
      ? edge
      : // The caller's sound cannot wait for a machine that is busy with other calls.
        {
          ...edge,
          format,
          buffer: { ...edge.buffer, frames: edge.to.node === 'phone' ? 20 : 2000 },
        },
  )
  const shared = createShared(silent)
  const session = new Session({
    id: 'faults',
    program: { ...made, plan: { ...made.plan, edges } },
    clock,
    shared,
    drivers,
    connections: new Map([['phone', line.connection]]),
    observe(event) {
      if (event.type === 'frame' && event.frame.type !== 'audio') frames.push(event.frame)
      output.push(textOf(event))
    },
  })
  try {
    await session.start()
    if (!isShort)
      await play(line, clock, { provider, fault, moment, emulator: emulators[0], frames })
  } catch (thrown) {
    output.push(String(thrown))
  }
  line.hangUp()
  emulators[0].heal()
  session.end('the test is over')
  const { error } = await session.ended
  await shared.close()
  await Promise.all(emulators.map((one) => one.close()))
  return {
    provider: provider.id,
    fault,
    moment,
    ...timesOf(line, frames),
    heard: frames.flatMap((frame) =>
      frame.type === 'transcript' && frame.final && frame.text !== '' ? [frame.text] : [],
    ),
    unheard: unheardIn(frames),
    failures: frames.flatMap((frame) =>
      frame.type === 'error' ? [`${frame.category} ${frame.node} ${frame.attempt}`] : [],
    ),
    endedBy: error?.message,
    output: output.join('\n'),
    violations: emulators.flatMap(({ violations }) => violations),
    keys: emulators.map(({ key }) => key),
  }
}

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined }

/** Compatible servers are reached under /v1. */
const endpointOf = ({ id }: Provider, { endpoint }: Emulator): string =>
  id.startsWith('openai') && !endpoint.endsWith('/v1') ? `${endpoint}/v1` : endpoint

const textOf = (event: object): string => {
  const { frame } = event as { readonly frame?: Frame }
  return frame?.type === 'audio' ? '' : JSON.stringify(event)
}

interface Spoiling {
  readonly provider: Provider
  readonly fault: FaultName
  readonly moment: Moment
  readonly emulator: Emulator
  /** What has been emitted so far. */
  readonly frames: readonly Frame[]
}

async function play(
  line: Line,
  clock: ReturnType<typeof createLiveClock>,
  spoiling: Spoiling,
): Promise<void> {
  const { provider, moment, frames } = spoiling
  /** Time in which the machine was there for this call. */
  const ownMs = (): number => clock.now() - line.lateMs
  /** Until an answer has been given since, and heard. */
  const answered = async (since: number): Promise<void> => {
    const until = ownMs() + longestAnswerMs
    const isHeard = (response: number): boolean =>
      frames.some(
        (frame) =>
          frame.type === 'playout' &&
          frame.state === 'stopped' &&
          frame.span === 0 &&
          frame.of === response,
      )
    const isAnswer = (frame: Frame): boolean =>
      frame.type === 'response' &&
      frame.state === 'ended' &&
      frame.at >= since &&
      ['start', 'turn'].includes(frame.reason) &&
      isHeard(frame.response)
    while (ownMs() < until && !(frames.some(isAnswer) && line.isQuiet(400))) await clock.sleep(50)
  }
  await answered(0)
  if (moment === 'idle') spoil(spoiling, 'now')
  await clock.sleep(200)
  if (moment === 'mid-turn' && provider.stage !== 'stt') spoil(spoiling, 'open')
  if (moment === 'speaking' && provider.stage !== 'stt') spoil(spoiling, 'answer')
  const speaking = line.speak(900)
  await clock.sleep(450)
  if (moment === 'mid-turn' && provider.stage === 'stt') spoil(spoiling, 'now')
  await speaking
  const first = clock.now()
  if (moment === 'speaking' && provider.stage === 'stt') {
    while (line.isQuiet(100) && clock.now() < first + longestAnswerMs) await clock.sleep(20)
    spoil(spoiling, 'now')
  }
  await answered(first)
  const second = clock.now()
  await line.speak(900)
  await answered(second + 900)
}

/** Lets it go wrong: on what is open, or with the next thing that is asked. */
function spoil({ provider, fault, emulator }: Spoiling, when: Fault['when']): void {
  if (!provider.hasSocket) return emulator.fail({ fault, when: when === 'now' ? 'open' : when })
  if (atOpening.includes(fault)) {
    emulator.fail({ fault, when: 'open', times: 2 })
    return emulator.fail({ fault: 'abrupt-close', when: 'now' })
  }
  if (when === 'open') emulator.fail({ fault, when: 'now' })
  else emulator.fail({ fault, when })
}

/** How long the caller waited for a word: behind the own words, and in the middle of an answer. */
function timesOf(
  line: Line,
  frames: readonly Frame[],
): Pick<Outcome, 'deadAirMs' | 'answerMs' | 'lateMs' | 'askedToWait'> {
  const heard = line.heard()
  const lateMs = Math.round(line.lateMs)
  const gaps = line.spoken.map(({ to }, index) => {
    const next = line.spoken[index + 1]?.from ?? Infinity
    return longestGap(
      to,
      heard.filter(({ from }) => from >= to - 100 && from < next),
    )
  })
  const says = (text: string): boolean => text.includes('One moment')
  const askedToWait =
    frames.some((frame) => frame.type === 'text' && says(frame.text)) ||
    frames.some(
      (frame) => frame.type === 'playout' && frame.span === 0 && frame.state === 'started',
    )
  const answers = line.spoken.map(({ to }) => answerAfter(to, frames))
  return {
    deadAirMs: Math.round(Math.max(...gaps)),
    answerMs: Math.round(Math.max(...answers)),
    lateMs,
    askedToWait,
  }
}

/** From a moment to the next word of the mind that is no excuse, as the caller hears it. */
function answerAfter(from: number, frames: readonly Frame[]): number {
  const texts = new Map<number, string>()
  for (const frame of frames) {
    if (frame.type === 'text') texts.set(frame.span, (texts.get(frame.span) ?? '') + frame.text)
  }
  const begins = frames.find(
    (frame) =>
      frame.type === 'playout' &&
      frame.state === 'started' &&
      frame.at >= from &&
      !isPhrase(texts.get(frame.span) ?? ''),
  )
  return (begins?.at ?? Infinity) - from
}

function longestGap(from: number, heard: readonly Stretch[]): number {
  let at = from
  let longest = 0
  for (const stretch of heard) {
    longest = Math.max(longest, stretch.from - at)
    at = stretch.to
  }
  return heard.length === 0 ? longestAnswerMs : longest
}

/** Said because of a failure, and not by the mind. */
const isPhrase = (text: string): boolean =>
  Object.values(usualTurns().trouble).some((phrase) => phrase.includes(text.trim()))

/** Sentences that were to be said and were not heard to their end. */
function unheardIn(frames: readonly Frame[]): readonly string[] {
  const texts = new Map<number, string>()
  for (const frame of frames) {
    if (frame.type !== 'text' || !frame.speak || frame.span === 0) continue
    if (frame.source !== 'llm') continue
    texts.set(frame.span, (texts.get(frame.span) ?? '') + frame.text)
  }
  const spoken = new Map<number, number>()
  for (const frame of frames) {
    if (frame.type === 'text') spoken.set(frame.span, frame.response)
    if (frame.type === 'playout' && frame.state === 'stopped' && !frame.cut)
      texts.delete(frame.span)
  }
  // What the caller said in full took the place of the answer to half of it.
  for (const frame of frames) {
    if (
      frame.type !== 'interrupt' ||
      frame.phase !== 'confirm' ||
      !/caller speaks/.test(frame.reason)
    )
      continue
    for (const [span, response] of spoken) if (response <= frame.through) texts.delete(span)
  }
  // Who is asked to wait misses nothing when the answer comes in the middle of it.
  return [...texts.values()].filter((text) => /\w/.test(text) && !isPhrase(text))
}
