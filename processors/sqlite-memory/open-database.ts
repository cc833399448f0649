import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { fileFault } from 'voxgraph/plugin'
import { loadSqlite } from './load-sqlite.ts'
import { inWords, SqliteMemoryError } from './memory-error.ts'

/**
 * How long SQLite may block the thread for another process that writes, in ms: half of the 200 ms that a
 * transport is ahead of hearing, so no caller hears it.
 */
const busyMs = 100

/** Marks the file as ours: "vxgm" as a big-endian number (`PRAGMA application_id`). */
const ours = 0x76_78_67_6d

/** Version of the table that this code reads and writes (`PRAGMA user_version`). */
const version = 1

/**
 * Opens a database of callers, or makes it, for its owner only; folders are made.
 * @throws SqliteMemoryError when it cannot be opened, is something else, or is newer than this code
 */
export function openDatabase(path: string): DatabaseSync {
  makeFile(path)
  return inWords(path, () => {
    const { DatabaseSync } = loadSqlite()
    const db = new DatabaseSync(path)
    try {
      prepare(db, path)
      return db
    } catch (thrown) {
      db.close()
      throw thrown
    }
  })
}

function makeFile(path: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true })
    closeSync(openSync(path, 'a', 0o600))
  } catch (thrown) {
    const message = `${path} cannot be opened: ${fileFault(thrown)}.`
    throw new SqliteMemoryError('unopenable', message, { cause: thrown })
  }
}

function prepare(db: DatabaseSync, path: string): void {
  db.exec(`PRAGMA busy_timeout = ${busyMs}`)
  // Before anything is written: it may be somebody else's.
  const isNew = checkOwner(db, path)
  // Readers and a writer do not wait for each other; with the power the last changes may be lost.
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA secure_delete = ON')
  if (!isNew) return
  db.exec(`
    BEGIN IMMEDIATE;
    CREATE TABLE IF NOT EXISTS callers (
      caller TEXT PRIMARY KEY,
      remembered TEXT NOT NULL, -- JSON: values by name
      used INTEGER NOT NULL     -- ms since 1970
    ) STRICT;
    CREATE INDEX IF NOT EXISTS callers_used ON callers (used);
    PRAGMA application_id = ${ours};
    PRAGMA user_version = ${version};
    COMMIT`)
}

/** True for a file in which nothing is yet. */
function checkOwner(db: DatabaseSync, path: string): boolean {
  const marks =
    'SELECT application_id AS app, user_version AS version, (SELECT count(*) FROM sqlite_schema) AS parts FROM pragma_application_id, pragma_user_version'
  const found = db.prepare(marks).get() as {
    readonly app: number
    readonly version: number
    readonly parts: number
  }
  if (found.app === 0 && found.version === 0 && found.parts === 0) return true
  if (found.app !== ours) {
    const message = `${path} is a database of something else, and was left as it is. Name another file.`
    throw new SqliteMemoryError('not-a-memory', message)
  }
  if (found.version === version) return false
  const message = `${path} was written by a newer version of voxgraph (${found.version}; this one reads ${version}). Upgrade voxgraph, or name another file.`
  throw new SqliteMemoryError('newer', message)
}
