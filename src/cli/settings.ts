import { UsageError, type CommandArgs } from './command.ts'

/**
 * Values given with `--set name=value`.
 * @throws UsageError when one has no name or no `=`
 */
export function readSettings(values: CommandArgs['values']): Readonly<Record<string, string>> {
  const given = values['set']
  const settings = Array.isArray(given) ? given : []
  return Object.fromEntries(
    settings.map((setting): [string, string] => {
      const text = String(setting)
      const at = text.indexOf('=')
      if (at > 0) return [text.slice(0, at), text.slice(at + 1)]
      throw new UsageError(`--set takes name=value, but got "${text}". Write --set voice=slt.`)
    }),
  )
}
