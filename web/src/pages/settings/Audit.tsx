import { useState } from 'react'
import { address } from '@/api/client'
import { useList, useMayNot, useWrite, write } from '@/api/hooks'
import { useUrl } from '@/app/url'
import { Ago, Button, Card, Empty, Failed, Field, follow, Icon, Loading, Name } from '@/kit'
import { visible } from '@/kit/format'
import { settings as t } from '@/text/settings'
import css from './settings.module.css'

interface Entry {
  id: number
  at: string
  who: string
  action: string
  target: string | null
  outcome: string
  door: string | null
  request_id: string | null
  address: string | null
  detail: Record<string, unknown> | null
  hash: string
}

interface Proof {
  ok: boolean
  entries: number
  head: number
  hash: string
  first_bad: number | null
  fault: string | null
  anchored: number
  heads: number
  anchors: string[] | null
  key_id: string
}

/** Every act, the newest first, and the proof that none was changed. */
export function Audit() {
  const [url, set] = useUrl({ who: '', action: '', target: '', outcome: '', from: '' })
  const params = { who: url.who, action: url.action, target: url.target, outcome: url.outcome, from: url.from }
  const query = useList<Entry>('audit', params, { timeless: true, pageSize: 50 })
  const [form, setForm] = useState(params)
  const field = (name: keyof typeof params) => ({ value: form[name], maxLength: 256, autoComplete: 'off', onChange: (event: { target: { value: string } }) => setForm({ ...form, [name]: event.target.value }) })
  return (
    <>
      <Verify />
      <Card
        title={t.parts.audit}
        id="audit"
        flush
        actions={
          <Button small look="quiet" icon="download" data-shortcut="export" onClick={() => follow(address('/audit', { ...params, format: 'csv' }), 'audit.csv')}>
            {t.audit.export}
          </Button>
        }
      >
        <form
          className={css.filters}
          onSubmit={(event) => {
            event.preventDefault()
            set(form)
          }}
        >
          <Field label={t.audit.who}>
            <input {...field('who')} />
          </Field>
          <Field label={t.audit.action}>
            <input {...field('action')} placeholder={t.audit.actionHint} />
          </Field>
          <Field label={t.audit.target}>
            <input {...field('target')} />
          </Field>
          <Field label={t.audit.outcome}>
            <select value={form.outcome} onChange={(event) => setForm({ ...form, outcome: event.target.value })}>
              <option value="">{t.audit.any}</option>
              {Object.entries(t.audit.outcomes).map(([value, label]) => (
                <option key={value} value={value}>
                  {label}
                </option>
              ))}
            </select>
          </Field>
          <Field label={t.audit.since}>
            <input {...field('from')} placeholder={t.audit.sinceHint} />
          </Field>
          <Button type="submit">{t.audit.apply}</Button>
        </form>
        {query.error ? (
          <Failed problem={query.error} small onRetry={() => void query.refetch()} />
        ) : query.isPending ? (
          <Loading />
        ) : query.rows.length === 0 ? (
          <Empty small title={t.audit.none} />
        ) : (
          <>
            <div className={css.scroll}>
              <table className={css.table} aria-labelledby="audit">
                <thead>
                  <tr>
                    <th scope="col">{t.audit.columns.id}</th>
                    <th scope="col">{t.audit.columns.at}</th>
                    <th scope="col">{t.audit.columns.who}</th>
                    <th scope="col">{t.audit.columns.action}</th>
                    <th scope="col">{t.audit.columns.target}</th>
                    <th scope="col">{t.audit.columns.outcome}</th>
                    <th scope="col">{t.audit.columns.door}</th>
                  </tr>
                </thead>
                <tbody>
                  {query.rows.map((entry) => (
                    <tr key={entry.id}>
                      <td className="mono">{entry.id}</td>
                      <td>
                        <Ago at={entry.at} />
                      </td>
                      <td>
                        <Name value={entry.who} limit={100} />
                      </td>
                      <td>
                        {entry.detail && Object.keys(entry.detail).length > 0 ? (
                          <details className={css.details}>
                            <summary aria-label={`${visible(entry.action)}, ${t.audit.details(entry.id)}`}>
                              <code>{visible(entry.action, 80)}</code>
                            </summary>
                            <pre>{visible(JSON.stringify(entry.detail), 2000)}</pre>
                          </details>
                        ) : (
                          <code>{visible(entry.action, 80)}</code>
                        )}
                      </td>
                      <td>
                        <span className={css.clip} title={visible(entry.target ?? '', 400)}>
                          {entry.target && <Name value={entry.target} limit={120} />}
                        </span>
                      </td>
                      <td data-no={entry.outcome === 'failed' || entry.outcome === 'refused' || undefined}>{t.audit.outcomes[entry.outcome] ?? visible(entry.outcome)}</td>
                      <td className="muted">{entry.door ? (t.audit.doors[entry.door] ?? visible(entry.door)) : ''}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
            <div className={css.under}>
              <span className={css.small}>{t.audit.total(query.rows.length, query.total)}</span>
              {query.hasNextPage && (
                <Button small disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
                  {t.audit.more}
                </Button>
              )}
            </div>
          </>
        )}
      </Card>
    </>
  )
}

function Verify() {
  const mayNot = useMayNot('audit.read')
  const verify = useWrite<void, Proof>(() => write('POST', '/audit:verify'))
  const proof = verify.data
  return (
    <Card
      title={t.audit.verify}
      id="verify"
      actions={
        <Button small look="primary" icon="check" why={mayNot} disabled={verify.isPending} onClick={() => verify.mutate()}>
          {verify.isPending ? t.audit.verifying : t.audit.verify}
        </Button>
      }
    >
      <p className="muted">{t.audit.help}</p>
      {verify.error && <Failed problem={verify.error} small />}
      {proof && (
        <div className={css.proof} data-ok={proof.ok || undefined} role={proof.ok ? 'status' : 'alert'}>
          <strong>
            <Icon name={proof.ok ? 'check' : 'warning'} size={16} /> {proof.ok ? t.audit.ok(proof.entries) : t.audit.bad(proof.first_bad)}
          </strong>
          {proof.fault && <p>{visible(proof.fault, 600)}</p>}
          <p>{t.audit.anchored(proof.anchored, proof.heads)}</p>
          <p className="mono">{t.audit.head(proof.head, visible(proof.hash, 100))}</p>
          <p className="mono">
            {t.audit.key} {visible(proof.key_id, 100)}
          </p>
          {(proof.anchors ?? []).length > 0 && (
            <p>
              {t.audit.anchors}: {proof.anchors!.map((one) => visible(one, 200)).join(', ')}
            </p>
          )}
        </div>
      )}
    </Card>
  )
}
