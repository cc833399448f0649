/** Everything that the author of a processor, a transport or a tool imports. */
export * from './define/index.ts'
export { VoxgraphError } from './errors/index.ts'
export * from './frames/index.ts'
export type { Infer } from './schema/infer.ts'
export type { JsonSchema } from './schema/json-schema.ts'
export type { Cancel, Clock } from './time/clock.ts'
