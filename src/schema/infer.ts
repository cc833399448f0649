/**
 * The TypeScript type of what a JSON Schema literal describes, as a processor receives it: keys with a
 * `default` or in `required` are there, durations are numbers (ms).
 */
export type Infer<S> = S extends { readonly const: infer C }
  ? C
  : S extends { readonly enum: readonly (infer E)[] }
    ? E
    : S extends { readonly oneOf: readonly (infer U)[] } | { readonly anyOf: readonly (infer U)[] }
      ? U extends unknown
        ? Infer<U>
        : never
      : S extends { readonly 'x-duration': true }
        ? number
        : S extends { readonly type: infer T }
          ? InferType<S, T>
          : unknown

type InferType<S, T> = T extends readonly (infer U)[]
  ? U extends unknown
    ? InferType<S, U>
    : never
  : T extends 'string'
    ? string
    : T extends 'number' | 'integer'
      ? number
      : T extends 'boolean'
        ? boolean
        : T extends 'null'
          ? null
          : T extends 'array'
            ? S extends { readonly items: infer I }
              ? readonly Infer<I>[]
              : readonly unknown[]
            : T extends 'object'
              ? InferObject<S>
              : unknown

type InferObject<S> = S extends { readonly properties: infer P }
  ? {
      readonly [K in keyof P as Present<S, P, K> extends true ? K : never]: Infer<P[K]>
    } & {
      readonly [K in keyof P as Present<S, P, K> extends true ? never : K]?: Infer<P[K]> | undefined
    }
  : S extends { readonly additionalProperties: infer A extends object }
    ? { readonly [key: string]: Infer<A> }
    : { readonly [key: string]: unknown }

type Present<S, P, K extends keyof P> = P[K] extends { readonly default: unknown }
  ? true
  : S extends { readonly required: readonly (infer R)[] }
    ? K extends R
      ? true
      : false
    : false
