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
    execArgv: ['-C', source],
    testTimeout: 20_000,
  },
})
