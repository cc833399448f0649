import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { bundle } from '../../../test/bundle.ts'
import { workletCode } from './worklet-code.ts'

const at = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

describe('the code of the browser client', () => {
  it('has less than 12 kB, packed, with its worklet in it', async () => {
    const code = await bundle(at('index.ts'), { globalName: 'voxgraph', minify: true })
    expect(code).toContain('voxgraph-speaker')
    expect(gzipSync(code, { level: 9 }).length).toBeLessThan(12_000)
  })

  it('holds the worklet as it is written now; if not: npm run worklet', async () => {
    expect(workletCode).toBe((await bundle(at('worklet.ts'), { minify: true })).trim())
  })
})
