import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createLogMel } from './log-mel.ts'
import { openNative, openPortable } from './onnx-runtime.ts'
import { loudnessModel } from './testing.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'smart-turn-'))
  await writeFile(join(folder, 'loudness.onnx'), loudnessModel())
})
afterAll(() => rm(folder, { recursive: true }))

it('is the same natively and in WebAssembly', async () => {
  const tone = Int16Array.from({ length: 50_000 }, (_, i) => 9000 * Math.sin(i * 0.07))
  const features = createLogMel()(tone)
  const answers = []
  for (const open of [openNative, openPortable]) {
    const runtime = await open()
    const session = await runtime.load(join(folder, 'loudness.onnx'))
    const input = runtime.tensor(features, [1, 80, 800])
    const { logits } = await session.run({ input_features: input })
    answers.push(logits!.data[0])
    await session.release()
  }
  expect(answers[1]).toBeCloseTo(Number(answers[0]), 4)
})
