import { useState } from 'react'
import { useApi, useWrite } from '@/api/hooks'
import { useScope } from '@/app/scope'
import { useUrl } from '@/app/url'
import { carry } from '@/app/Link'
import { Ago, Answer, Button, Card, Empty, Icon, IconButton, LinkButton, Name, Page, ShowAs, toast, Unknown } from '@/kit'
import { count, visible } from '@/kit/format'
import type { List } from '@/api/types'
import { app } from '@/text/app'
import { sources as t } from '@/text/sources'
import { AddSource } from './AddSource'
import { Coverage } from './Coverage'
import { startScan, useOperation, useWhyNot, type Operation, type SourceState } from './data'
import { Detail } from './Detail'
import { Progress } from './Progress'
import css from './sources.module.css'

const bad = (source: SourceState) => source.state !== 'disabled' && (source.last_status === 'failed' || source.last_status === 'partial' || source.failures > 0)
// What needs somebody comes first, configured or not: what failed, what was read in part or lacks a permission.
const rank = (source: SourceState) => (bad(source) ? (source.last_status === 'failed' ? 0 : 1) : source.state === 'not configured' ? 4 : source.state === 'disabled' ? 3 : 2)

/** What is read and how it went, the worst first; what each source sees; adding one. */
export default function SourcesPage() {
  const [url, set] = useUrl({ add: '', id: '', scan: '' })
  const list = useApi<List<SourceState>>('/sources', {}, { timeless: true, keep: true })
  const { asOf } = useScope()
  const whyNot = useWhyNot()
  const scan = useOperation(url.scan, (op) => toast({ text: `${t.ended[op.state] ?? op.state}${op.error ? ` ${visible(op.error.detail, 300)}` : ''}`, bad: op.state === 'failed' }))
  const start = useWrite<string[], Operation>(startScan, {
    onDone: (op) => set({ scan: op.id }),
    onFail: (problem) => toast({ text: visible(problem.message, 400), bad: true }),
  })
  const noScan = whyNot('scan.run') ?? (scan.running || start.isPending ? t.running : undefined)
  const rows = [...(list.data?.items ?? [])].sort((a, b) => rank(a) - rank(b) || a.id.localeCompare(b.id))
  if (url.add) return <AddSource kind={url.add} change={url.id} onScan={(id) => start.mutate([id])} onKind={(kind) => set({ add: kind, id: undefined, found: undefined })} onLeave={(id) => set({ add: undefined, found: undefined, id })} />
  const coverage = <Coverage onConnect={(kind) => set({ add: kind, id: undefined })} whyNot={whyNot('source.write')} />
  return (
    <Page
      title={app.pages.sources}
      lead={list.data && rows.length > 0 ? t.lead(rows.length, rows.filter(bad).length) : undefined}
      actions={
        <>
          <ShowAs cli="drover source list" api="/api/v1/sources" />
          <LinkButton look="quiet" to="/welcome" search={carry()}>
            {t.welcome}
          </LinkButton>
          {rows.length > 0 && (
            <Button icon="refresh" why={noScan} onClick={() => start.mutate([])}>
              {t.scanAll}
            </Button>
          )}
          <Button look="primary" icon="plus" why={whyNot('source.write')} onClick={() => set({ add: 'pick', id: undefined })}>
            {t.add}
          </Button>
        </>
      }
    >
      <div className={css.stack}>
        {asOf && (
          <p className="muted" role="note">
            {t.asOfNote}
          </p>
        )}
        {scan.op && scan.running && <Progress op={scan.op} title={t.running} onStop={() => void scan.cancel()} why={whyNot('scan.run')} />}
        <Answer query={list} lines={8}>
          {() =>
            rows.length === 0 ? (
              <Card>
                <Empty title={t.empty.title} icon="sources" actions={<Button look="primary" icon="plus" why={whyNot('source.write')} onClick={() => set({ add: 'pick' })}>{t.add}</Button>}>
                  {t.empty.text}
                </Empty>
              </Card>
            ) : (
              <div className={css.split} data-open={url.id || undefined}>
                <div className={css.stack}>
                  <Card title={t.health} id="health" flush>
                  <div className={css.scroll}>
                    <Health rows={rows} open={url.id} onOpen={(id) => set({ id: url.id === id ? undefined : id })} onScan={(id) => start.mutate([id])} noScan={noScan} />
                  </div>
                </Card>
                {coverage}
                </div>
                {url.id && <Detail key={url.id} id={url.id} onClose={() => set({ id: undefined })} onChange={(kind) => set({ add: kind, id: url.id })} onScan={() => start.mutate([url.id])} noScan={noScan} />}
              </div>
            )
          }
        </Answer>
        {rows.length === 0 && coverage}
      </div>
    </Page>
  )
}

/** A state as shape and word. */
export function Status({ value, off }: { value: string | null; off?: boolean }) {
  const status = off ? 'off' : (value ?? 'none')
  return (
    <span className={css.status} data-status={status}>
      <Icon name={status === 'ok' ? 'check' : status === 'none' || status === 'off' ? 'minus' : 'warning'} size={13} />
      {off ? t.state.disabled : (t.status[status] ?? visible(status))}
    </span>
  )
}

function Health({ rows, open, onOpen, onScan, noScan }: { rows: SourceState[]; open: string; onOpen: (id: string) => void; onScan: (id: string) => void; noScan?: string }) {
  const [busy, setBusy] = useState('')
  return (
    <table className={css.table} aria-labelledby="health">
      <thead>
        <tr>
          <th scope="col">{t.columns.source}</th>
          <th scope="col">{t.columns.status}</th>
          <th scope="col">{t.columns.last}</th>
          <th scope="col" className={css.num}>
            {t.columns.sections}
          </th>
          <th scope="col">{t.columns.next}</th>
          <th scope="col" className={css.end}>
            <span className="visually-hidden">{t.columns.actions}</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => {
          const why = row.state === 'not configured' ? t.notConfigured : row.state === 'disabled' ? t.offReason : noScan
          return (
            <tr key={row.id} aria-current={open === row.id || undefined}>
              <th scope="row">
                <button type="button" className={css.name} aria-expanded={open === row.id} onClick={() => onOpen(row.id)}>
                  <Name value={row.id} limit={120} />
                </button>{' '}
                <span className={css.small}>{visible(row.kind)}</span>
              </th>
              <td>
                <Status value={row.last_status} off={row.state === 'disabled'} />
                {row.failures > 0 && <div className={css.small}>{t.failures(row.failures)}</div>}
              </td>
              <td>{row.last_ok ? <Ago at={row.last_ok} /> : <Unknown why={t.never} />}</td>
              <td className={css.num}>{row.sections > 0 ? `${count(row.sections_ok)} / ${count(row.sections)}` : <Unknown />}</td>
              <td className={css.small}>{row.state === 'not configured' ? t.state['not configured'] : row.next_scan ? <Ago at={row.next_scan} /> : row.every ? t.every(visible(row.every)) : t.byHand}</td>
              <td className={css.end}>
                <IconButton
                  icon="refresh"
                  small
                  label={why ?? t.scanOne(visible(row.id))}
                  aria-disabled={why ? true : undefined}
                  onClick={() => {
                    if (why || busy === row.id) return
                    setBusy(row.id)
                    onScan(row.id)
                    setTimeout(() => setBusy(''), 1000)
                  }}
                />
              </td>
            </tr>
          )
        })}
      </tbody>
    </table>
  )
}
