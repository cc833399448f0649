import { createRequire } from 'node:module'
import { defineTransport, loadVendorSdk, type ListenContext } from 'voxgraph/plugin'
import { createBrowserPool } from './browser-pool.ts'
import { findChromium } from './find-chromium.ts'
import { openDaily } from './open-daily.ts'
import { optionsOf, type GivenOptions } from './options-of.ts'
import { options } from './options.ts'
import { openPageServer } from './page-server.ts'
import { createRest } from './rest.ts'

const voice = {
  type: 'audio',
  main: true,
  formats: [{ sampleRate: 48_000, channels: 1, encoding: 'pcm' }],
} as const

/**
 * Calls in rooms of Daily's, by WebRTC: the bot is a page in a headless Chromium that runs daily-js. What it
 * needs, what it costs and what was never tried with Daily itself stands in `docs/daily.md`.
 */
export default defineTransport({
  id: 'daily',
  summary: 'Takes calls in rooms of Daily: browsers, apps, and telephones by dial-in and dial-out.',
  ports: {
    in: { audio: voice, dtmf: 'dtmf', message: 'message' },
    out: { audio: voice, dtmf: 'dtmf', message: 'message' },
  },
  options,
  realTime: true,
  vendor: 'daily',
  async listen(ctx: ListenContext<GivenOptions>, accept) {
    const { options: given, clock, log, signal, web, admit } = ctx
    // What is missing is missed now, not when the first caller comes.
    const executable = findChromium(given.chromium === '' ? undefined : given.chromium)
    const { chromium } = await loadVendorSdk({
      provider: 'daily',
      sdk: 'playwright-core@1.65.1',
      load: () => import('playwright-core'),
    })
    const dailyJs = await loadVendorSdk({
      provider: 'daily',
      sdk: '@daily-co/daily-js@0.92.2',
      load: () => createRequire(import.meta.url).resolve('@daily-co/daily-js/dist/daily-esm.js'),
    })
    const pool = createBrowserPool({
      chromium,
      executable,
      callsPerBrowser: given.calls_per_browser,
      log,
    })
    return openDaily({
      ...{ clock, log, signal, web, accept, admit, pool },
      server: await openPageServer(dailyJs),
      rest: createRest({ endpoint: given.endpoint, key: given.api_key, clock, signal }),
      options: optionsOf(given),
    })
  },
})
