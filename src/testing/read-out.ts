import { concat, createResampler } from '../audio/resampler.ts'
import { defineProcessor, type ProcessorDefinition } from '../define/index.ts'
import { response, text } from '../frames/index.ts'
import type { Shared } from '../kernel/shared.ts'
import { createProbe } from './probe.ts'
import type { NodeInit } from './program.ts'
import { testSession } from './session.ts'

/**
 * Lets a voice say lines, one after the other, on virtual time. Gives the sound of each, mono, at a rate; one
 * that makes no sound is empty.
 * @throws Error what made the voice fail
 */
export async function readOut(
  lines: readonly string[],
  voice: NodeInit,
  sampleRate: number,
  shared?: Shared,
): Promise<readonly Int16Array[]> {
  const ear = createProbe()
  const nodes = { lines: reader(lines), voice, ear: ear.definition }
  const flow = ['lines -> voice -> ear']
  const { start, end } = testSession({ nodes, flow }, shared === undefined ? {} : { shared })
  await start()
  const { error } = await end()
  if (error !== undefined) throw error
  return Promise.all(
    lines.map((_, index) => {
      const pieces = ear.frames.flatMap((frame) =>
        frame.type === 'audio' && frame.span === index + 1 ? [frame] : [],
      )
      const said = concat(pieces.map(({ samples }) => samples))
      return atRate(said, pieces[0]?.sampleRate ?? sampleRate, sampleRate)
    }),
  )
}

/** Mono sound at another rate. */
export async function atRate(samples: Int16Array, from: number, to: number): Promise<Int16Array> {
  if (from === to) return samples
  const resampler = await createResampler({ from, to })
  const made = concat([resampler.process(samples), resampler.flush()])
  resampler.close()
  return made
}

/** Reads the lines out when the session starts. Each is a span, so that the sound says whose it is. */
const reader = (lines: readonly string[]): ProcessorDefinition =>
  defineProcessor({
    id: 'lines',
    summary: 'Reads out lines.',
    role: 'source',
    ports: { out: { text: 'text' } },
    setup: () => ({
      *signal(frame) {
        if (frame.type !== 'start') return
        yield response({ state: 'started' })
        for (const [index, line] of lines.entries()) yield text({ text: line, span: index + 1 })
        yield response({ state: 'ended' })
      },
    }),
  })
