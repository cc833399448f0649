import type { OptionScope } from './options.ts'
import type { PlanCostBudget } from './plan.ts'
import { quote } from './suggest.ts'
import { entryOf, type Entry } from './tree.ts'

/** `budgets.cost`, which fits its schema. */
export function readCostBudget(
  entry: Entry | undefined,
  value: unknown,
  { report }: OptionScope,
): PlanCostBudget | undefined {
  if (entry === undefined) return undefined
  const { usd, over, say } = value as Omit<PlanCostBudget, 'say'> & { readonly say?: string }
  if (say === undefined || over === 'end') return { usd, over, say }
  const written = entry.value.kind === 'map' ? entryOf(entry.value, 'over') : undefined
  const expected = 'end, because it has a "say"'
  const shape = { option: 'budgets.cost.over', expected, shown: quote(over), suggestion: '' }
  report.add('bad-value', written?.value.span ?? entry.keySpan, shape, 'end')
  return undefined
}
