import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/** Prints the address of every module that a process has asked for, when it ends. */
const trace = `data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from 'node:module'
  const urls = new Set()
  registerHooks({
    resolve(specifier, context, next) {
      const found = next(specifier, context)
      urls.add(found.url)
      return found
    },
  })
  process.on('exit', () => process.stderr.write([...urls].join('\\n')))
`)}`

async function loadedBy(...command: string[]): Promise<string> {
  const flags = ['--import', trace, '-C', '@voxgraph/source', at('../src/cli/main.ts')]
  const { stderr } = await promisify(execFile)(process.execPath, [...flags, ...command])
  return stderr
}

it('checking a graph loads neither the runtime nor what only services need', async () => {
  const loaded = await loadedBy('check', at('../graphs/front-desk.yaml'))
  expect(loaded).toContain('/src/graph/check.ts')
  expect(loaded).not.toMatch(/\/src\/(kernel|conversation|providers)\//)
  expect(loaded).not.toMatch(/node_modules\/(ws|cockatiel|undici|@modelcontextprotocol|openai)\//)
})
