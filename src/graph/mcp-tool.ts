import type { ToolManifest } from '../define/index.ts'
import type { CodeRef, PlanServer } from './plan.ts'
import type { Report } from './report.ts'
import { shapeDepends, textOf } from './shape.ts'
import type { ToolSpec } from './spec.ts'
import { didYouMean, listNames, nearest } from './suggest.ts'
import type { ScalarTree } from './tree.ts'

/**
 * A tool of a server: `mcp:crm/find_customer`. What the file does not say of it is learned from the server
 * when the program starts; nobody asks it before.
 */
export function mcpToolOf(
  report: Report,
  use: ScalarTree,
  { keys }: ToolSpec,
  servers: ReadonlyMap<string, PlanServer | undefined>,
): { readonly code: CodeRef; readonly manifest: ToolManifest } | undefined {
  if (shapeDepends(report, use, 'use')) return undefined
  const text = textOf(use)
  const [, server = '', tool = ''] = /^mcp:([^/]+)\/(.+)$/.exec(text) ?? []
  if (server === '' || !/^[\w.\-/]{1,128}$/.test(tool)) {
    const expected = 'mcp:server/tool, for example mcp:crm/find_customer'
    report.add('bad-value', use.span, {
      option: 'use',
      expected,
      shown: `"${text}"`,
      suggestion: '',
    })
    return undefined
  }
  if (!servers.has(server)) {
    const meant = nearest(server, servers.keys())
    const names = servers.size === 0 ? 'none' : listNames([...servers.keys()])
    const params = { use: text, name: server, suggestion: didYouMean(meant), servers: names }
    report.add('unknown-server', use.span, params, meant && `mcp:${meant}/${tool}`)
    return undefined
  }
  const learns = (['description', 'parameters'] as const).filter((key) => !keys.has(key))
  const manifest = { kind: 'tool', description: '', parameters: { type: 'object' } } as const
  return { code: { kind: 'mcp', server, tool, learns }, manifest }
}
