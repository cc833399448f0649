import { answersOf, type Dialogue, type Rule } from './dialogue.ts'
import { certainSlots, inAll, slotsIn, type Pattern } from './pattern.ts'
import { namesIn } from './reply.ts'
import { examplesOf } from './examples.ts'

/** Looks for what cannot work in a dialogue and tells `fault`, in the order in which it stands. */
export function checkDialogue(dialogue: Dialogue, fault: (text: string) => void): void {
  const { slots, rules, topics } = dialogue
  for (const [name, slot] of slots) {
    if (!/^[a-z][a-z0-9_]*$/.test(name) || name === 'result') {
      fault(`slots: "${name}" cannot be the name of a slot; use lower case, digits and "_"`)
    }
    if (slot.kind === 'words') continue
    const empty = slot.values.find(({ words }) => words.length === 0)
    if (slot.values.length === 0) fault(`slots.${name} has no values`)
    if (empty !== undefined) fault(`slots.${name}: the value "${empty.heard}" has no words`)
    const texts = slot.values.map(({ words }) => words.join(' '))
    const twice = texts.find((text, index) => texts.indexOf(text) < index)
    if (twice !== undefined) fault(`slots.${name}: the value "${twice}" is there twice`)
  }
  for (const name of namesIn(dialogue.start)) {
    fault(`start: {${name}} is not known when the call begins`)
  }
  const known = knownInTopics(dialogue)
  for (const rule of rules) checkRule(dialogue, rule, new Set(), fault)
  findDead(dialogue, rules, fault)
  for (const [name, list] of topics) {
    if (!known.has(name)) fault(`topics.${name}: no rule leads there with "then: ${name}"`)
    for (const rule of list)
      checkRule(dialogue, rule, known.get(name) ?? new Set(slots.keys()), fault)
    findDead(dialogue, list, fault)
  }
}

function checkRule(
  dialogue: Dialogue,
  rule: Rule,
  known: ReadonlySet<string>,
  fault: (text: string) => void,
): void {
  const { slots, topics, tools } = dialogue
  const { place, tool } = rule
  for (const name of usedIn([...rule.patterns, ...(rule.cutShort?.patterns ?? [])])) {
    if (!slots.has(name)) fault(`${place}: there is no slot called "${name}"${among(slots)}`)
  }
  for (const name of rule.ask.keys()) {
    if (!slots.has(name)) fault(`${place}: "ask" names "${name}", which is no slot${among(slots)}`)
  }
  if (tool !== undefined && !tools.includes(tool.name)) {
    const there = tools.length === 0 ? 'none' : tools.join(', ')
    fault(`${place}: there is no tool or hand-off called "${tool.name}"; there are: ${there}`)
  }
  if (answersOf(rule).some(({ endsCall }) => endsCall) && !tools.includes('end_call')) {
    fault(`${place}: to end the call, add end_call to "tools"`)
  }
  for (const { then } of answersOf(rule)) {
    if (then === undefined || topics.has(then)) continue
    fault(`${place}: there is no topic called "${then}"${among(topics)}`)
  }
  if (rule.cases.length > 0 && tool === undefined) {
    fault(`${place}: "cases" looks at the result of a tool, but no tool is called`)
  }
  if (isSilent(rule)) fault(`${place} says nothing, asks nothing and calls no tool`)
  checkNames(dialogue, rule, known, fault)
}

const isSilent = (rule: Rule): boolean =>
  rule.tool === undefined &&
  rule.ask.size === 0 &&
  answersOf(rule).every(({ say, prompt, endsCall }) => say === '' && prompt === '' && !endsCall)

/** Every slot and result that a text names must be known by the time it is said. */
function checkNames(
  dialogue: Dialogue,
  rule: Rule,
  known: ReadonlySet<string>,
  fault: (text: string) => void,
): void {
  const { place, tool } = rule
  const sure = new Set([...known, ...sureSlots(rule)])
  const answers = answersOf(rule).flatMap(({ say, prompt }) => [say, prompt])
  const before = [JSON.stringify(tool?.with ?? {}), tool?.before ?? '']
  for (const [texts, hasResult] of [
    [before, false],
    [answers, tool !== undefined],
  ] as const) {
    for (const name of new Set(texts.flatMap(namesIn))) {
      if (/^result(\.|$)/.test(name)) {
        if (!hasResult) fault(`${place}: {${name}} is used, but no tool has been called by then`)
      } else if (/^(pass|job)\./.test(name)) {
        // It comes from outside the dialogue, and is empty where it does not.
        continue
      } else if (!dialogue.slots.has(name)) {
        fault(`${place}: there is no slot called "${name}"${among(dialogue.slots)}`)
      } else if (!sure.has(name)) {
        fault(`${place}: {${name}} may not be known by then; ask for it under "ask"`)
      }
    }
  }
}

/** Slots that are known once a rule answers. */
const sureSlots = (rule: Rule): ReadonlySet<string> =>
  new Set([...inAll(rule.patterns.map(certainSlots)), ...rule.ask.keys()])

/** Slots that are known in each topic, whichever answer has led there; topics that none leads to are missing. */
function knownInTopics({ rules, topics }: Dialogue): ReadonlyMap<string, ReadonlySet<string>> {
  const known = new Map<string, ReadonlySet<string>>()
  const visit = (rule: Rule, before: ReadonlySet<string>): void => {
    const after = new Set([...before, ...sureSlots(rule)])
    for (const { then } of answersOf(rule)) {
      if (then === undefined) continue
      const old = known.get(then)
      const now = old === undefined ? after : inAll([old, after])
      if (old !== undefined && now.size === old.size) continue
      known.set(then, now)
      for (const next of topics.get(then) ?? []) visit(next, now)
    }
  }
  for (const rule of rules) visit(rule, new Set())
  return known
}

/** Finds rules that something else answers whatever the caller says. */
function findDead(dialogue: Dialogue, rules: readonly Rule[], fault: (text: string) => void): void {
  rules.forEach((rule, index) => {
    const examples = examplesOf(rule.patterns, dialogue.slots)
    if (examples === undefined) return
    if (rule.patterns.length > 0 && examples.every((example) => example.length === 0)) {
      fault(`${rule.place} can never match: its patterns hold no words`)
      return
    }
    const winners = examples.map((example) => {
      const own = rule.match(example)?.covered ?? 0
      return rules.slice(0, index).find((other) => (other.match(example)?.covered ?? 0) >= own)
    })
    const [first] = winners
    if (first === undefined || winners.includes(undefined)) return
    const words = (examples[0] ?? []).join(' ')
    fault(
      `${rule.place} can never match: ${first.place} comes first and answers "${words}" as well`,
    )
  })
}

const usedIn = (patterns: readonly Pattern[]): ReadonlySet<string> =>
  new Set(patterns.flatMap((pattern) => [...slotsIn(pattern)]))

const among = (names: ReadonlyMap<string, unknown>): string =>
  names.size === 0 ? '' : `; there are: ${[...names.keys()].sort().join(', ')}`
