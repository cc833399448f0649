import { describe, expect, it } from 'vitest'
import { faultsOf, renderSummary, type CallFigures } from './live-summary.ts'

const turn = (transcript: number, audio: number) => ({
  response: 1,
  reason: 'turn',
  heard: 'yes',
  said: 'no',
  speechEndedAt: 0,
  transcriptAt: transcript,
  startedAt: transcript,
  firstTextAt: transcript + 2,
  firstAudioAt: transcript + 2 + audio,
  heardAt: transcript + 2 + audio,
  tools: 0,
  cutAfterMs: undefined,
})

const good: CallFigures = {
  turns: [turn(400, 60), turn(300, 90), { ...turn(0, 0), heard: '' }, turn(350, 20)],
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

  ms                            median   worst
  end of speech → transcript       350     400
                → first text         2       2
                → first audio       60      90
                → heard              0       0
  end of speech → heard            392     462
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
