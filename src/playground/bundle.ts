import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Folder of the page's sources. */
const folder = fileURLToPath(new URL('.', import.meta.url))

/** Files that are taken as they are. */
const asTheyAre = ['index.html', 'icon.svg'] as const

/**
 * The files of the page by name, its modules in one. Used by the build, and where the runtime runs from its
 * sources.
 * @throws Error that says what to install
 */
export async function bundlePlayground(): Promise<Readonly<Record<string, string>>> {
  const [bundled, ...texts] = await Promise.all([
    bundleModules(),
    ...asTheyAre.map((name) => readFile(join(folder, name), 'utf8')),
  ])
  const others = asTheyAre.map((name, index) => [name, texts[index] ?? ''] as const)
  return { ...bundled, ...Object.fromEntries(others) }
}

/** Writes them to a folder: `npm run build`. */
export async function writePlayground(to: string): Promise<void> {
  const files = await bundlePlayground()
  await mkdir(to, { recursive: true })
  await Promise.all(Object.entries(files).map(([name, text]) => writeFile(join(to, name), text)))
}

async function bundleModules(): Promise<Readonly<Record<string, string>>> {
  const { build } = await loadBundler()
  const { outputFiles } = await build({
    entryPoints: { app: join(folder, 'main.ts'), style: join(folder, 'style.css') },
    bundle: true,
    minify: true,
    write: false,
    outdir: folder,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    conditions: ['@voxgraph/source'],
    legalComments: 'none',
    logLevel: 'silent',
  })
  return Object.fromEntries(outputFiles.map(({ path, text }) => [basename(path), text]))
}

async function loadBundler(): Promise<typeof import('esbuild')> {
  try {
    return await import('esbuild')
  } catch (cause) {
    const help = 'npm install --save-dev esbuild, or npm run build and run it from dist.'
    throw new Error(`The playground is bundled with esbuild, which is not installed. ${help}`, {
      cause,
    })
  }
}
