import process from 'node:process'
import type * as Sqlite from 'node:sqlite'

/**
 * SQLite as Node brings it. Node 22 and the first of Node 24 call it experimental on standard error when it
 * is loaded; those who run calls can do nothing about it, so that one warning is kept from them.
 */
export function loadSqlite(): typeof Sqlite {
  const { emitWarning } = process
  // Loading is one synchronous step: nobody else's warning can come in between.
  process.emitWarning = () => undefined
  try {
    return process.getBuiltinModule('node:sqlite')
  } finally {
    process.emitWarning = emitWarning
  }
}
