import {
  emulateAnthropic,
  openBrain,
  type AnthropicInit,
  type BrainCall,
  type Emulator,
} from 'voxgraph/testing'
import anthropicLlm from '../processors/anthropic-llm/index.ts'
import type { ClaudeOptions } from '../processors/anthropic-llm/options.ts'
import { optionsOf, price, transfer, type Body } from '../processors/anthropic-llm/testing.ts'

/** Makes brains that ask emulators, and ends them all. */
export function createBench() {
  const ends: (() => Promise<void>)[] = []
  return {
    async open(
      init: AnthropicInit = {},
      options: Partial<ClaudeOptions> = {},
      prompt?: string,
    ): Promise<{ readonly emulator: Emulator; readonly brain: BrainCall }> {
      const emulator = await emulateAnthropic(init)
      ends.push(() => emulator.close())
      const { endpoint, key: api_key } = emulator
      const all = optionsOf({ prewarm: false, ...options, endpoint, api_key })
      const toolset = [price, transfer]
      const given = prompt === undefined ? {} : { prompt }
      const made = { definition: anthropicLlm, options: all, toolset, ...given }
      const brain = await openBrain(made)
      ends.push(() => brain.close())
      return { emulator, brain }
    },
    async close(): Promise<void> {
      for (const end of ends.splice(0).toReversed()) await end()
    },
  }
}

/** Questions that reached the emulator. */
export const bodies = ({ received }: Emulator): readonly Body[] =>
  received.flatMap(({ path, body }) => (path === '/v1/messages' ? [body as Body] : []))
