import { useEffect, useRef, useState } from 'react'
import { useApi, useEvents } from '@/api/hooks'
import type { List, Node } from '@/api/types'
import { carry } from '@/app/Link'
import { announce, Card, Empty, Failed, Icon, kindIcon, LinkButton, Loading, Name } from '@/kit'
import { count, visible, words } from '@/kit/format'
import { nodeTo } from '@/kit/NodeLink'
import { welcome as t } from '@/text/welcome'
import type { Home } from '../home/types'
import { useWhyNot, type useOperation } from '../sources/data'
import { Progress } from '../sources/Progress'
import css from './welcome.module.css'

interface Row {
  key: string
  operation: string
  ref: string
  name: string
  kind: string
  type: string
  source: string
}

interface Part {
  operation: string
  source: string
  section: string
  status: string
  objects: number
  error: string
}

interface Told {
  operation?: string
  source?: string
  data?: Record<string, unknown>
}

const kept = 200
const shown = 60

/** Rows and parts as the server tells of them; gathered, so that a fast scan does not redraw the page a thousand times a second. */
export function useTold() {
  const [rows, setRows] = useState<Row[]>([])
  const [parts, setParts] = useState<Part[]>([])
  const [totals, setTotals] = useState<Record<string, number>>({})
  const waiting = useRef<{ rows: Row[]; parts: Part[] }>({ rows: [], parts: [] })
  useEvents(
    ['scan.row', 'scan.section'],
    (event) => {
      const told = event.data as Told | null
      if (!told?.operation) return
      const operation = told.operation
      const d = told.data ?? {}
      if (event.type === 'scan.row') {
        waiting.current.rows.push({ key: event.id, operation, ref: String(d.ref ?? ''), name: String(d.name || d.ref || ''), kind: String(d.kind ?? ''), type: String(d.type ?? ''), source: told.source ?? '' })
      } else waiting.current.parts.push({ operation, source: told.source ?? '', section: String(d.section ?? ''), status: String(d.status ?? ''), objects: Number(d.objects ?? 0), error: String(d.error ?? '') })
    },
  )
  useEffect(() => {
    const timer = setInterval(() => {
      const { rows: fresh, parts: read } = waiting.current
      if (fresh.length === 0 && read.length === 0) return
      waiting.current = { rows: [], parts: [] }
      if (fresh.length > 0)
        setTotals((before) => {
          const next = { ...before }
          for (const row of fresh) next[row.operation] = (next[row.operation] ?? 0) + 1
          return next
        })
      if (fresh.length > 0) setRows((before) => [...[...fresh].reverse(), ...before].slice(0, kept))
      if (read.length > 0) setParts((before) => [...before, ...read].slice(-400))
    }, 250)
    return () => clearInterval(timer)
  }, [])
  return { of: (operation: string) => ({ rows: rows.filter((row) => row.operation === operation), parts: parts.filter((part) => part.operation === operation), total: totals[operation] ?? 0 }) }
}

