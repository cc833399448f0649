import { dirname } from 'node:path'
import type { JsonSchema } from '../schema/json-schema.ts'
import { checkName } from './names.ts'
import { readOptionMap, type OptionScope } from './options.ts'
import type { PlanServer } from './plan.ts'
import { expectMap, readKeys, textOf, type KeySet } from './shape.ts'
import { nearest } from './suggest.ts'
import { entryOf, type Entry, type MapTree } from './tree.ts'

/** Keys of a server that is a process of its own. */
export const processKeys: KeySet = {
  owner: 'a server with "command"',
  keys: ['command', 'env'],
  later: {},
}

/** Keys of a server that is reached by HTTP. */
export const httpKeys: KeySet = {
  owner: 'a server with "url"',
  keys: ['url', 'headers'],
  later: {},
}

const hint = 'For example: mcp: { crm: { command: [npx, -y, "@acme/crm-mcp"] } }'

/** Names of variables and headers whose values must not stand in a file. */
const secretName = /auth|key|token|secret|pass|pwd|cookie|credential/i

/**
 * Entries of `mcp`: servers whose tools may be used. One that is wrong has been reported, and is there without
 * a value.
 */
export function readServers(
  entry: Entry | undefined,
  usedServers: ReadonlySet<string>,
  scope: OptionScope,
): ReadonlyMap<string, PlanServer | undefined> {
  const servers = new Map<string, PlanServer | undefined>()
  if (entry === undefined) return servers
  const { report } = scope
  const map = expectMap(report, entry.value, 'mcp', 'a map from names to servers', hint)
  const entries = (map?.entries ?? []).filter(({ key }) => !key.startsWith('x-'))
  const names = entries.map(({ key }) => key)
  // One that was meant by a misspelt name is used.
  const used = new Set([...usedServers].map((name) => nearest(name, names) ?? name))
  for (const item of entries) {
    const { key: name, keySpan } = item
    checkName(report, name, keySpan)
    servers.set(name, readServer(item, scope))
    if (!used.has(name) && !usedServers.has(name)) report.add('unused-server', keySpan, { name })
  }
  return servers
}

/** Servers that the tools of a file name. */
export const serversUsed = (
  tools: Iterable<{ readonly use: Parameters<typeof textOf>[0] | undefined }>,
): ReadonlySet<string> =>
  new Set([...tools].flatMap(({ use }) => /^mcp:([^/]+)/.exec(use ? textOf(use) : '')?.[1] ?? []))

function readServer(
  { key: id, keySpan, value }: Entry,
  scope: OptionScope,
): PlanServer | undefined {
  const { report, file } = scope
  const map = expectMap(report, value, `mcp.${id}`, 'a map with "command" or "url"', hint)
  if (map === undefined) return undefined
  const isHttp = entryOf(map, 'url') !== undefined
  const keys = readKeys(report, map, isHttp ? httpKeys : processKeys)
  const needed = isHttp ? 'url' : 'command'
  if (!keys.has(needed)) {
    report.add('missing-key', keySpan, { owner: `mcp.${id}`, key: 'command" or "url', hint })
    return undefined
  }
  const tree: MapTree = { ...map, entries: [...keys.values()] }
  const { value: given } = readOptionMap(scope, id, schemaOf(keys), tree)
  if (!isHttp) {
    const command = (given['command'] ?? []) as readonly string[]
    const written = keys.get('command')?.keySpan ?? keySpan
    const folder = dirname(report.source.at(written).path ?? file)
    return { id, kind: 'process', command, folder, env: textsOf(given['env']) }
  }
  const url = String(given['url'] ?? '')
  const isUrl = URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)
  if (!isUrl && url !== '') {
    const expected = 'an address such as https://tools.example.com/mcp'
    const params = { option: 'url', expected, shown: 'this', suggestion: '' }
    report.add('bad-value', keys.get('url')?.value.span, params)
  }
  return { id, kind: 'http', url, headers: textsOf(given['headers']) }
}

const textsOf = (value: unknown): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(value ?? {}).map(([name, text]) => [name, String(text)]))

/** What is named like a secret must not stand in the file. */
function schemaOf(keys: ReadonlyMap<string, Entry>): JsonSchema {
  const texts = (name: string): JsonSchema => {
    const tree = keys.get(name)?.value
    const entries = tree?.kind === 'map' ? tree.entries : []
    const secrets = entries.filter(({ key }) => secretName.test(key))
    const secret: JsonSchema = { type: 'string', writeOnly: true }
    const properties = Object.fromEntries(secrets.map(({ key }) => [key, secret]))
    return { type: 'object', properties, additionalProperties: { type: 'string' } }
  }
  return {
    type: 'object',
    properties: {
      command: { type: 'array', minItems: 1, items: { type: 'string', minLength: 1 } },
      url: { type: 'string' },
      env: texts('env'),
      headers: texts('headers'),
    },
  }
}
