import { Menu } from '@mantine/core'
import { useState } from 'react'
import { address, get } from '@/api/client'
import { carry } from '@/app/Link'
import { useScope } from '@/app/scope'
import { shareHere } from '@/app/share'
import { useUrl } from '@/app/url'
import { Answer, Button, Card, download, Empty, Field, follow, LinkButton, Page, shell, ShowAs, toast, toCSV } from '@/kit'
import { absolute, visible } from '@/kit/format'
import { changes as t } from '@/text/changes'
import { identities } from '@/text/identities'
import { kit } from '@/text/kit'
import { useDiff, type Diff } from '../identity/data'
import { Changes } from '../identity/tabs'
import css from './changes.module.css'

// Things say most, and how they are connected follows from them.
const order = (what: string) => ['node', 'tag', 'join', 'edge'].indexOf(what)

/** Every change as a row, under the names that `drover diff -o csv` has; what is different is JSON. */
export function changesCSV(diff: Diff, what: string): string {
  const rows = diff.items.filter((one) => !what || one.what === what)
  return toCSV(['ref', 'change', 'what', 'kind', 'type', 'name', 'to', 'part', 'fields'], rows.map((one) => [one.ref, one.change, one.what, one.kind, one.type ?? '', one.name ?? '', one.to ?? '', one.part ?? '', one.fields ? JSON.stringify(one.fields) : '']))
}

/** What was added, changed and removed between two moments, of everything or of one thing. */
export default function ChangesPage() {
  const [url, set] = useUrl({ since: '7d', id: '', what: '' })
  const { asOf } = useScope()
  const [from, setFrom] = useState(url.since)
  const diff = useDiff(url.id || undefined, url.since)
  const api = address('/diff', { id: url.id, from: url.since, to: asOf })
  const exportCSV = () => get<Diff>('/diff', { id: url.id, from: url.since, to: asOf }).then((all) => download('changes.csv', 'text/csv', changesCSV(all, url.what)), (error: Error) => toast({ text: visible(error.message), bad: true }))
  const unread = diff.data !== undefined && !diff.data.from.at && !diff.data.to.at
  return (
    <Page
      title={t.title}
      lead={unread ? undefined : diff.data ? `${t.between(diff.data.from.at ? absolute(diff.data.from.at) : kit.unknown, diff.data.to.at ? absolute(diff.data.to.at) : kit.unknown)}: ${t.counts(diff.data.added, diff.data.changed, diff.data.removed)}` : undefined}
      actions={
        <>
          <Button look="quiet" icon="share" onClick={() => void shareHere()}>
            {identities.share}
          </Button>
          <ShowAs cli={`drover diff ${url.id ? shell(url.id) + ' ' : ''}--from ${shell(url.since)}${asOf ? ` --to ${shell(asOf)}` : ''}`} api={api} />
          <Menu position="bottom-end">
            <Menu.Target>
              <Button look="quiet" icon="download" data-shortcut="export">
                {identities.export.label}
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item onClick={() => void exportCSV()}>{t.exports.csv}</Menu.Item>
              <Menu.Item onClick={() => follow(api, 'changes.json')}>{t.exports.json}</Menu.Item>
              <Menu.Item onClick={() => print()}>{identities.export.print}</Menu.Item>
            </Menu.Dropdown>
          </Menu>
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
          {(data) => unread ? (
            <Empty small title={t.unread} actions={<LinkButton look="primary" to="/welcome" search={carry()}>{t.start}</LinkButton>}>{t.unreadText}</Empty>
          ) : (
            <>
              <Changes diff={{ ...data, items: url.what ? data.items.filter((item) => item.what === url.what) : data.items.toSorted((a, b) => order(a.what) - order(b.what)) }} limit={300} />
              {data.items.length < data.added + data.changed + data.removed && <p className={css.rest}>{t.rest(data.items.length, data.added + data.changed + data.removed)}</p>}
            </>
          )}
        </Answer>
      </Card>
    </Page>
  )
}
