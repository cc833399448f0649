import { expect, it } from 'vitest'
import { loadVendorSdk } from './vendor-sdk.ts'

const load = (message: string, code: string): Promise<unknown> =>
  loadVendorSdk({
    provider: 'acme-tts',
    sdk: '@acme/sdk@2.1.0',
    load: () => Promise.reject(Object.assign(new Error(message), { code })),
  })

it('gives what was loaded', async () => {
  const given = { provider: 'acme-tts', sdk: '@acme/sdk@2.1.0', load: () => 'the package' }
  expect(await loadVendorSdk(given)).toBe('the package')
})

it.each([
  ["Cannot find package '@acme/sdk' imported from /app/voice.js", 'ERR_MODULE_NOT_FOUND'],
  ["Cannot find module '@acme/sdk/ws.js'\nRequire stack:\n- /app/voice.js", 'MODULE_NOT_FOUND'],
])('says what to install: %s', async (message, code) => {
  await expect(load(message, code)).rejects.toMatchObject({
    ...{ code: 'provider-sdk', category: 'invalid', retryable: false },
    message: 'acme-tts works through the package @acme/sdk@2.1.0, which is not installed.',
    help: 'Run: npm install @acme/sdk@2.1.0',
  })
})

it('does not take it for missing when something that it needs is', async () => {
  const deep =
    "Cannot find package 'ws' imported from /app/node_modules/@acme/sdk/index.js and '@acme/sdk'"
  await expect(load(deep, 'ERR_MODULE_NOT_FOUND')).rejects.toThrow(deep)
  await expect(load("Cannot find package '@acme/sdk'", 'EACCES')).rejects.toThrow('Cannot find')
})
