import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { runCli } from '../../test/terminal.ts'
import { knownModels } from '../models/model-catalogue.ts'
import { modelsFolder } from '../models/model-store.ts'
import { createProgressBar } from './progress-bar.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'models-'))
  vi.stubEnv('VOXGRAPH_MODELS', join(folder, 'models'))
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true })
})

const models = (...args: readonly string[]) => runCli(['models', ...args], { cwd: folder })
const path = (): string => join(folder, 'models/smart-turn-v3.2-cpu.onnx')

describe('voxgraph models', () => {
  it('lists what it knows and what is here', async () => {
    expect(await models('list')).toEqual({
      code: 0,
      out: `smart-turn  Smart Turn v3.2: has the caller finished? For the processor smart-turn. 8.7 MB, BSD-2-Clause
  not here
`,
      err: '',
    })
    const { out } = await models('list', '--json')
    expect(JSON.parse(out)).toMatchObject([{ name: 'smart-turn', path: path(), state: 'missing' }])
  })

  it('pulls a file that was copied here, under its name', async () => {
    await writeFile(join(folder, 'mine.onnx'), 'my model')
    const sha = createHash('sha256').update('my model').digest('hex')
    await expect(models('pull', 'smart-turn', '--from', 'mine.onnx')).rejects.toMatchObject({
      code: 'model-size',
    })
    const args = ['pull', 'smart-turn', '--from', 'mine.onnx', '--sha256', sha.toUpperCase()]
    expect(await models(...args)).toEqual({
      code: 0,
      out: `smart-turn is here: ${path()}\n`,
      err: '',
    })
    expect(await models('path', 'smart-turn')).toEqual({ code: 0, out: `${path()}\n`, err: '' })
    expect((await models('list')).out).toContain('(not the known version)')
  })

  it('tells that a model is not here, and how to get it', async () => {
    await expect(models('path', 'smart-turn')).rejects.toMatchObject({
      code: 'model-missing',
      help: 'Get it: voxgraph models pull smart-turn',
    })
  })

  it('knows no other names', async () => {
    await expect(models('pull', 'smart')).rejects.toMatchObject({
      code: 'unknown-model',
      help: 'Models: smart-turn.',
    })
  })

  it.each([
    [[], 'Say what to do: list, pull <name> or path <name>.'],
    [['push', 'smart-turn'], 'Say what to do'],
    [['list', 'smart-turn'], 'Say what to do'],
    [['pull'], 'Which model? smart-turn'],
    [['pull', 'smart-turn', 'other'], 'Name one model at a time.'],
    [['pull', 'smart-turn', '--sha256', 'abc'], '--sha256 has 64 digits'],
    [['pull', '--trust'], "Unknown option '--trust'"],
  ])('refuses %j', async (args, reason) => {
    const { code, out, err } = await models(...args)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toContain(reason)
    expect(err).toContain('usage: voxgraph models ')
  })
})

describe('the catalogue', () => {
  it('names fixed bytes at fixed revisions', () => {
    for (const { url, sha256, bytes, name, file } of knownModels) {
      expect(url).toMatch(/^https:\/\/.+\/[0-9a-f]{40}\//)
      expect(url.endsWith(`/${file}`)).toBe(true)
      expect(sha256).toMatch(/^[0-9a-f]{64}$/)
      expect(bytes).toBeGreaterThan(0)
      expect(name).toMatch(/^[a-z0-9-]+$/)
    }
  })
})

describe('the folder of models', () => {
  it('is what the environment says', () => {
    expect(modelsFolder({ VOXGRAPH_MODELS: '/srv/m', XDG_DATA_HOME: '/x' })).toBe('/srv/m')
    expect(modelsFolder({ VOXGRAPH_MODELS: '', XDG_DATA_HOME: '/x' })).toBe('/x/voxgraph/models')
    const usual = join(homedir(), '.local/share/voxgraph/models')
    expect(modelsFolder({ XDG_DATA_HOME: 'relative' })).toBe(usual)
    expect(modelsFolder({})).toBe(usual)
  })
})

describe('the progress bar', () => {
  const draw = (isTTY: boolean): string => {
    const pieces: string[] = []
    const write = (piece: string): boolean => pieces.push(piece) > 0
    const stream = Object.assign(Object.create(process.stderr) as NodeJS.WriteStream, {
      isTTY,
      write,
      getColorDepth: () => 1,
    })
    const { signal } = new AbortController()
    const bar = createProgressBar({ out: stream, err: stream, cwd: '/', signal }, 'ear')
    for (let count = 1; count <= 1000; count++) bar.show(count * 1000, 1_000_000)
    bar.show(1_000_000, undefined)
    bar.clear()
    return pieces.join('')
  }

  it('is drawn once a percent, and taken away', () => {
    const drawn = draw(true).split('\r').slice(1)
    expect(drawn.length).toBe(103)
    expect(drawn[50]).toBe(`ear  ${'█'.repeat(15)}${'░'.repeat(15)}  50 %  0.5 MB`)
    expect(drawn.at(-1)).toBe('\u001B[2K')
  })

  it('is not drawn where there is no terminal', () => {
    expect(draw(false)).toBe('')
  })
})
