// Real WatermelonDB clients, many in one process, told what to do by lines of JSON (tests/sync/clients.py).
//
// In:  {"id", "do", "client", …}   Out: {"id", "answer"} or {"id", "error"}, and {"event", …} in between.

import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'

const require = createRequire(import.meta.url)
const { Database, Model, appSchema, tableSchema, Q } = require('@nozbe/watermelondb')
const { synchronize } = require('@nozbe/watermelondb/sync')
const { schemaMigrations, createTable, addColumns } = require('@nozbe/watermelondb/Schema/migrations')
const LokiJSAdapter = require('@nozbe/watermelondb/adapters/lokijs').default
const logger = require('@nozbe/watermelondb/utils/common/logger').default

const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`)
const complain = (...words) =>
  say({ event: 'complaint', text: words.map((word) => word?.stack ?? String(word)).join(' ') })

// The engine never throws for most of what a server does wrong: it says so here, and goes on.
logger.log = logger.debug = () => {}
logger.warn = logger.error = complain
for (const name of ['log', 'info', 'debug', 'warn', 'error']) console[name] = complain
process.on('unhandledRejection', complain)

class Lost extends Error {}

class Refused extends Error {
  constructor(status, body) {
    super(`${status} ${body.slice(0, 300)}`)
    this.status = status
    this.body = body
  }
}

const toSchema = ({ version, tables }) => appSchema({ version, tables: tables.map((table) => tableSchema(table)) })

const modelsOf = ({ tables }) =>
  tables.map(
    ({ name }) =>
      class extends Model {
        static table = name
      },
  )

function stepsBetween(older, newer) {
  const known = new Map(older.tables.map((table) => [table.name, new Set(table.columns.map(({ name }) => name))]))
  return newer.tables.flatMap((table) => {
    if (!known.has(table.name)) return [createTable(table)]
    const columns = table.columns.filter(({ name }) => !known.get(table.name).has(name))
    return columns.length ? [addColumns({ table: table.name, columns })] : []
  })
}

class Client {
  constructor(name, { urls, token, schema }) {
    Object.assign(this, { name, urls, token, schema, turn: 0, held: null })
    this.adapter = new LokiJSAdapter({
      schema: toSchema(schema),
      migrations: schemaMigrations({ migrations: [] }),
      dbName: name,
      useWebWorker: false,
      useIncrementalIndexedDB: true,
    })
    this.database = new Database({ adapter: this.adapter, modelClasses: modelsOf(schema) })
  }

  // As an update of the app does: the same data, opened with a newer schema.
  async upgrade({ schema }) {
    const migrations = schemaMigrations({
      migrations: [{ toVersion: schema.version, steps: stepsBetween(this.schema, schema) }],
    })
    this.enabledAt = this.schema.version
    this.adapter = await this.adapter.testClone({ schema: toSchema(schema), migrations })
    this.schema = schema
    this.database = new Database({ adapter: this.adapter, modelClasses: modelsOf(schema) })
    return {}
  }

  // Answers for each change whether its row was there. All in one writer, prepared in one go.
  write(changes) {
    return this.database.write(async () => {
      const rows = await Promise.all(changes.map((change) => this.row(change)))
      const prepared = []
      const outcomes = changes.map((change, number) => {
        const made = this.prepare(change, rows[number])
        if (made) prepared.push(made)
        return Boolean(made)
      })
      await this.database.batch(prepared)
      return outcomes
    })
  }

  async row({ table, id }) {
    const found = await this.database.get(table).query(Q.where('id', id)).fetch() // without those deleted here
    return found[0]
  }

  prepare({ op, table, id, set = {} }, row) {
    const collection = this.database.get(table)
    for (const column of Object.keys(set)) {
      if (!collection.schema.columns[column]) throw new Error(`${table} has no column ${column}`)
    }
    const put = (record) => Object.entries(set).forEach(([column, value]) => record._setRaw(column, value))
    if (op === 'create') {
      if (row) return null
      return collection.prepareCreate((record) => {
        record._raw.id = id
        put(record)
      })
    }
    if (!row) return null
    if (op === 'update') return row.prepareUpdate(put)
    if (op === 'delete') return row.prepareMarkAsDeleted()
    throw new Error(`no such change: ${op}`)
  }

  async dump() {
    const tables = {}
    const dirty = {}
    for (const { name } of this.schema.tables) {
      const rows = await this.database.get(name).query().fetch()
      const deleted = await this.database.adapter.getDeletedRecords(name)
      const created = rows.filter((row) => row._raw._status === 'created').map((row) => row.id)
      const updated = rows
        .filter((row) => row._raw._status === 'updated')
        .map((row) => [row.id, row._raw._changed.split(',')])
      tables[name] = Object.fromEntries(
        rows.map((row) => {
          const { _status, _changed, ...raw } = row._raw
          return [row.id, raw]
        }),
      )
      if (created.length + updated.length + deleted.length) {
        dirty[name] = { created, updated: Object.fromEntries(updated), deleted }
      }
    }
    return { tables, dirty }
  }

  async reset() {
    await this.database.write(() => this.database.unsafeResetDatabase())
    return {}
  }

  // One sync as the app does it: again after a refusal, not at once, and not for ever.
  async sync({ attempts = 8, migrating = true, turns = [{}] }) {
    const conflicts = []
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const plan = turns[attempt] ?? {}
      const outcome = await this.once(plan, migrating)
      if (outcome.status !== 409) return { ...outcome, conflicts: conflicts.length }
      conflicts.push(outcome.detail)
      await sleep(Math.random() * Math.min(10 * 2 ** attempt, 500))
    }
    return { ok: false, status: 409, detail: conflicts.at(-1), conflicts: conflicts.length }
  }

  async once(plan, migrating) {
    try {
      await synchronize({
        database: this.database,
        sendCreatedAsUpdated: true,
        migrationsEnabledAtVersion: migrating ? this.enabledAt : undefined,
        pullChanges: (asked) => this.pull(asked, plan),
        pushChanges: (given) => this.push(given, plan),
      })
      return { ok: true, status: 200, detail: '' }
    } catch (error) {
      if (error instanceof Lost) return { ok: false, status: 0, detail: error.message }
      if (error instanceof Refused) return { ok: false, status: error.status, detail: error.body }
      complain(`[${this.name}]`, error)
      return { ok: false, status: -1, detail: error.stack }
    }
  }

  async pull({ lastPulledAt, schemaVersion, migration }, plan) {
    if (plan.lose === 'pull request') throw new Lost(plan.lose)
    const migrationText = encodeURIComponent(JSON.stringify(migration))
    const query = `last_pulled_at=${lastPulledAt}&schema_version=${schemaVersion}&migration=${migrationText}`
    const { status, text } = await this.fetch(`/api/v1/sync?${query}`, {})
    say({ event: 'pull', client: this.name, lastPulledAt, migration, status, text })
    if (plan.lose === 'pull answer') throw new Lost(plan.lose)
    if (status !== 200) throw new Refused(status, text)
    const { changes, timestamp, ...more } = JSON.parse(text)
    if (plan.beforeApplying) await this.write(plan.beforeApplying)
    return { changes, timestamp, ...more }
  }

  async push({ changes, lastPulledAt }, plan) {
    const body = JSON.stringify(changes) // a copy: the engine compares what it gave with what is there afterwards
    if (plan.hold) await this.holdOn()
    if (plan.beforePush) await this.write(plan.beforePush)
    if (plan.delay) await sleep(plan.delay)
    if (plan.lose === 'push request') throw new Lost(plan.lose)
    const send = () =>
      this.fetch(`/api/v1/sync?last_pulled_at=${lastPulledAt}`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body,
      })
    const sent = plan.twice ? [send(), send()] : [send()]
    if (plan.duringPush) await this.write(plan.duringPush)
    const answers = await Promise.all(sent)
    for (const { status, text } of answers) {
      say({ event: 'push', client: this.name, lastPulledAt, status, text, body: JSON.parse(body) })
    }
    if (plan.lose === 'push answer') throw new Lost(plan.lose)
    const { status, text } = answers.at(-1)
    if (status >= 300) throw new Refused(status, text)
    return text ? JSON.parse(text) : {}
  }

  // Until `go on`: whoever told us to sync does something else meanwhile.
  holdOn() {
    return new Promise((go) => {
      this.held = go
      say({ event: 'held', client: this.name })
    })
  }

  goOn() {
    this.held?.()
    this.held = null
    return {}
  }

  async fetch(path, options) {
    const url = this.urls[this.turn++ % this.urls.length] // each request may meet another process
    const headers = { ...options.headers, Authorization: `Bearer ${this.token}` }
    try {
      const answer = await fetch(url + path, { ...options, headers, signal: AbortSignal.timeout(60000) })
      return { status: answer.status, text: await answer.text() }
    } catch (error) {
      throw new Lost(`${error} ${error.cause ?? ''}`)
    }
  }
}

const clients = new Map()

async function schemaOf({ urls, token }) {
  const answer = await fetch(`${urls[0]}/api/v1/sync/schema`, { headers: { Authorization: `Bearer ${token}` } })
  if (answer.status !== 200) throw new Error(`${answer.status} ${await answer.text()}`)
  return answer.json()
}

async function act({ do: what, client: name, ...given }) {
  if (what === 'open') {
    const schema = given.schema ?? (await schemaOf(given))
    clients.set(name, new Client(name, { ...given, schema }))
    return { schema }
  }
  const client = clients.get(name)
  if (!client) throw new Error(`no such client: ${name}`)
  switch (what) {
    case 'write':
      return client.write(given.changes)
    case 'sync':
      return client.sync(given)
    case 'go on':
      return client.goOn()
    case 'dump':
      return client.dump()
    case 'reset':
      return client.reset()
    case 'upgrade':
      return client.upgrade(given)
    case 'close':
      return { closed: clients.delete(name) }
    default:
      throw new Error(`no such thing to do: ${what}`)
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const { id, ...told } = JSON.parse(line)
  act(told).then(
    (answer) => say({ id, answer }),
    (error) => say({ id, error: error.stack ?? String(error) }),
  )
}
process.exit(0) // connections that are kept alive would keep it, too
