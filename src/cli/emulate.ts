import { readFile } from 'node:fs/promises'
import { dirname, relative, resolve } from 'node:path'
import { parseDocument } from 'yaml'
import { fileFault } from '../audio/file-fault.ts'
import { reasonOf } from '../errors/index.ts'
import type { CheckResult } from '../graph/check.ts'
import type { Program } from '../graph/plan.ts'
import { vendorsOf, withEmulators, type VendorUse } from '../testing/emulation/emulated-plan.ts'
import { openPhraseEar } from '../testing/emulation/phrase-ear.ts'
import {
  emulatedVendors,
  EmulationError,
  patternOf,
  plainEmulation,
  readEmulation,
  type EmulatedVendor,
  type Emulation,
} from '../testing/emulation/read-emulation.ts'
import { scriptedMind } from '../testing/emulation/scripted-mind.ts'
import { openSpokenVoice } from '../testing/emulation/spoken-voice.ts'
import { somebodySpeaks, startEmulators } from '../testing/emulation/start-emulators.ts'
import type { Emulator } from '../testing/emulators/emulator.ts'
import { createLiveClock } from '../time/live-clock.ts'
import type { Terminal } from './command.ts'
import { openChecked } from './live-program.ts'
import type { GraphSettings } from './settings.ts'

/** A graph whose vendors are all on this machine. */
export interface EmulatedProgram {
  readonly program: Program
  readonly places: CheckResult['places']
  readonly emulators: readonly Emulator[]
  /** The file that would say what they do, where there is none. */
  readonly untold: string | undefined
  close(): Promise<void>
}

/** Makes something that has to be closed. */
interface Closable {
  close(): Promise<void>
}

/**
 * Checks a graph, starts an emulator for every vendor that it works with, and points it at them. What they hear and say stands
 * in a file: the one that is named, or the one beside the graph. Prints what is wrong with the graph; undefined then.
 *
 * @throws EmulationError when the file cannot be used, or a vendor cannot be emulated
 */
export async function openEmulated(
  graph: string,
  file: string | undefined,
  terminal: Terminal,
  settings: GraphSettings,
): Promise<EmulatedProgram | undefined> {
  const { cwd } = terminal
  const beside = graph.replace(/\.ya?ml$/, '.emulate.yaml')
  const path = resolve(cwd, file ?? beside)
  const text = await readFile(path, 'utf8').catch((thrown: unknown) => {
    if (file === undefined) return undefined
    throw new EmulationError(`${file} cannot be read: ${fileFault(thrown)}`)
  })
  const name = relative(cwd, path)
  const emulation = text === undefined ? plainEmulation : readEmulation(text, name)
  const opened = await openChecked(graph, terminal, {
    ...{ ...settings, needKeys: false, emulated: emulatedVendors },
  })
  if (opened === undefined) return undefined
  const uses = vendorsOf(opened.program.plan)
  checkVendors(uses, emulation, name)
  const untold = text === undefined ? name : undefined
  const { emulators, close } = await start(uses, emulation, path, name)
  return { ...opened, program: withEmulators(opened.program, emulators), emulators, untold, close }
}

function checkVendors(uses: readonly VendorUse[], { faults }: Emulation, name: string): void {
  const strange = uses.find(({ vendor }) => !isEmulated(vendor))
  if (strange !== undefined) {
    const there = emulatedVendors.join(', ')
    const { vendor, members } = strange
    throw new EmulationError(
      `${members.join(', ')}: there is no emulator of ${vendor}. There are: ${there}. A profile with a transport that needs none can be emulated: --profile browser`,
    )
  }
  for (const [index, { vendor }] of faults.entries()) {
    if (uses.some((use) => use.vendor === vendor)) continue
    throw new EmulationError(`${name}: faults.${index}: the graph does not work with ${vendor}`)
  }
}

const isEmulated = (vendor: string): vendor is EmulatedVendor =>
  emulatedVendors.some((one) => one === vendor)

async function start(
  uses: readonly VendorUse[],
  emulation: Emulation,
  path: string,
  name: string,
): Promise<{ readonly emulators: readonly Emulator[]; close(): Promise<void> }> {
  const opened: Closable[] = []
  const close = async (): Promise<void> => {
    for (const one of opened.splice(0).toReversed()) await one.close()
  }
  try {
    const { delays, faults } = emulation
    const [ear, speak, mind] = await Promise.all([
      earOf(emulation, opened),
      voiceOf(emulation, opened),
      mindsOf(emulation, path),
    ])
    const emulators = await startEmulators({
      ...{ ear, speak, mind, delays, faults },
      vendors: uses.map(({ vendor }) => vendor).filter(isEmulated),
      named: (vendor) => uses.find((use) => use.vendor === vendor) ?? { voices: [], models: [] },
    })
    opened.push(...emulators)
    return { emulators, close }
  } catch (thrown) {
    await close()
    if (thrown instanceof EmulationError) throw thrown
    throw new EmulationError(`${name}: ${reasonOf(thrown)}`)
  }
}

// Their doors are opened as anybody would: the runtime does not know its processors.

async function earOf({ ear: options }: Emulation, opened: Closable[]) {
  if (options === undefined) return somebodySpeaks
  const [{ default: detector }, { default: recogniser }] = await Promise.all([
    import('voxgraph/processors/webrtc-vad'),
    import('voxgraph/processors/pocketsphinx-stt'),
  ])
  const ear = await openPhraseEar({ detector, recogniser, options, clock: createLiveClock() })
  opened.push(ear)
  return ear.open
}

async function voiceOf({ voices }: Emulation, opened: Closable[]) {
  const { default: definition } = await import('voxgraph/processors/flite-tts')
  const clock = createLiveClock()
  const voice = await openSpokenVoice({ definition, voices, usual: {}, clock })
  opened.push(voice)
  return voice.speak
}

async function mindsOf({ minds }: Emulation, path: string) {
  const { default: definition } = await import('voxgraph/processors/script-llm')
  const scripts = await Promise.all(
    minds.map(async ({ match, script }) => ({
      match: patternOf(match),
      script: typeof script === 'string' ? await readScript(script, path) : script,
    })),
  )
  return scriptedMind({ definition, scripts, clock: createLiveClock() })
}

/** A file with the options of `script-llm` in it, beside the one that names it. */
async function readScript(
  written: string,
  path: string,
): Promise<Readonly<Record<string, unknown>>> {
  const text = await readFile(resolve(dirname(path), written), 'utf8').catch((thrown: unknown) => {
    throw new EmulationError(`${written} cannot be read: ${fileFault(thrown)}`)
  })
  const document = parseDocument(text, { prettyErrors: true })
  const [fault] = document.errors
  if (fault !== undefined) throw new EmulationError(`${written}: ${fault.message}`)
  const script: unknown = document.toJS({ maxAliasCount: 100 })
  if (typeof script === 'object' && script !== null) return script as Record<string, unknown>
  throw new EmulationError(`${written} is not a map`)
}
