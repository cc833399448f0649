import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTurnJudges, type TurnJudges } from './engine.ts'
import { createLogMel, windowSamples } from './log-mel.ts'
import { loudnessModel, onnxModel } from './testing.ts'

const patient = new AbortController().signal
const speech = Int16Array.from({ length: 20_000 }, (_, i) => 8000 * Math.sin(i * i * 1e-5))
const input = { name: 'input_features', shape: [1, 80, 800] }

let folder: string
let judges: TurnJudges
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'smart-turn-'))
  judges = createTurnJudges()
})
afterAll(async () => {
  await judges.close()
  await rm(folder, { recursive: true })
})

async function fileOf(name: string, bytes: Uint8Array): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, bytes)
  return path
}

describe('the judges', () => {
  it('give what the model says of the features of the sound', async () => {
    const path = await fileOf('loudness.onnx', loudnessModel())
    await judges.open(path)
    const features = createLogMel()(speech)
    const mean = features.reduce((sum, value) => sum + value, 0) / features.length
    const probability = await judges.judge(path, speech, patient)
    expect(probability).toBeCloseTo(1 / (1 + Math.exp(-mean)), 5)
    expect(probability).not.toBeCloseTo(0.5, 3)
  })

  it('answer many at once, in order, and the same each time', async () => {
    const path = await fileOf('loudness.onnx', loudnessModel())
    const order: number[] = []
    const asked = Array.from({ length: 6 }, async (_, i) => {
      const answer = await judges.judge(path, speech.slice(0, 1 + (i % 2) * 10_000), patient)
      order.push(i)
      return answer
    })
    const answers = await Promise.all(asked)
    expect(order).toEqual([0, 1, 2, 3, 4, 5])
    expect(new Set(answers).size).toBe(2)
  })

  it('leave out what nobody waits for any more, and go on', async () => {
    const path = await fileOf('loudness.onnx', loudnessModel())
    const leave = new AbortController()
    const first = judges.judge(path, speech, patient)
    const second = judges.judge(path, speech, leave.signal)
    const third = judges.judge(path, speech, patient)
    leave.abort(new Error('gone'))
    await expect(second).rejects.toThrow('gone')
    expect(await third).toBe(await first)
  })

  it.each([
    [
      'takes something else',
      { input: { name: 'sound', shape: [1, windowSamples] }, output: input },
      'it takes sound and gives input_features',
    ],
    [
      'takes another size',
      {
        input: { name: 'input_features', shape: [1, 80, 400] },
        output: { name: 'logits', shape: [1, 80, 400] },
      },
      'it does not take 80 × 800 features',
    ],
    [
      'gives more than one number',
      { input, output: { name: 'logits', shape: [1, 80, 800] } },
      'what it gives is not one probability',
    ],
  ])('refuse a model that %s', async (what, shapes, reason) => {
    const step = { op: 'Sigmoid', input: shapes.input.name, output: shapes.output.name }
    const path = await fileOf(`${what}.onnx`, onnxModel({ ...shapes, steps: [step] }))
    await expect(judges.open(path)).rejects.toMatchObject({ code: 'model-wrong' })
    await expect(judges.open(path)).rejects.toThrow(reason)
  })

  it('refuse a model whose number is no probability', async () => {
    const steps = [
      {
        op: 'ReduceSum',
        input: 'input_features',
        output: 'logits',
        attributes: { keepdims: 1 },
      },
    ]
    const output = { name: 'logits', shape: [1, 1, 1] }
    const path = await fileOf('sum.onnx', onnxModel({ input, output, steps }))
    await expect(judges.open(path)).rejects.toThrow('what it gives is not one probability')
  })

  it('refuse what is no model, and take it once it is one', async () => {
    const path = await fileOf('page.onnx', new TextEncoder().encode('<html>Please log in</html>'))
    await expect(judges.open(path)).rejects.toMatchObject({ code: 'model-unreadable' })
    await writeFile(path, loudnessModel())
    await judges.open(path)
  })

  it('say how to get a model that is missing', async () => {
    const path = join(folder, 'nowhere.onnx')
    await expect(judges.open(path)).rejects.toMatchObject({ code: 'model-missing' })
    await expect(judges.open(path)).rejects.toThrow('voxgraph models pull smart-turn')
  })

  it('answer nothing after they were closed', async () => {
    const path = await fileOf('loudness.onnx', loudnessModel())
    const others = createTurnJudges()
    await others.open(path)
    const asked = others.judge(path, speech, patient)
    const told = asked.catch((reason: unknown) => reason)
    await others.close()
    await expect(others.judge(path, speech, patient)).rejects.toMatchObject({
      code: 'engine-closed',
    })
    const answer = await told
    if (typeof answer !== 'number') expect(answer).toMatchObject({ code: 'engine-closed' })
  })
})