/** A scan, or the loading of the demo, from its start to its verdict. */
export function Run({ run, told }: { run: ReturnType<typeof useOperation>; told: ReturnType<ReturnType<typeof useTold>['of']> }) {
  const { op, error, cancel } = run
  const whyNot = useWhyNot()
  const state = op?.state
  useEffect(() => {
    if (state === 'cancelled') announce(t.run.stopped)
  }, [state])
  if (error && !op) return <Failed problem={error} />
  if (!op) return <Loading />
  const title = op.kind === 'demo.load' || op.kind === 'demo.reset' ? t.run.demo : op.kind === 'demo.remove' ? t.run.removing : t.run.scanning
  const failedParts = told.parts.filter((part) => part.status === 'failed' || part.error)
  return (
    <div className={css.stack}>
      <Progress op={op} title={title} onStop={() => void cancel()} why={whyNot('scan.run')} />
      {op.state === 'failed' && (
        <div className={css.verdict} data-look="bad" role="alert">
          <h2>{t.run.failed}</h2>
          <p>{visible(op.error?.detail ?? '', 1000)}</p>
        </div>
      )}
      {op.state === 'interrupted' && <p role="alert">{t.run.interrupted}</p>}
      {op.ended && op.kind === 'demo.remove' && op.state === 'done' && <p role="status">{t.done.removed}</p>}
      {op.ended && op.state !== 'failed' && op.kind !== 'demo.remove' && <Verdict stopped={op.state === 'cancelled'} partly={op.result?.scan ? op.result.scan.status !== 'ok' : failedParts.length > 0} />}
      {(!op.ended || told.rows.length > 0) && op.kind !== 'demo.remove' && (
        <Card
          title={op.ended ? t.run.rowsDone : t.run.rows}
          id="rows"
          flush
          actions={told.total > 0 ? <span className={css.small}>{t.run.shown(Math.min(shown, told.rows.length), told.total)}</span> : undefined}
        >
          {told.rows.length === 0 ? (
            <Empty small title={t.run.waiting} />
          ) : (
            <div className={css.scroll}>
              <table className={css.table} aria-labelledby="rows">
                <thead>
                  <tr>
                    <th scope="col">{t.run.columns.name}</th>
                    <th scope="col">{t.run.columns.type}</th>
                    <th scope="col">{t.run.columns.source}</th>
                  </tr>
                </thead>
                <tbody>
                  {told.rows.slice(0, shown).map((row) => (
                    <tr key={row.key}>
                      <th scope="row">
                        <span className={css.thing}>
                          <Icon name={kindIcon(row.kind)} size={14} />
                          <Name value={row.name} limit={160} />
                        </span>
                      </th>
                      <td>{words(row.type || row.kind)}</td>
                      <td className="muted">{visible(row.source, 80)}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          )}
        </Card>
      )}
      {told.parts.length > 0 && (
        <Card title={t.run.sections} id="parts">
          <ul className={css.parts}>
            {told.parts.slice(-60).map((part, i) => (
              <li key={i} data-bad={part.error ? true : undefined}>
                <Icon name={part.error ? 'warning' : 'check'} size={13} />
                <span>
                  {visible(part.source, 60)} / {visible(part.section, 80)}
                </span>
                <span className="muted">{part.error ? `${t.run.sectionFailed}: ${visible(part.error, 300)}` : count(part.objects)}</span>
              </li>
            ))}
          </ul>
        </Card>
      )}
    </div>
  )
}

/** What it came to, and where to begin. */
function Verdict({ stopped, partly }: { stopped: boolean; partly: boolean }) {
  // Findings and scores settle some seconds after the last row: asked for again until they have.
  const [settling, setSettling] = useState(true)
  useEffect(() => {
    const timer = setTimeout(() => setSettling(false), 30_000)
    return () => clearTimeout(timer)
  }, [])
  const again = settling ? 2500 : undefined
  const home = useApi<Home>('/home', {}, { timeless: true, refetchInterval: again })
  const worst = useApi<List<Node>>('/identities', { order_by: '-risk', page_size: 1 }, { timeless: true, refetchInterval: again })
  const credentials = useApi<List<unknown>>('/credentials', { page_size: 1 }, { timeless: true })
  const heading = useRef<HTMLHeadingElement>(null)
  const ready = !!worst.data && !!home.data
  useEffect(() => {
    if (ready) heading.current?.focus({ preventScroll: true })
  }, [ready])
  if (worst.error) return <Failed problem={worst.error} onRetry={() => void worst.refetch()} />
  if (!worst.data || !home.data) return <Loading lines={3} />
  const first = worst.data.items[0]
  const urgent = home.data.verdict.urgent
  return (
    <section className={css.verdict}>
      {stopped && <p>{t.run.stopped}</p>}
      {worst.data.total_size === 0 ? (
        <>
          <h2 ref={heading} tabIndex={-1}>{t.done.empty}</h2>
        </>
      ) : (
        <>
          <h2 ref={heading} tabIndex={-1}>
            {t.done.title(worst.data.total_size, credentials.data?.total_size ?? 0)}. {t.done.need(urgent)}
          </h2>
          <p className="muted">{visible(home.data.verdict.text, 600)}</p>
        </>
      )}
      <div className={css.foot}>
        {first && (
          <LinkButton look="primary" {...nodeTo(first.id)} search={carry()}>
            {t.done.worst}: {visible(first.name, 60)}
          </LinkButton>
        )}
        <LinkButton to="/" search={carry()}>
          {t.done.home}
        </LinkButton>
        {partly && (
          <LinkButton icon="warning" to="/sources" search={carry()}>
            {t.done.sources}
          </LinkButton>
        )}
      </div>
      {partly && <p className={css.small}>{t.done.partly}</p>}
    </section>
  )
}
