import { dirname, relative, resolve } from 'node:path'
import { conversationOptions } from '../../define/brain-options.ts'
import type { Host } from '../../graph/host.ts'
import { openGraph } from '../../graph/read-file.ts'
import type { Override } from '../../graph/read-graph.ts'
import { readYaml } from '../../graph/read-yaml.ts'
import { expectMap, expectText, readKeys, type KeySet } from '../../graph/shape.ts'
import { entryOf, isEmpty, type Entry, type Span, type Tree } from '../../graph/tree.ts'
import { jsonOf, scalarText } from './read-values.ts'
import type { TestReport } from './test-report.ts'

const mockKeys: KeySet = { owner: 'a mock', keys: ['use', 'with'], later: {} }

/** Where mocks are read. */
export interface MockScope {
  readonly host: Host
  /** Absolute paths of the test and of its graph. */
  readonly path: string
  readonly graph: string
}

/**
 * Reads what takes the place of nodes, by their ids (`llm`, `billing/llm`): a dialogue for `script-llm`, written
 * here or in a YAML file next to the test, or another processor.
 */
export async function readMocks(
  report: TestReport,
  entry: Entry | undefined,
  scope: MockScope,
): Promise<Readonly<Record<string, Override>>> {
  if (entry === undefined) return {}
  const hint = 'For example: mocks: { llm: { use: script-llm, with: { start: Hello } } }'
  const map = expectMap(report.general, entry.value, 'mocks', 'a map from nodes to mocks', hint)
  const mocks: [string, Override][] = []
  for (const { key, value } of map?.entries ?? []) {
    const mock = await readMock(report, value, scope)
    if (mock !== undefined) mocks.push([key, mock])
  }
  return Object.fromEntries(mocks)
}

async function readMock(
  report: TestReport,
  tree: Tree,
  scope: MockScope,
): Promise<Override | undefined> {
  if (tree.kind === 'scalar' && !isEmpty(tree)) {
    const use = scalarText(tree) ?? ''
    return /^\.\.?\/.*\.ya?ml$/.test(use)
      ? readDialogue(report, use, tree.span, scope)
      : { use: near(use, scope) }
  }
  const map = expectMap(report.general, tree, 'A mock', 'a processor, or a dialogue', '')
  if (map === undefined) return undefined
  const use = entryOf(map, 'use')
  if (use === undefined) return dialogueOf(map)
  readKeys(report.general, map, mockKeys)
  const name = expectText(report.general, use.value, 'use')
  const given = entryOf(map, 'with')
  const options = given && expectMap(report.general, given.value, 'with', 'a map of options', '')
  if (name === undefined) return undefined
  return {
    use: near(name, scope),
    with: options === undefined ? {} : (jsonOf(options) as Readonly<Record<string, unknown>>),
  }
}

/** A file with the options of `script-llm` in it. */
async function readDialogue(
  report: TestReport,
  written: string,
  span: Span,
  { host, path }: MockScope,
): Promise<Override | undefined> {
  const opened = await openGraph(relative(host.cwd, resolve(dirname(path), written)), host)
  const tree = opened.readable ? readYaml(opened.report) : undefined
  if (tree?.kind === 'map') return dialogueOf(tree)
  const [fault] = opened.report.diagnostics()
  const line = fault?.range === undefined ? '' : `line ${fault.range.start.line}: `
  const reason = fault === undefined ? 'it is not a map' : `${line}${fault.message}`
  report.fault('test-mock', span, { path: written, reason: reason.replace(/\.$/, '') })
  return undefined
}

/** It has the tools of the model in whose place it is, unless it says otherwise: as a fallback has. */
const dialogueOf = (map: Tree): Override => ({
  use: 'script-llm',
  keeps: Object.keys(conversationOptions),
  with: jsonOf(map) as Readonly<Record<string, unknown>>,
})

/** A path that is written from the test, as the graph would write it. */
function near(use: string, { path, graph }: MockScope): string {
  if (!/^\.\.?\//.test(use)) return use
  const from = relative(dirname(graph), resolve(dirname(path), use))
  return from.startsWith('.') ? from : `./${from}`
}
