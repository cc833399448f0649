import { fill, type ErrorParams } from '../errors/voxgraph-error.ts'

/** What can go wrong when a model is fetched or looked for, and what to do about it. */
const modelErrors = {
  'unknown-model': {
    message: 'There is no model called "{name}".',
    help: 'Models: {names}.',
  },
  'model-missing': {
    message: 'The model {name} is not here: there is no file {path}.',
    help: 'Get it: voxgraph models pull {name}',
  },
  'model-address': {
    message: '{source} {reason}.',
    help: 'Fetch it with a program that can do that, and give the file: --from <file>',
  },
  'model-unreachable': {
    message: '{source} cannot be reached: {reason}.',
    help: 'Without a network, copy the file from another machine: voxgraph models pull {name} --from <file>. Behind a proxy, set HTTPS_PROXY and NODE_USE_ENV_PROXY=1.',
  },
  'model-not-found': {
    message: '{source} is not there: {reason}.',
    help: 'Give another address or a file: voxgraph models pull {name} --from <url or file>',
  },
  'model-refused': {
    message: '{source} was not given out: {reason}.',
    help: 'Try again later, or give another address or a file with --from.',
  },
  'model-web-page': {
    message: '{source} gave a web page and no model.',
    help: 'A network that wants a login, or a proxy, may have answered. Open the address in a browser.',
  },
  'model-redirects': {
    message: '{source} leads astray: {reason}.',
    help: 'Give the address of the file itself with --from.',
  },
  'model-stalled': {
    message: '{source} sent nothing for {seconds} s.',
    help: 'Try again; what came so far is not kept.',
  },
  'model-broken-off': {
    message: '{source} broke off: {reason}.',
    help: 'Try again; what came so far is not kept.',
  },
  'model-size': {
    message: '{source} has {bytes}, but the model has {expected} bytes.',
    help: 'It is another file or another version. Another version needs its own --sha256.',
  },
  'model-checksum': {
    message: '{source} has the SHA-256 {found}, but {expected} is expected. It was not kept.',
    help: 'The file was changed or damaged on its way. If it is meant to be another version, give its --sha256.',
  },
  'model-unwritable': {
    message: '{path} cannot be written: {reason}.',
    help: 'Another folder: set VOXGRAPH_MODELS.',
  },
} as const

/** A code of this family. */
export type ModelErrorCode = keyof typeof modelErrors

/** What can go wrong with the models of this machine. */
export class ModelError extends Error {
  override readonly name = 'ModelError'
  readonly code: ModelErrorCode
  /** What to do about it. */
  readonly help: string

  constructor(code: ModelErrorCode, params: ErrorParams, options: { cause?: unknown } = {}) {
    super(fill(modelErrors[code].message, params), options)
    this.code = code
    this.help = fill(modelErrors[code].help, params)
  }
}
