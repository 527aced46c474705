import { useState } from 'react'
import { address } from '@/api/client'
import { useScope } from '@/app/scope'
import { shareHere } from '@/app/share'
import { useUrl } from '@/app/url'
import { Answer, Button, Card, Field, follow, Page, shell, ShowAs } from '@/kit'
import { absolute } from '@/kit/format'
import { changes as t } from '@/text/changes'
import { identities } from '@/text/identities'
import { useDiff } from '../identity/data'
import { Changes } from '../identity/tabs'
import css from './changes.module.css'

// Things say most, and how they are connected follows from them.
const order = (what: string) => ['node', 'tag', 'join', 'edge'].indexOf(what)

/** What was added, changed and removed between two moments, of everything or of one thing. */
export default function ChangesPage() {
  const [url, set] = useUrl({ since: '7d', id: '', what: '' })
  const { asOf } = useScope()
  const [from, setFrom] = useState(url.since)
  const diff = useDiff(url.id || undefined, url.since)
  const api = address('/diff', { id: url.id, from: url.since, to: asOf })
  return (
    <Page
      title={t.title}
      lead={diff.data ? `${t.between(absolute(diff.data.from.at), absolute(diff.data.to.at))}: ${t.counts(diff.data.added, diff.data.changed, diff.data.removed)}` : undefined}
      actions={
        <>
          <Button look="quiet" icon="share" onClick={() => void shareHere()}>
            {identities.share}
          </Button>
          <ShowAs cli={`drover diff ${url.id ? shell(url.id) + ' ' : ''}--from ${shell(url.since)}${asOf ? ` --to ${shell(asOf)}` : ''}`} api={api} />
          <Button look="quiet" icon="download" data-shortcut="export" onClick={() => follow(api, 'changes.json')}>
            {identities.export.label}
          </Button>
        </>
      }
    >
      <form
        className={css.tools}
        onSubmit={(event) => {
          event.preventDefault()
          set({ since: from.trim() || '7d' })
        }}
      >
        <Field label={t.from}>
          <input value={from} maxLength={40} placeholder="7d, 2026-06-30" onChange={(event) => setFrom(event.target.value)} />
        </Field>
        <Field label={t.what}>
          <select value={url.what} onChange={(event) => set({ what: event.target.value })}>
            {Object.entries(t.whats).map(([value, label]) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </select>
        </Field>
        <Button type="submit" look="primary">
          {t.show}
        </Button>
      </form>
      <Card title={t.title} id="changes" flush>
        <Answer query={diff} small>
          {(data) => <Changes diff={{ ...data, items: url.what ? data.items.filter((item) => item.what === url.what) : data.items.toSorted((a, b) => order(a.what) - order(b.what)) }} limit={300} />}
        </Answer>
      </Card>
    </Page>
  )
}
