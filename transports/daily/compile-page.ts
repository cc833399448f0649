import { transform } from 'esbuild'

/** A module of a page without its types, where it runs from its sources: by what bundles the other pages. */
export async function compilePage(source: string): Promise<string> {
  const { code } = await transform(source, { loader: 'ts', target: 'es2022' })
  return code
}
