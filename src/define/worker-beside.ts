/**
 * Address of the worker beside a module: `worker.ts` in development, `worker.js` when it is built.
 *
 * @param moduleUrl the module's own `import.meta.url`
 */
export function workerBeside(moduleUrl: string): URL {
  const extension = moduleUrl.slice(moduleUrl.lastIndexOf('.'))
  return new URL(`./worker${extension}`, moduleUrl)
}
