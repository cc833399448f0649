import { expect, test } from 'vitest'
import { graphsInMarkdown } from './fences.ts'

test('finds graphs in Markdown and keeps their lines', () => {
  const page = ['# A', '```yaml', 'version: 1', 'flow: a -> b', '```', 'end'].join('\r\n')
  expect(graphsInMarkdown(page)).toEqual([{ line: 3, text: '\n\nversion: 1\nflow: a -> b' }])
})

test.for([
  ['no version', '```yaml\nflow: a\n```'],
  ['another language', '```ts\nversion: 1\n```'],
  ['never closed', '```yaml\nversion: 1\n'],
  ['inside another fence', '````md\n```yaml\nversion: 1\n```\n````'],
  ['a shorter mark does not close', '````yaml\nflow: 1\n```\n````\nversion: 1'],
])('takes no graph from a fence with %s', ([, page]) => {
  expect(graphsInMarkdown(page ?? '')).toEqual([])
})

test('takes fences of a list, and with tildes', () => {
  const page = '- a\n\n  ~~~yml\n  version: 1\n  ~~~\n'
  expect(graphsInMarkdown(page)).toEqual([{ line: 4, text: '\n\n\n  version: 1' }])
})
