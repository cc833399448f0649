import { afterEach, expect, it, vi } from 'vitest'
import { pulledModel } from './pulled-model.ts'

afterEach(() => vi.unstubAllEnvs())

it('is looked for where the environment says', async () => {
  vi.stubEnv('VOXGRAPH_MODELS', '/srv/models')
  expect(await pulledModel('smart-turn')).toBe('/srv/models/smart-turn-v3.2-cpu.onnx')
  await expect(pulledModel('smart')).rejects.toMatchObject({ code: 'unknown-model' })
})
