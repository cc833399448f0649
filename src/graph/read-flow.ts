import { checkName } from './names.ts'
import type { Report } from './report.ts'
import { shapeDepends, textOf, wrongShape } from './shape.ts'
import type { ChainSpec, NodeSpec, StepSpec } from './spec.ts'
import type { Entry, ListTree, ScalarTree, Span, Tree } from './tree.ts'

/** What was read of `flow`; `torn` when a chain could not be read. */
export interface Flow {
  readonly chains: readonly ChainSpec[]
  readonly torn: boolean
}

/** What a chain may go through beside nodes. */
export interface FlowWords {
  /** `flow`, `agents.triage.flow`: as messages call it. */
  readonly where: string
  /** `in` and `out` are steps: in an agent, and in a part. */
  readonly edges: boolean
  /** Whether `agents` is a step `here`, or there are `none`, or this is `inside` an agent or a part. */
  readonly agents: 'here' | 'none' | 'inside'
}

/** A step before its names are told apart. */
interface Word {
  readonly text: string
  readonly span: Span
  readonly feedback: boolean
}

/** Stands for a step that could not be read and has been reported. */
export const unreadable = ''

const hint = 'For example: flow: phone -> stt -> llm -> tts -> phone'

/** Reads `flow`: one chain, or several by name. */
export function readFlow(
  report: Report,
  entry: Entry | undefined,
  nodes: ReadonlyMap<string, NodeSpec>,
  words: FlowWords,
): Flow {
  if (entry === undefined) return { chains: [], torn: true }
  const { value } = entry
  const named: { name: string; tree: Tree }[] = []
  if (value.kind === 'map') {
    for (const item of value.entries) {
      if (item.key.startsWith('x-')) continue
      checkName(report, item.key, item.keySpan)
      named.push({ name: `${words.where}.${item.key}`, tree: item.value })
    }
  } else {
    named.push({ name: `${words.where}.main`, tree: value })
  }
  const chains = named.map(({ name, tree }) => readChain(report, name, tree, nodes, words))
  const whole = chains.filter((chain) => chain !== undefined)
  const broken = whole.some(({ steps }) => steps.some((step) => step.node === unreadable))
  return { chains: whole, torn: broken || whole.length < chains.length }
}

function readChain(
  report: Report,
  name: string,
  tree: Tree,
  nodes: ReadonlyMap<string, NodeSpec>,
  known: FlowWords,
): ChainSpec | undefined {
  const expected = 'a chain such as "phone -> stt", or a list of its steps'
  if (tree.kind === 'map' || (tree.kind === 'scalar' && tree.value === null)) {
    wrongShape(report, tree, name.replace(/\.main$/, ''), expected, hint)
    return undefined
  }
  const words = tree.kind === 'list' ? listWords(report, name, tree) : textWords(report, name, tree)
  if (words === undefined) return undefined
  if (words.length < 2) {
    report.add('bad-chain/short', tree.span, { chain: name })
    return undefined
  }
  const steps: StepSpec[] = []
  for (const [index, word] of words.entries()) {
    const step = readStep(report, word, { words, index, chain: name }, nodes, known)
    const { span, feedback } = word
    steps.push({
      ...(step ?? { node: unreadable, port: undefined, span, feedback }),
      chain: name,
      prefix: '',
    })
  }
  return { name, steps }
}

function listWords(report: Report, name: string, tree: ListTree): Word[] | undefined {
  const words: Word[] = []
  for (const item of tree.items) {
    if (item.kind !== 'scalar' || item.value === null) {
      wrongShape(report, item, `A step of ${name}`, 'the name of a node')
      return undefined
    }
    if (shapeDepends(report, item, 'flow')) return undefined
    words.push({ text: textOf(item), span: item.span, feedback: false })
  }
  return words
}

