import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The top of the repository. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** A file of the repository. */
export interface Source {
  /** From the top, with `/`. */
  readonly path: string
  readonly text: string
  /** What it imports, in the order of the text; relative ones as paths from the top. */
  readonly imports: readonly string[]
}

/** Files below a folder, as paths from the top. */
export function filesBelow(folder: string): readonly string[] {
  const entries = readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .filter((path) => !path.startsWith('test/fixtures/') && !path.includes('node_modules/'))
    .toSorted()
}

/** Names of the folders in a folder. */
export const foldersIn = (folder: string): readonly string[] =>
  readdirSync(join(root, folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .toSorted()

/** TypeScript below some folders. */
export const sourcesIn = (...folders: readonly string[]): readonly Source[] =>
  folders
    .flatMap((folder) => filesBelow(folder))
    .filter((path) => path.endsWith('.ts'))
    .map((path) => readSource(path))

/** A file and its imports, `import type` and `import('…')` too. */
export function readSource(path: string): Source {
  const text = readFileSync(join(root, path), 'utf8')
  const statement = /^(?:import|export)\b[^'"]*?from '([^']+)'|^import '([^']+)'/gm
  const call = /^(?!\s*(?:\*|\/\/)).*\bimport\('([^']+)'\)/gm
  const imports = [...text.matchAll(statement), ...text.matchAll(call)].map((match) => {
    const name = match[1] ?? match[2] ?? ''
    return name.startsWith('.') ? posix.join(posix.dirname(path), name) : name
  })
  return { path, text, imports }
}

/** True for tests and what only they use. */
export const isTest = ({ path }: Source): boolean =>
  /\.test(-d)?\.ts$/.test(path) || path.startsWith('test/')

/** The text without comments, line for line. */
export const withoutComments = (text: string): string =>
  text.replace(/\/\*.*?\*\//gs, (all) => all.replace(/[^\n]/g, '')).replace(/^\s*\/\/.*$/gm, '')

/** The package's own description. */
export const packageJson = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly exports: Readonly<Record<string, unknown>>
  readonly scripts: Readonly<Record<string, string>>
  readonly dependencies: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly devDependencies: Readonly<Record<string, string>>
  readonly version: string
}
