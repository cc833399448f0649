import { defineProcessor, type ProcessorDefinition } from '../define/index.ts'
import type { Frame } from '../frames/index.ts'

/** A sink that keeps what reaches it. */
export interface Probe {
  readonly definition: ProcessorDefinition
  /** Frames in the order of their arrival: payload, facts and control. */
  readonly frames: readonly Frame[]
  /** `at type` of each, on the session clock: `200 interrupt`. */
  readonly timeline: readonly string[]
  /** Texts of transcripts and text frames. */
  readonly texts: readonly string[]
}

/** A processor that takes anything on its one input, keeps it and passes nothing on. */
export function createProbe(): Probe {
  const frames: Frame[] = []
  const timeline: string[] = []
  const texts: string[] = []
  const definition = defineProcessor({
    id: 'probe',
    summary: 'Keeps what reaches it.',
    role: 'sink',
    ports: { in: { any: { type: 'any', many: true, main: true } } },
    setup({ clock }) {
      const keep = (frame: Frame): void => {
        frames.push(frame)
        timeline.push(`${clock.now()} ${frame.type}`)
        if (frame.type === 'text' || frame.type === 'transcript') texts.push(frame.text)
      }
      return { any: keep, signal: keep }
    },
  })
  return { definition, frames, timeline, texts }
}
