import { build } from 'esbuild'

/** How a page's code is put together. */
export interface BundleOptions {
  /** Name under which the page finds what the entry exports; the entry's own work only, unless given. */
  readonly globalName?: string
  readonly minify?: boolean
}

/** Code for a page, with all that it imports, from a file or a package name; as the sources say, not `dist`. */
export async function bundle(entry: string, options: BundleOptions = {}): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: 'iife',
    target: 'es2022',
    platform: 'browser',
    conditions: ['@voxgraph/source'],
    logLevel: 'error',
    ...options,
  })
  return outputFiles.map(({ text }) => text).join('\n')
}
