import { expect, test } from 'vitest'
import { overridden } from './override.ts'
import { treeOf, type Entry, type Tree } from './tree.ts'

const span = { start: 0, end: 0 }
const written = {
  use: 'anthropic-llm',
  with: { model: 'claude', prompt: 'Be kind.', tools: ['find'] },
  timeout: '1s',
  on_error: 'end_call',
}
const node = (value: unknown = written): Entry => ({
  key: 'llm',
  keySpan: span,
  value: treeOf(value, span),
})

const plain = (tree: Tree): unknown => {
  if (tree.kind === 'scalar') return tree.value
  if (tree.kind === 'list') return tree.items.map(plain)
  return Object.fromEntries(tree.entries.map(({ key, value }) => [key, plain(value)]))
}

test('another processor has none of the options and limits of the one in the file', () => {
  const { value } = overridden(node(), { use: 'script-llm', with: { start: 'Hello' } })
  expect(plain(value)).toEqual({
    use: 'script-llm',
    with: { start: 'Hello' },
    on_error: 'end_call',
  })
})

test('it has those that are to stay, unless it gives its own', () => {
  const keeps = ['prompt', 'tools', 'window']
  const { value } = overridden(node(), { use: 'script-llm', with: { tools: [] }, keeps })
  expect(plain(value)).toMatchObject({ with: { tools: [], prompt: 'Be kind.' } })
  expect(plain(overridden(node('anthropic-llm'), { use: 'script-llm', keeps }).value)).toEqual({
    use: 'script-llm',
    with: {},
  })
})
