/** Versions before the first of each of these lack what the runtime stands on; those of package.json. */
const least: readonly (readonly [major: number, minor: number])[] = [
  [22, 18],
  [24, 11],
  [25, 0],
]

/** What there is to say against a version of Node (`20.20.2`); undefined where it will do. */
export function nodeComplaint(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const newest = least.at(-1)?.[0] ?? 0
  if (major > newest || least.some(([of, from]) => major === of && minor >= from)) return undefined
  return `voxgraph needs Node 22.18, 24.11 or 26, and this is ${version}: https://nodejs.org, or npm install node@24 in your project.`
}
