import type { Log, Web } from '../define/index.ts'

/**
 * A listener for each site, where the transport wants it: for `voxgraph run`, for graphs that are run from code,
 * for tests of transports.
 */
export const createWeb = (log: Log = silent, publicOrigin?: string): Web => ({
  async open(at) {
    // Loaded where somebody listens: most graphs that are tested or played from files never do.
    const { openListener } = await import('./web.ts')
    const listener = await openListener({ ...at, log, publicOrigin })
    const site = listener.site('')
    return {
      ...site,
      close: async () => {
        await site.close()
        await listener.close()
      },
    }
  },
})

const silent: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined }
