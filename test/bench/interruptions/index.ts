import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { createLiveClock, loadGraph, runProgram, type Inspection } from 'voxgraph'
import { createFlite } from '../../../processors/flite-tts/engine.ts'
import { percentile } from '../session.ts'
import { interrupt, type Interruption } from './caller.ts'
import { histogram } from './histogram.ts'
import { Witness } from './witness.ts'

const graph = fileURLToPath(new URL('./graph.yaml', import.meta.url))
const docs = new URL('../../../docs/', import.meta.url)
const [callers, perCaller] = [5, 10]
/** The bot is interrupted when it has spoken for so long, at random, in ms. */
const [soonestMs, latestMs] = [0, 6000]
const voices = ['rms', 'awb', 'slt'] as const
const said = ['wait a moment please', 'no thank you', 'stop that now', 'one more question']

/** What came of one interruption, in ms. */
export interface Outcome {
  /** From the detector's event until the far end was told to be silent. */
  readonly held: number
  /** From the first sample of the caller's voice until the last sample of the bot's. */
  readonly silent: number
  /** Words that the model was told were heard, and words that the far end had played. */
  readonly told: number
  readonly played: number
}

/**
 * Fifty interruptions at random moments, in five calls at once over real sockets in real time. With `write`,
 * the table and the picture in docs/ are written anew.
 */
export async function interruptions(write = false): Promise<Record<string, number>> {
  const clock = createLiveClock()
  const witness = new Witness(clock)
  const nothing = (): void => undefined
  const calls = runProgram(await loadGraph(graph), {
    clock,
    log: { debug: nothing, info: nothing, warn: nothing },
    observe: (event: Inspection) => witness.see(event),
  })
  const { address } = await calls.listen()
  const utterances = await speak(said)
  const ones: { readonly caller: number; readonly index: number; readonly one: Interruption }[] = []
  await Promise.all(
    Array.from({ length: callers }, async (_, caller) => {
      // Not all at the same moment.
      await clock.sleep(caller * 700)
      await interrupt({
        ...{ url: address, clock, utterances, count: perCaller, name: `${caller}` },
        moment: () => soonestMs + Math.random() * (latestMs - soonestMs),
        onInterruption: (one, index) => void ones.push({ caller, index, one }),
      })
    }),
  )
  await calls.close('done')
  const outcomes = ones.map(({ caller, index, one }): Outcome => {
    const { vadAt, told, wordsIn } = witness.of(`${caller}`, index, one.spokeAt)
    const { clearedAt, silentAt, spokeAt, playedMs } = one
    return { held: clearedAt - vadAt, silent: silentAt - spokeAt, told, played: wordsIn(playedMs) }
  })
  const figures = figuresOf(outcomes, witness.stale)
  if (write) await writeDocs(outcomes, figures)
  return figures
}

function figuresOf(outcomes: readonly Outcome[], stale: number): Record<string, number> {
  const held = outcomes.map((one) => one.held)
  const silent = outcomes.map((one) => one.silent)
  const apart = outcomes.map(({ told, played }) => Math.abs(told - played))
  return {
    interruptions: outcomes.length,
    interruption_held_ms_p50: percentile(held, 0.5),
    interruption_held_ms_p95: percentile(held, 0.95),
    interruption_silent_ms_p50: percentile(silent, 0.5),
    interruption_silent_ms_p95: percentile(silent, 0.95),
    interruption_words_apart_max: Math.max(...apart),
    interruption_stale: stale,
  }
}

/** Sentences as sound of 16 kHz, from their first loud sample on. */
async function speak(texts: readonly string[]): Promise<Int16Array[]> {
  const flite = await createFlite()
  const sounds = await Promise.all(
    texts.map((text, index) =>
      flite.speak(text, { voice: voices[index % voices.length] ?? 'rms' }),
    ),
  )
  await flite.close()
  return sounds.map(({ samples }) => {
    const first = samples.findIndex((sample) => Math.abs(sample) > 300)
    return samples.subarray(Math.max(0, first))
  })
}

async function writeDocs(
  outcomes: readonly Outcome[],
  figures: Readonly<Record<string, number>>,
): Promise<void> {
  const rows = Object.entries(figures).map(
    ([name, value]) => `| ${name.replace('interruption_', '')} | ${Number(value.toFixed(1))} |`,
  )
  const ms = (value: number): string => `${Math.round(value)}`
  const each = outcomes.map(
    ({ held, silent, told, played }, index) =>
      `| ${index + 1} | ${ms(held)} | ${ms(silent)} | ${played} | ${told} |`,
  )
  const page = readFileSync(new URL('interruptions.md', docs), 'utf8')
  const tables = [
    ...['| figure | measured |', '| --- | ---: |', ...rows, ''],
    ...[
      '| | held, ms | silent, ms | words played | words told |',
      '| ---: | ---: | ---: | ---: | ---: |',
      ...each,
    ],
  ].join('\n')
  const marked = /(<!-- measured -->\n)[^]*?(\n<!-- end -->)/
  writeFileSync(
    new URL('interruptions.md', docs),
    page.replace(marked, (_, before: string, after: string) => `${before}\n${tables}\n${after}`),
  )
  writeFileSync(new URL('interruptions.svg', docs), await histogram(outcomes))
}
