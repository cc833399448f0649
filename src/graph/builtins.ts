import { readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { isDefinition, manifestOf, type Manifest } from '../define/index.ts'

/** Where the package keeps the manifests of its built-ins, from its root. */
export const builtinsFile = 'schemas/builtins.json'

/** The door of a built-in: what `import` is given. */
export const doorOf = (manifest: Manifest): string =>
  `voxgraph/${manifest.kind === 'transport' ? 'transports' : 'processors'}/${manifest.id}`

/** Manifests of the processors and transports of this package. Runs none of their code. */
export async function readBuiltins(root = packageRoot()): Promise<readonly Manifest[]> {
  const text = await readFile(join(root, builtinsFile), 'utf8')
  return JSON.parse(text) as readonly Manifest[]
}

/**
 * Writes the manifests of all doors of the package that lead to a processor or a transport.
 * @throws Error when a door does not open, or has no definition behind it
 */
export async function writeBuiltins(root = packageRoot()): Promise<void> {
  await writeFile(join(root, builtinsFile), await renderBuiltins(root))
}

/** What `writeBuiltins` writes. */
export async function renderBuiltins(root = packageRoot()): Promise<string> {
  const { exports } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
    exports: Record<string, unknown>
  }
  const manifests: Manifest[] = []
  for (const door of Object.keys(exports)) {
    if (!/^\.\/(processors|transports)\//.test(door)) continue
    const name = `voxgraph/${door.slice(2)}`
    const module = (await import(name)) as { default?: unknown }
    const definition = module.default
    if (!isDefinition(definition) || definition.kind === 'tool') {
      throw new Error(`${name} does not export a processor, a memory or a transport by default`)
    }
    const manifest = manifestOf(definition)
    if (doorOf(manifest) !== name) throw new Error(`${name} calls itself ${doorOf(manifest)}`)
    manifests.push(manifest)
  }
  manifests.sort((one, other) => (one.id < other.id ? -1 : 1))
  return `${JSON.stringify(manifests, null, 2)}\n`
}

/** The package finds itself by its own name, from source and from `dist` alike. */
function packageRoot(): string {
  return dirname(createRequire(import.meta.url).resolve('voxgraph/package.json'))
}
