import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { mergeRemembered, type Remembered } from 'voxgraph/plugin'
import { inWords, SqliteMemoryError } from './memory-error.ts'
import { openDatabase } from './open-database.ts'

const dayMs = 86_400_000

/** Most rows that one change deletes beside its own, because they were not used for too long. */
const mostExpired = 10

/** How often that is done when the file is opened: a thousand rows, some milliseconds. */
const mostBatches = 100

interface Row {
  readonly remembered: string
  readonly used: number
}

/**
 * Callers in a file. Times are ms since 1970. Everything is synchronous; every method but `forget` touches
 * one row by its index. All throw `SqliteMemoryError`.
 */
export class CallerFile {
  readonly #path: string
  readonly #db: DatabaseSync
  readonly #keepMs: number
  readonly #select: StatementSync
  readonly #put: StatementSync
  readonly #touch: StatementSync
  readonly #expire: StatementSync

  /** Opens a file, or makes it. Callers who were not there for `days` are forgotten. */
  constructor(path: string, days: number, now: number) {
    this.#path = path
    this.#keepMs = days * dayMs
    this.#db = openDatabase(path)
    this.#select = this.#db.prepare(
      'SELECT remembered, used FROM callers WHERE caller = ? AND used >= ?',
    )
    this.#put = this.#db.prepare(
      'INSERT INTO callers (caller, remembered, used) VALUES (?, ?, ?) ON CONFLICT (caller) DO UPDATE SET remembered = excluded.remembered, used = excluded.used',
    )
    this.#touch = this.#db.prepare('UPDATE callers SET used = ? WHERE caller = ?')
    this.#expire = this.#db.prepare(
      `DELETE FROM callers WHERE caller IN (SELECT caller FROM callers WHERE used < ? ORDER BY used LIMIT ${mostExpired})`,
    )
    ifPossible(() => {
      let batches = 0
      while (batches++ < mostBatches && this.#dropExpired(now) > 0);
    })
  }

  /** What is remembered of a caller, who counts as there at `now`. */
  recall(caller: string, now: number): Remembered | undefined {
    return this.#run(() => {
      const row = this.#read(caller, now)
      if (row === undefined) return undefined
      if (now - row.used >= dayMs) ifPossible(() => this.#touch.run(now, caller))
      return this.#parse(row)
    })
  }

  /** Merges values into what is remembered; all of it or nothing. */
  remember(caller: string, values: Remembered, now: number): void {
    this.#run(() => {
      this.#db.exec('BEGIN IMMEDIATE')
      try {
        const row = this.#read(caller, now)
        this.#put.run(caller, mergeRemembered(row && this.#parse(row), values), now)
        this.#dropExpired(now)
        this.#db.exec('COMMIT')
      } catch (thrown) {
        // After some errors SQLite has ended the transaction itself.
        if (this.#db.isTransaction) this.#db.exec('ROLLBACK')
        throw thrown
      }
    })
  }

  /**
   * Deletes a caller, and rewrites the file so that no byte of the caller is left in it or in its log. That
   * takes about 5 ms for each MB. True when there was something.
   */
  forget(caller: string): boolean {
    return this.#run(() => {
      const { changes } = this.#db.prepare('DELETE FROM callers WHERE caller = ?').run(caller)
      this.#rewrite()
      return Number(changes) > 0
    })
  }

  close(): void {
    if (this.#db.isOpen) inWords(this.#path, () => this.#db.close())
  }

  #run<T>(act: () => T): T {
    if (this.#db.isOpen) return inWords(this.#path, act)
    throw new SqliteMemoryError('closed', `${this.#path} has been closed.`)
  }

  /** Gets rid of copies: a page that was split keeps one of what went to the other page, the log has another. */
  #rewrite(): void {
    let reason = 'another process is reading it'
    try {
      this.#db.exec('VACUUM')
      const log = this.#db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()
      if (log?.['busy'] === 0) return
    } catch (thrown) {
      reason = thrown instanceof Error ? thrown.message : String(thrown)
    }
    const message = `The caller is forgotten, but ${this.#path} could not be rewritten (${reason}), so old bytes may still be in it. Try again.`
    throw new SqliteMemoryError('not-rewritten', message)
  }

  #read(caller: string, now: number): Row | undefined {
    return this.#select.get(caller, now - this.#keepMs) as Row | undefined
  }

  #parse({ remembered }: Row): Remembered {
    try {
      return JSON.parse(remembered) as Remembered
    } catch {
      // The parser's own message shows what it read.
      const message = `${this.#path} is damaged: it holds what is no JSON.`
      throw new SqliteMemoryError('not-a-memory', message)
    }
  }

  #dropExpired(now: number): number {
    return Number(this.#expire.run(now - this.#keepMs).changes)
  }
}

/** What cannot be written now is no reason not to read. */
function ifPossible(act: () => void): void {
  try {
    act()
  } catch {
    // The next one tries again.
  }
}
