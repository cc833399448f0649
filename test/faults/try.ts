import { faultNames } from 'voxgraph/testing'
import { providers } from './providers.ts'
import { moments, runScenario, type Outcome } from './scenario.ts'
const [only = '', onlyFault = '', onlyMoment = ''] = process.argv.slice(2)
const jobs = providers
  .filter(({ id }) => id.includes(only))
  .flatMap((p) =>
    faultNames
      .filter((f) => f.includes(onlyFault))
      .flatMap((f) => moments.filter((m) => m.includes(onlyMoment)).map((m) => [p, f, m] as const)),
  )
for (const one of providers) await one.emulate().then((e) => e.close())
await Promise.all(
  providers.filter(({ id }) => id.includes(only)).map((p) => runScenario(p, 'duplicate', 'idle')),
)
const started = performance.now()
let next = 0
const done: Outcome[] = []
await Promise.all(
  Array.from({ length: Number(process.env['N'] ?? 20) }, async () => {
    for (let job = jobs[next++]; job !== undefined; job = jobs[next++]) {
      const o = await runScenario(...job)
      done.push(o)
      const bad =
        o.deadAirMs > 2000 ||
        o.heard.length !== 2 ||
        o.unheard.length > 0 ||
        o.endedBy !== undefined ||
        o.violations.length > 0 ||
        o.output.includes('emulator-key')
      console.log(
        bad ? 'BAD' : 'ok ',
        o.provider,
        o.fault,
        o.moment,
        o.deadAirMs,
        o.askedToWait ? 'wait' : '',
        JSON.stringify(o.heard.length === 2 ? '' : o.heard),
        JSON.stringify(o.unheard),
        o.failures.join('; '),
        o.endedBy ?? '',
        o.violations.slice(0, 2).join(),
        o.output.includes('emulator-key') ? 'CANARY' : '',
      )
      if (process.env['V']) console.log(o.output)
    }
  }),
)
console.log(done.length, 'calls', Math.round((performance.now() - started) / 1000), 's')
