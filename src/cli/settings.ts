import type { HostOptions } from '../graph/host.ts'
import { UsageError, type CommandArgs } from './command.ts'

/**
 * Values given with `--set name=value`.
 * @throws UsageError when one has no name or no `=`
 */
export const readSettings = (values: CommandArgs['values']): Readonly<Record<string, string>> =>
  readPairs(values, 'set', 'voice=slt')

/** The same for another option. @throws UsageError that says how it is written */
export function readPairs(
  values: CommandArgs['values'],
  option: string,
  example: string,
): Readonly<Record<string, string>> {
  const given = values[option]
  const settings = Array.isArray(given) ? given : []
  return Object.fromEntries(
    settings.map((setting): [string, string] => {
      const text = String(setting)
      const at = text.indexOf('=')
      if (at > 0) return [text.slice(0, at), text.slice(at + 1)]
      throw new UsageError(
        `--${option} takes name=value, but got "${text}". Write --${option} ${example}.`,
      )
    }),
  )
}

/** `--profile` of commands that work with a graph. */
export const profileOption = {
  option: { type: 'string' },
  describe: 'profile of the graph: --profile phone',
} as const

/** What the command line says of the graph itself, for a host. @throws UsageError like `readSettings` */
export const readGraphSettings = (values: CommandArgs['values']): GraphSettings => {
  const { profile } = values
  return { params: readSettings(values), ...(typeof profile === 'string' && { profile }) }
}

/** Values of params, and the profile; none unless given. */
export type GraphSettings = Pick<HostOptions, 'params' | 'profile'>
