import { readFileSync } from 'node:fs'
import pg from 'pg'

/** Connections to PostgreSQL; the password is read from the file that the secret is mounted as. */
export function openDatabase(): pg.Pool {
  const pool = new pg.Pool({
    host: process.env['POSTGRES_HOST'] ?? 'db',
    user: 'postgres',
    database: 'postgres',
    password: readFileSync(process.env['POSTGRES_PASSWORD_FILE'] ?? '/run/secrets/db_password', 'utf8').trim(),
    max: 4,
    connectionTimeoutMillis: 3000,
    query_timeout: 5000,
  })
  // A connection that breaks while idle is replaced at the next query; without a listener it would end the process.
  pool.on('error', (error) => console.error(`database: ${error.message}`))
  return pool
}
