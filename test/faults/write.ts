import { writeFile } from 'node:fs/promises'
import { allJobs, faultsOf, runJobs } from './run.ts'
import { renderFaults } from './report.ts'

const print = (line: string): void => void process.stdout.write(`${line}\n`)

/** `npm run faults [provider [fault [moment]]]`: runs the matrix; with no argument it writes docs/faults.md. */
const [provider = '', fault = '', moment = ''] = process.argv.slice(2)
const jobs = allJobs.filter(
  (job) =>
    job.provider.id.includes(provider) && job.fault.includes(fault) && job.moment.includes(moment),
)
let wrongs = 0
const outcomes = await runJobs(jobs, (outcome) => {
  const wrong = faultsOf(outcome)
  if (wrong.length > 0) wrongs++
  const { deadAirMs, failures } = outcome
  const line = [
    outcome.provider,
    outcome.fault,
    outcome.moment,
    `${deadAirMs} ms`,
    failures.join(', '),
  ]
  print(`${wrong.length > 0 ? 'FAILED' : 'ok'}  ${line.join('  ')}  ${wrong.join('; ')}`)
})
print(`${outcomes.length} calls, ${wrongs} of them not as they should be`)
if (wrongs > 0) process.exitCode = 1
else if (provider === '') await writeFile('docs/faults.md', renderFaults(outcomes))
