/** The part of JSON Schema 2020-12 that option schemas use, with voxgraph's annotations. */
export interface JsonSchema {
  readonly type?: JsonType | readonly JsonType[]
  readonly description?: string
  readonly default?: unknown
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly oneOf?: readonly JsonSchema[]
  readonly anyOf?: readonly JsonSchema[]
  readonly properties?: { readonly [name: string]: JsonSchema }
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean | JsonSchema
  readonly items?: JsonSchema
  readonly minItems?: number
  readonly maxItems?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly pattern?: string
  readonly examples?: readonly unknown[]
  /** The value is a secret: redacted in every print, refused as a literal. */
  readonly writeOnly?: boolean
  /** A length of time, written `250ms`, `2s`, `1m` or `1h`; the processor receives milliseconds. */
  readonly 'x-duration'?: true
  /** `{{var}}` is expanded in it for each call. */
  readonly 'x-template'?: true
  /** A path to write to, relative to the working directory; values of `{{var}}` cannot leave it. */
  readonly 'x-output-path'?: true
  /** A path to read, relative to the file that wrote it. */
  readonly 'x-input-path'?: true
  /** Environment variable that it is taken from where the file does not give it. */
  readonly 'x-env'?: string
  /** The name of a tool that the brain has: its own, a hand-off or a consultation of its agent. */
  readonly 'x-tool'?: true
}

/** Names of JSON types. */
export type JsonType = 'string' | 'number' | 'integer' | 'boolean' | 'object' | 'array' | 'null'
