/** Writes the code of the browser client's worklet into its module: `npm run worklet`. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { bundle } from './bundle.ts'
import { root } from './sources.ts'

const folder = join(root, 'transports/websocket/client')
const code = await bundle(join(folder, 'worklet.ts'), { minify: true })
const text = `/** What \`worklet.ts\` becomes; written by \`npm run worklet\`. */
export const workletCode =
  ${JSON.stringify(code.trim())}
`
await writeFile(join(folder, 'worklet-code.ts'), text)
