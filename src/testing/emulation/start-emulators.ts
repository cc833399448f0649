import { emulateAnthropic } from '../emulators/anthropic.ts'
import { cartesiaVoice, emulateCartesia } from '../emulators/cartesia.ts'
import { emulateDeepgram } from '../emulators/deepgram.ts'
import { elevenLabsVoice, emulateElevenLabs } from '../emulators/elevenlabs.ts'
import type { Emulator } from '../emulators/emulator.ts'
import { scriptedEar, type ModelPiece, type OpenEar, type Speak } from '../emulators/minds.ts'
import { emulateOpenAi } from '../emulators/openai.ts'
import type { EmulatedVendor, Emulation } from './read-emulation.ts'
import type { ToldModel } from './told-model.ts'
import { toldClaude, toldOpenAi } from './told-requests.ts'

/** What `startEmulators` takes. */
export interface EmulatorsInit {
  readonly vendors: readonly EmulatedVendor[]
  readonly ear: OpenEar
  readonly speak: Speak
  readonly mind: (told: ToldModel) => AsyncIterable<ModelPiece>
  /** Voices and models of a vendor that the graph names. */
  readonly named: (vendor: EmulatedVendor) => {
    readonly voices: readonly string[]
    readonly models: readonly string[]
  }
  readonly delays: Emulation['delays']
  readonly faults: Emulation['faults']
}

/** An ear that hears only that somebody spoke, every time. */
export const somebodySpeaks: OpenEar = (rate, hear) =>
  scriptedEar(Array.from({ length: 1000 }, () => 'something'))(rate, hear)

/**
 * Starts an emulator for each vendor, on ports of loopback that are free. They have the voices and models that
 * the graph names: whether the vendor has them is not known here.
 */
export async function startEmulators(init: EmulatorsInit): Promise<readonly Emulator[]> {
  const started = await Promise.all(init.vendors.map((vendor) => start(vendor, init)))
  for (const { vendor, fault, when, after, times } of init.faults) {
    started.find((one) => one.vendor === vendor)?.fail({ fault, when, after, times })
  }
  return started
}

function start(vendor: EmulatedVendor, init: EmulatorsInit): Promise<Emulator> {
  const { ear, speak, mind, delays } = init
  const { voices, models } = init.named(vendor)
  const delayMs = delays[vendor] ?? 0
  switch (vendor) {
    case 'anthropic': {
      const more = models.length > 0 && { models }
      return emulateAnthropic({ delayMs, ...more, answer: ({ body }) => mind(toldClaude(body)) })
    }
    case 'openai': {
      const more = models.length > 0 && { models }
      const answer = {
        answer: (_: unknown, body: Parameters<typeof toldOpenAi>[0]) => mind(toldOpenAi(body)),
      }
      return emulateOpenAi({ delayMs, ...more, ...answer, ear, speak })
    }
    case 'deepgram':
      return emulateDeepgram({ delayMs, ear, speak })
    case 'cartesia':
      return emulateCartesia({ delayMs, speak, voices: [cartesiaVoice, ...voices] })
    case 'elevenlabs':
      return emulateElevenLabs({ delayMs, speak, voices: [elevenLabsVoice, ...voices] })
  }
}
