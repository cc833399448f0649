import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config'

const source = '@voxgraph/source'

/** Tests that drive a browser, at the pace of real time. */
const pages = [
  'test/daily/**/*.test.ts',
  'test/pipecat.test.ts',
  'test/playground.test.ts',
  'transports/websocket/client/chromium.test.ts',
]

/** Tests that hold whole calls at the pace of real time, and compute little while they wait. */
const calls = ['test/serve.test.ts', 'test/twilio-call.test.ts']

const project = (
  name: string,
  include: readonly string[],
  exclude: readonly string[] = [],
): TestProjectInlineConfiguration => ({
  extends: true,
  test: {
    name,
    include: [...include],
    exclude: ['dist/**', 'node_modules/**', 'test/fixtures/**', ...exclude],
  },
})

const below = (...folders: readonly string[]): readonly string[] =>
  folders.map((folder) => `${folder}/**/*.test.ts`)

/** `test/gate.ts` runs units and node first, then calls and pages side by side. */
export default defineConfig({
  root: new URL('..', import.meta.url).pathname,
  ssr: { resolve: { conditions: [source, 'node', 'import', 'default'] } },
  resolve: { conditions: [source, 'node', 'import', 'default'] },
  test: {
    pool: 'forks',
    maxWorkers: 2,
    // V8 aborts now and then where threads that hold WebAssembly end ("jit_page.has_value()"): nodejs/node#64500.
    execArgv: ['-C', source, '--no-memory-protection-keys'],
    testTimeout: 60_000,
    projects: [
      {
        extends: true,
        // They leave nothing behind, so that files can share a process: a third of their time is starting one.
        test: { ...project('units', below('src', 'transports'), pages).test, isolate: false },
      },
      project('node', below('processors', 'test'), [...calls, ...pages]),
      project('calls', calls),
      {
        extends: true,
        // One browser at a time.
        test: { ...project('pages', pages).test, maxWorkers: 1, sequence: { groupOrder: 1 } },
      },
    ],
  },
})
