import { defineConfig } from 'vitest/config'

const source = '@voxgraph/source'

/** Tests that drive a browser, at the pace of real time. */
const pages = [
  'test/daily/**/*.test.ts',
  'test/pipecat.test.ts',
  'test/playground.test.ts',
  'transports/websocket/client/chromium.test.ts',
]

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
        test: {
          name: 'node',
          include: [
            'src/**/*.test.ts',
            'processors/**/*.test.ts',
            'transports/**/*.test.ts',
            'test/**/*.test.ts',
          ],
          exclude: ['dist/**', 'node_modules/**', 'test/fixtures/**', ...pages],
        },
      },
      {
        extends: true,
        test: {
          name: 'pages',
          include: pages,
          // One browser at a time, with the machine to itself: what is heard in a page is heard in real time.
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
