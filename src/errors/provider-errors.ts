import type { ErrorEntry } from './catalogue.ts'

/** What can be wrong with a vendor: one code for each category of failure, and one for a package that is not there. */
export const providerErrors = {
  'provider-auth': {
    message: '{provider} did not accept the key: {reason}.',
    help: 'Check api_key and the environment variable it comes from, and what the key may do.',
  },
  'provider-invalid': {
    message: '{provider} refused the request: {reason}.',
    help: 'Check the options of the node: model, voice, language.',
  },
  'provider-rate-limit': {
    message: '{provider} takes no more requests for now: {reason}.',
    help: 'The limits of the account are reached. Give the node a fallback, or ask for more.',
  },
  'provider-quota': {
    message: '{provider} has no credit left: {reason}.',
    help: 'Look at the bill of the account. Give the node a fallback meanwhile.',
  },
  'provider-overloaded': {
    message: '{provider} is overloaded: {reason}.',
    help: 'It passes by itself. Give the node a fallback.',
  },
  'provider-connectivity': {
    message: '{provider} cannot be reached: {reason}.',
    help: 'Check the network, and "endpoint" where it is set.',
  },
  'provider-server': {
    message: '{provider} failed: {reason}.',
    help: 'The fault is on its side, or of something between: check "endpoint" where it is set.',
  },
  'provider-timeout': {
    message: '{provider} did not answer in time: {reason}.',
    help: 'Set "timeout" of the node if it usually takes longer; give the node a fallback.',
  },
  'provider-sdk': {
    message: '{provider} works through the package {sdk}, which is not installed.',
    help: 'Run: npm install {sdk}',
  },
  'provider-bug': {
    message: '{provider} did something it should not: {reason}.',
    help: 'Please report it, with the log.',
  },
} as const satisfies Record<string, ErrorEntry>
