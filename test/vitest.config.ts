import { defineConfig } from 'vitest/config'

const source = '@voxgraph/source'

export default defineConfig({
  root: new URL('..', import.meta.url).pathname,
  ssr: { resolve: { conditions: [source, 'node', 'import', 'default'] } },
  resolve: { conditions: [source, 'node', 'import', 'default'] },
  test: {
    include: [
      'src/**/*.test.ts',
      'processors/**/*.test.ts',
      'transports/**/*.test.ts',
      'test/**/*.test.ts',
    ],
    exclude: ['dist/**', 'node_modules/**', 'test/fixtures/**'],
    pool: 'forks',
    maxWorkers: 2,
    // V8 aborts now and then where threads that hold WebAssembly end ("jit_page.has_value()"): nodejs/node#64500.
    execArgv: ['-C', source, '--no-memory-protection-keys'],
    testTimeout: 60_000,
  },
})