function textWords(report: Report, chain: string, tree: ScalarTree): Word[] | undefined {
  if (shapeDepends(report, tree, 'flow')) return undefined
  const words: Word[] = []
  let arrow: string | undefined
  let expectsStep = true
  let from = 0
  for (const text of textOf(tree).split(/\s+/).filter(Boolean)) {
    const span = report.source.find(tree.span, text, from)
    from = Math.max(from, span.end - tree.span.start)
    if (text === '->' || text === '~>') {
      if (expectsStep) {
        report.add('bad-chain/gap', span, { where: 'before', arrow: text, chain })
        return undefined
      }
      arrow = text
      expectsStep = true
    } else if (expectsStep) {
      if (!checkWord(report, text, span)) return undefined
      words.push({ text, span, feedback: arrow === '~>' })
      expectsStep = false
    } else if (/^[-=~—–→⇒>]+$/u.test(text)) {
      report.add('bad-chain/arrow', span, { arrow: text }, '->')
      return undefined
    } else {
      // Two words without an arrow between them are one name, and a bad one.
      const before = words.pop()
      const start = before?.span.start ?? span.start
      const joined = `${before?.text} ${text}`
      words.push({ text: joined, span: { start, end: span.end }, feedback: arrow === '~>' })
    }
  }
  if (expectsStep && arrow !== undefined) {
    const span = report.source.find(tree.span, arrow, Math.max(0, from - arrow.length))
    report.add('bad-chain/gap', span, { where: 'after', arrow, chain })
    return undefined
  }
  return words
}

/** An arrow without spaces hides in a word. */
function checkWord(report: Report, text: string, span: Span): boolean {
  if (!/[-~]>|=>|→/.test(text)) return true
  const fixed = text.replace(/\s*([-~])?-*>\s*|=>|→/gu, (_, mark) => ` ${mark ?? '-'}> `).trim()
  report.add('bad-chain/spaces', span, { fixed }, fixed)
  return false
}

interface Place {
  readonly words: readonly Word[]
  readonly index: number
  readonly chain: string
}

function readStep(
  report: Report,
  word: Word,
  place: Place,
  nodes: ReadonlyMap<string, NodeSpec>,
  known: FlowWords,
): Pick<StepSpec, 'node' | 'port' | 'span' | 'feedback'> | undefined {
  const { words, index } = place
  const { text, span, feedback } = word
  if (nodes.has(text)) return { node: text, port: undefined, span, feedback }
  const [node = '', port, more] = text.split('.')
  if (more !== undefined || port === '' || /[^\w-]/.test(node) || /[^\w-]/.test(port ?? '')) {
    report.add('bad-chain', span, { text })
    return undefined
  }
  if (!checkSpecial(report, { node, span, place, known })) return undefined
  if (port !== undefined && index > 0 && index < words.length - 1) {
    const left = `${words[index - 1]?.text} -> ${text}`
    const right = `${node} -> ${words[index + 1]?.text}`
    report.add('port-mid-chain', span, { left, right })
    return undefined
  }
  return { node, port, span, feedback }
}

/** `agents`, `in` and `out` are steps only where they mean something. */
function checkSpecial(
  report: Report,
  step: { node: string; span: Span; place: Place; known: FlowWords },
): boolean {
  const { node, span, known } = step
  const { words, index, chain } = step.place
  if (node === 'agents') {
    if (known.agents === 'none') report.add('agents-step/none', span, { chain })
    else if (known.agents === 'inside') report.add('agents-step/inside', span, { chain })
    return known.agents === 'here'
  }
  if (node !== 'in' && node !== 'out') return true
  // What has edges and no agents is a part: that is told of the file as a whole.
  if (!known.edges && known.agents === 'none') return true
  if (!known.edges) {
    report.add('agents-step/edge', span, { chain, node })
    return false
  }
  const isPlaced = index === (node === 'in' ? 0 : words.length - 1)
  const where = node === 'in' ? 'first' : 'last'
  if (!isPlaced) report.add('agents-step/end', span, { node, where })
  return isPlaced
}
