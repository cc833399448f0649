import { describe, expect, it } from 'vitest'
import { costOf } from '../observe/cost.ts'
import { partsOf, type TurnRecord } from '../observe/turn-record.ts'
import { faultsOf, renderSummary, type CallFigures } from './live-summary.ts'

/** An answer: when its transcript came, and how long the voice took. */
function turn(transcriptAt: number, tts: number, number = 1): TurnRecord {
  const made = transcriptAt + 2 + tts
  const edges = {
    speechStartedAt: undefined,
    speechEndedAt: 0,
    vadAt: 250,
    transcriptAt,
    turnEndedAt: transcriptAt,
    askedAt: transcriptAt,
    askedAgainAt: undefined,
    firstTextAt: transcriptAt + 2,
    firstSpanAt: transcriptAt + 2,
    firstAudioAt: made,
    heardAt: made,
  }
  return {
    number,
    response: number,
    reason: 'turn',
    heard: 'yes',
    said: 'no',
    edges,
    ...partsOf(edges),
    hiddenMs: 0,
    nodes: {},
    tools: 0,
    holds: 0,
    heldForMs: 0,
    holdMs: undefined,
    cutAfterMs: undefined,
    yieldMs: undefined,
  }
}

const good: CallFigures = {
  turns: [turn(400, 60), turn(300, 90), turn(0, 0, 0), turn(350, 20)],
  budgets: [
    { name: 'turn', stage: 'turn', p50Ms: 350, p95Ms: 450 },
    { name: 'tts', stage: 'tts', p50Ms: undefined, p95Ms: 100 },
    { name: 'quick', from: 'user.stopped', to: 'llm.first_text', p50Ms: 300, p95Ms: undefined },
  ],
  changes: [],
  session: {
    frames: { audio: 100, text: 20 },
    edges: [],
    dropped: 0,
    cut: 3,
    stale: 0,
    responses: 4,
    interruptions: 1,
    durationMs: 1000,
  },
  cost: costOf([]),
  words: { said: 40, errors: 1, heard: 0.975 },
  yieldMs: [180],
  callerMs: 12_340,
  botMs: 40_000,
}

describe('the summary of a call', () => {
  it('is a table of what happened and how long it took', () => {
    expect(renderSummary(good, (_, text) => text)).toBe(`\
  turns                     3
  words heard               97.5 % of 40, 1 wrong
  interruptions             1; the bot fell silent 180 ms after the caller’s voice
  stale frames delivered    0
  dropped frames            0
  frames emitted            120
  voice recorded            caller 12.3 s, bot 40.0 s

  ms                answers      p50      p95    worst      budget     over
  turn                    3      392      462      462     350/450        1
  vad                     3      250      250      250
  stt                     3      100      150      150
  endpointing             3        0        0        0
  queue                   3        0        0        0
  llm                     3        2        2        2
  sentence                3        0        0        0
  tts                     3       60       90       90         100        0
  playout                 3        0        0        0
  quick                   0        –        –        –       300/–        –
`)
    expect(faultsOf(good)).toEqual([])
  })

  it('names every bar that was missed', () => {
    const bad = {
      ...good,
      session: { ...good.session, stale: 2, dropped: 1 },
      words: { said: 40, errors: 8, heard: 0.8 },
      yieldMs: [100, 260],
      callerMs: 0,
      botMs: 0,
    }
    expect(faultsOf(bad)).toEqual([
      "only 80 % of the caller's words were heard, fewer than 90 %",
      'the bot spoke on for 260 ms when it was interrupted',
      '2 frames of a cut answer were delivered',
      '1 frames were dropped',
      'the caller is not in the recording',
      'the bot is not in the recording',
    ])
  })
})
