import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { reasonOf } from '../errors/index.ts'
import { renderDiagnostics } from '../errors/diagnostics.ts'
import { check } from '../graph/check.ts'
import { createHost } from '../graph/host.ts'
import type { Plan } from '../graph/plan.ts'
import { exitCodes, UsageError, type Command, type CommandArgs, type Terminal } from './command.ts'
import { drawAscii } from './draw-ascii.ts'
import { centreLabels, drawDot } from './draw-dot.ts'
import { drawJson } from './draw-json.ts'
import { drawMermaid } from './draw-mermaid.ts'
import { pictureOf } from './draw-picture.ts'
import { paintFor, type Paint } from './paint.ts'
import { profileOption, readGraphSettings } from './settings.ts'

/** What a graph can be drawn as. */
export const graphFormats = ['ascii', 'mermaid', 'dot', 'svg', 'json'] as const
/** One of them. */
export type GraphFormat = (typeof graphFormats)[number]

/**
 * The graph as text in one of the formats. Libraries are loaded when a format needs them.
 * @param columns width that `ascii` should keep to, if it can
 * @param paint colours for `ascii`: none unless given
 */
export async function renderGraph(
  plan: Plan,
  format: GraphFormat,
  columns = 100,
  paint: Paint = (_style, text) => text,
): Promise<string> {
  switch (format) {
    case 'mermaid':
      return drawMermaid(pictureOf(plan))
    case 'dot':
      return drawDot(pictureOf(plan))
    case 'svg':
      return renderSvg(plan)
    case 'ascii':
      return drawAscii(pictureOf(plan), columns, paint)
    case 'json':
      return drawJson(plan)
  }
}

/** The graph as an SVG image that stands by itself. */
export async function renderSvg(plan: Plan): Promise<string> {
  const { Graphviz } = await import('@hpcc-js/wasm-graphviz')
  const graphviz = await Graphviz.load()
  return centreLabels(graphviz.layout(drawDot(pictureOf(plan)), 'svg', 'dot'))
}

/** `voxgraph graph` */
export const command: Command = {
  name: 'graph',
  summary: 'Draw a graph, with what the loader puts in.',
  usage: `<graph.yaml> [--format ${graphFormats.join('|')}] [--out file]`,
  options: {
    format: { type: 'string', short: 'f' },
    out: { type: 'string', short: 'o' },
    set: { type: 'string', multiple: true },
    profile: profileOption.option,
  },
  describe: {
    format: `${graphFormats.join(', ')}; by the name of --out, else ascii`,
    out: 'write to this file',
    set: 'value of a param: --set name=value',
    profile: profileOption.describe,
  },
  examples: ['voxgraph graph bot.yaml', 'voxgraph graph bot.yaml --out bot.svg'],
  run: draw,
}

async function draw({ positionals, values }: CommandArgs, terminal: Terminal): Promise<number> {
  const [file, ...others] = positionals
  if (file === undefined) throw new UsageError('Which graph? Name a file: voxgraph graph bot.yaml')
  if (others.length > 0) throw new UsageError('One graph at a time.')
  const out = typeof values['out'] === 'string' ? values['out'] : undefined
  const format = formatOf(values['format'], out)
  // A picture needs no key and no file that is only read in a call.
  const host = await createHost({ cwd: terminal.cwd, ...readGraphSettings(values), lenient: true })
  const { diagnostics, plan } = await check(file, host)
  const errors = diagnostics.filter((one) => one.severity === 'error')
  if (plan === undefined) {
    terminal.err.write(renderDiagnostics(errors, { stream: terminal.err }))
    return exitCodes.failed
  }
  const paint = out === undefined ? paintFor(terminal.out) : undefined
  const text = await renderGraph(plan, format, terminal.out.columns, paint)
  if (out === undefined) {
    terminal.out.write(text)
    return exitCodes.ok
  }
  return write(text, out, terminal)
}

async function write(text: string, out: string, terminal: Terminal): Promise<number> {
  const path = resolve(terminal.cwd, out)
  try {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, text)
  } catch (error) {
    terminal.err.write(`${out} cannot be written: ${reasonOf(error)}\n`)
    return exitCodes.failed
  }
  terminal.err.write(`wrote ${out}\n`)
  return exitCodes.ok
}

function formatOf(given: unknown, out: string | undefined): GraphFormat {
  const extensions: Readonly<Record<string, GraphFormat>> = {
    svg: 'svg',
    json: 'json',
    dot: 'dot',
    gv: 'dot',
    mmd: 'mermaid',
    mermaid: 'mermaid',
  }
  const byName = extensions[out?.split('.').pop() ?? '']
  if (given === undefined) return byName ?? 'ascii'
  const format = graphFormats.find((one) => one === given)
  if (format !== undefined) return format
  throw new UsageError(`There is no format "${String(given)}": ${graphFormats.join(', ')}.`)
}
