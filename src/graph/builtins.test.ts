import { expect, test } from 'vitest'
import { readBuiltins, renderBuiltins } from './builtins.ts'

test('the manifests that the package ships are those of its processors', async () => {
  const written = `${JSON.stringify(await readBuiltins(), null, 2)}\n`
  expect(written).toBe(await renderBuiltins())
})

test('every option of a built-in is described', async () => {
  for (const { id, options } of await readBuiltins()) {
    for (const [name, option] of Object.entries(options.properties ?? {})) {
      expect(option.description, `${id}.${name}`).toBeTruthy()
    }
  }
})
