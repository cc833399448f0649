import { readOptionMap, type OptionScope } from './options.ts'
import type { PlanTurns } from './plan.ts'
import { wrongShape } from './shape.ts'
import type { Entry, MapTree } from './tree.ts'
import { turnsSchema, usualTurns, type TurnOptions } from './turns-schema.ts'

/** `turns` of a graph that says nothing about them. */
export const plainTurns = (): PlanTurns => ({ options: usualTurns(), templates: [] })

/** The entry `turns`, checked like the options of a node. */
export function readTurns(entry: Entry | undefined, scope: OptionScope): PlanTurns {
  if (entry === undefined) return plainTurns()
  const { value: tree } = entry
  if (tree.kind !== 'map') {
    wrongShape(scope.report, tree, 'turns', 'a map', 'For example: turns: { end: [stt] }')
    return plainTurns()
  }
  const { value, templates } = readOptionMap(scope, 'turns', turnsSchema, tree as MapTree)
  return { options: value as unknown as TurnOptions, templates }
}
