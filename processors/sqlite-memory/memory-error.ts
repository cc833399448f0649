/**
 * - `unopenable`: the file cannot be opened or made; the message says why
 * - `not-a-memory`: there is a file, but it is no database, is damaged, or is somebody else's database
 * - `newer`: a newer version of voxgraph has written it
 * - `locked`: another process has held the database for too long
 * - `disk-full`: there is no room for a change
 * - `not-rewritten`: a caller was forgotten, but bytes may be left; it can be tried again
 * - `failed`: anything else that SQLite says
 * - `closed`: it was asked after it had been closed
 */
export type SqliteMemoryErrorCode =
  | 'unopenable'
  | 'not-a-memory'
  | 'newer'
  | 'locked'
  | 'disk-full'
  | 'not-rewritten'
  | 'failed'
  | 'closed'

/** What can go wrong with the file. The message says what to do about it; it names no caller and no value. */
export class SqliteMemoryError extends Error {
  override readonly name = 'SqliteMemoryError'
  readonly code: SqliteMemoryErrorCode

  constructor(code: SqliteMemoryErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options)
    this.code = code
  }
}

/** Primary result codes of SQLite (https://sqlite.org/rescode.html). */
const codes: ReadonlyMap<number, SqliteMemoryErrorCode> = new Map([
  [5, 'locked'], // SQLITE_BUSY
  [6, 'locked'], // SQLITE_LOCKED
  [11, 'not-a-memory'], // SQLITE_CORRUPT
  [13, 'disk-full'], // SQLITE_FULL
  [14, 'unopenable'], // SQLITE_CANTOPEN
  [26, 'not-a-memory'], // SQLITE_NOTADB
])

/** Runs something on the database; what SQLite throws becomes an error of ours that names the file. */
export function inWords<T>(path: string, run: () => T): T {
  try {
    return run()
  } catch (thrown) {
    if (thrown instanceof SqliteMemoryError || !isSqlite(thrown)) throw thrown
    const code = codes.get(thrown.errcode & 0xff) ?? 'failed'
    throw new SqliteMemoryError(code, sentence(code, path, thrown.message), { cause: thrown })
  }
}

const isSqlite = (thrown: unknown): thrown is Error & { readonly errcode: number } =>
  thrown instanceof Error && 'errcode' in thrown && typeof thrown.errcode === 'number'

function sentence(code: SqliteMemoryErrorCode, path: string, reason: string): string {
  switch (code) {
    case 'locked':
      return `${path} is locked by another process; nothing was changed.`
    case 'disk-full':
      return `${path} cannot grow, because the disk is full; nothing was changed.`
    case 'not-a-memory':
      return `${path} is no memory of callers, or it is damaged: ${reason}. Name another file, or move this one away.`
    case 'unopenable':
      return `${path} cannot be opened: ${reason}.`
    default:
      return `${path}: ${reason}.`
  }
}
