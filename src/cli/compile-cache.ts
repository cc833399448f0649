// As a whole: a Node without these functions is to say that it is too old, and not that an import is missing.
import module from 'node:module'
import process from 'node:process'

/**
 * Keeps compiled code between runs, for this process and for its workers, which take the folder from the
 * environment. Half of the start-up time of a graph. Call it before anything else is imported.
 */
export function keepCompiledCode(): void {
  module.enableCompileCache()
  const folder = module.getCompileCacheDir()
  if (folder !== undefined) process.env['NODE_COMPILE_CACHE'] ??= folder
}
