export * from './catalogue.ts'
export * from './diagnostics.ts'
export * from './voxgraph-error.ts'
