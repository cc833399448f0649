import { resolve } from 'node:path'
import type { Memory } from '../define/index.ts'
import { loadMemory } from '../graph/load.ts'
import type { PlanMemory } from '../graph/plan-memory.ts'
import { callerIdOf } from '../kernel/caller-id.ts'
import { createLiveClock } from '../time/live-clock.ts'
import { exitCodes, UsageError, type Command, type CommandArgs, type Terminal } from './command.ts'
import { createTerminalLog, planGraph } from './live-program.ts'
import { profileOption, readGraphSettings } from './settings.ts'

/** `voxgraph forget` */
export const command: Command = {
  name: 'forget',
  summary: 'Delete what a graph remembers of a caller.',
  usage: '<graph.yaml> --caller <id> [--set name=value]',
  options: {
    caller: { type: 'string' },
    set: { type: 'string', multiple: true },
    profile: profileOption.option,
  },
  describe: {
    caller: 'who is forgotten: the value of call.from, or of what the graph names as caller',
    set: 'value of a param: --set name=value',
    profile: profileOption.describe,
  },
  examples: ['voxgraph forget graphs/front-desk.yaml --caller +15550100'],
  run: forget,
}

async function forget({ positionals, values }: CommandArgs, terminal: Terminal): Promise<number> {
  const [file, ...others] = positionals
  if (file === undefined) {
    throw new UsageError('Which graph? Name a file: voxgraph forget bot.yaml --caller +15550100')
  }
  if (others.length > 0) throw new UsageError('One graph at a time.')
  const caller = callerIdOf(values['caller'])
  if (caller === undefined) {
    throw new UsageError('Who shall be forgotten? Say --caller +15550100')
  }
  const plan = await planGraph(file, terminal, readGraphSettings(values))
  if (plan === undefined) return exitCodes.failed
  // Nothing but its code is loaded: engines and models are of no use here.
  const definition = await loadMemory(plan)
  if (plan.memory === undefined || definition === undefined) {
    terminal.err.write(`${file} has no memory, so it has forgotten all its callers.\n`)
    return exitCodes.failed
  }
  if (!definition.lasting) {
    const { use } = plan.memory
    terminal.err.write(
      `${use} is in the process that takes the calls and ends with it; nobody can look into it from outside. End that process.\n`,
    )
    return exitCodes.failed
  }
  const clock = createLiveClock()
  const { options } = plan.memory
  const log = createTerminalLog(terminal)
  const memory = await definition.open({ options: options as never, clock, log })
  try {
    terminal.out.write(await forgetOne(memory, caller, plan.memory))
  } finally {
    await memory.close?.()
  }
  return exitCodes.ok
}

async function forgetOne(memory: Memory, caller: string, plan: PlanMemory): Promise<string> {
  const values = await valuesOf(memory, caller)
  if (!(await memory.forget(caller))) {
    // Whoever stands in another folder has made a new file, and should see it.
    const places = pathsOf(plan).map((path) => `It was looked for in ${path}\n`)
    return `Nothing was known of ${caller}.\n${places.join('')}`
  }
  if (values === undefined) return `Forgot ${caller}.\n`
  return `Forgot ${caller}: ${values} value${values === 1 ? '' : 's'}.\n`
}

/** How many there are, where that can be told: what is damaged or has expired can be forgotten, too. */
async function valuesOf(memory: Memory, caller: string): Promise<number | undefined> {
  try {
    const known = await memory.recall(caller)
    return known && Object.keys(known).length
  } catch {
    return undefined
  }
}

/** Files that it writes to, by its options. */
function pathsOf({ manifest, options }: PlanMemory): string[] {
  const found = Object.entries(manifest.options.properties ?? {}).filter(
    ([, option]) => option['x-output-path'] === true,
  )
  return found.flatMap(([name]) => {
    const path = options[name]
    return typeof path === 'string' ? [resolve(path)] : []
  })
}
