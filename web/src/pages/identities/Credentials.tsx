import { useState } from 'react'
import { address } from '@/api/client'
import { useList } from '@/api/hooks'
import type { Full, Schemas } from '@/api/types'
import { useGo } from '@/app/Link'
import { usePrefs } from '@/app/prefs'
import { useScope } from '@/app/scope'
import { shareHere } from '@/app/share'
import { useKeys } from '@/app/shortcuts'
import { useUrl } from '@/app/url'
import { Ago, Button, DataTable, Empty, ExportMenu, Icon, ListFrame, ListHeading, Name, NodeLink, Page, shell, ShowAs, Unknown, type Column } from '@/kit'
import { both } from '@/kit/filter'
import { count, visible } from '@/kit/format'
import { kit } from '@/text/kit'
import { identities as t } from '@/text/identities'
import css from './identities.module.css'
import { Views } from './Views'

export type Credential = Full<Schemas['Credential']>

const facetFields = ['system', 'type', 'status', 'env', 'source'] as const
const rowHeights = { compact: 32, cosy: 40, roomy: 56 }
const words = t.credentials
/** What the table shows, as the server's columns of CSV. */
export const shownFields = 'id,name,type,identity_name,places,created,rotated,expires,last_used,status'

/** Where it was found first, and how many places more. */
export function placeOf(places: Credential['places']): string {
  const first = places?.[0]
  if (!first) return ''
  const where = first.file ? first.file + (first.line ? `:${first.line}` : '') : first.name || first.ref
  return visible(where, 200) + (places.length > 1 ? ` +${count(places.length - 1)}` : '')
}

const columns: Column<Credential>[] = [
  {
    id: 'name', head: t.columns.name, width: 180, grow: true, sort: 'name',
    cell: (row) => (
      <span className={css.name}>
        <Icon name="credential" size={14} />
        <span className={css.cut}>
          <Name value={row.name} limit={300} />
        </span>
      </span>
    ),
  },
  { id: 'type', head: words.type, width: 110, sort: 'type', cell: (row) => <Name value={row.type.replace(/^[^.]*\./, '').replaceAll('.', ' ')} /> },
  { id: 'identity', head: words.identity, width: 160, cell: (row) => (row.identity ? <NodeLink node={{ ref: row.identity, name: row.identity_name || row.identity }} plain /> : <Unknown why={words.noIdentity} />) },
  { id: 'expires', head: words.expires, width: 84, sort: 'expires', cell: (row) => (row.expires ? <Ago at={row.expires} /> : <Unknown why={words.noEnd} />) },
  { id: 'rotated', head: words.rotated, width: 84, sort: 'rotated', cell: (row) => (row.rotated ? <Ago at={row.rotated} /> : <Unknown why={words.noRotation} />) },
  { id: 'created', head: words.created, width: 80, sort: 'created', cell: (row) => (row.created ? <Ago at={row.created} /> : <Unknown why={t.noAge} />) },
  { id: 'last_used', head: t.columns.last_used, width: 84, sort: 'last_used', first: 'desc', help: t.help.last_used, cell: (row) => <Ago at={row.last_used?.at} why={t.noUse} /> },
  { id: 'places', head: words.places, width: 130, cell: (row) => placeOf(row.places) || <span className="muted">–</span> },
  { id: 'status', head: words.status, width: 70, cell: (row) => visible(row.status) },
]

/** What proves identities: keys, tokens, certificates. A row leads to its page, and from there to whose it is. */
export default function Credentials() {
  const [url, set] = useUrl({ filter: '', sort: 'expires', cols: '', view: '', noun: '' })
  const { asOf, env } = useScope()
  const { density } = usePrefs()
  const go = useGo()
  const filter = both(url.filter, env ? `env=${env}` : '')
  const list = useList<Credential>('credentials', { filter, order_by: url.sort, facets: facetFields.join(',') })
  const [cursor, setCursor] = useState(-1)
  const applyFilter = (text: string) => (setCursor(-1), set({ filter: text, view: '' }))
  const open = (row: Credential) => go(`/identities/${encodeURIComponent(row.id)}`)
  useKeys({ o: () => list.rows[cursor] && open(list.rows[cursor]) })

  const params = { filter, order_by: url.sort, as_of: asOf }
  const cli = ['drover list credentials', filter && shell(filter), url.sort && `--sort=${url.sort}`, asOf && `--as-of ${shell(asOf)}`].filter(Boolean).join(' ')

  return (
    <Page
      full
      title={words.title}
      heading={<ListHeading title={words.title} total={list.first && !list.error ? words.total(list.total) : ''} env={env && t.inEnv(env)} />}
      actions={
        <>
          <Views url={url} noun="credentials" onPick={set} />
          <Button look="quiet" icon="share" onClick={() => void shareHere()}>
            {t.share}
          </Button>
          <ShowAs query={filter} cli={cli} api={address('/credentials', params)} />
          <ExportMenu noun="credentials" help={t.export.help(list.total)} filter={filter} sort={url.sort} asOf={asOf} csv={[[kit.export.csv, shownFields]]} />
        </>
      }
    >
      <ListFrame
        noun="credentials"
        filter={url.filter}
        onFilter={applyFilter}
        problem={list.error}
        pending={list.isPending}
        any={list.rows.length > 0}
        onRetry={() => void list.refetch()}
        facetFields={facetFields.map((field) => ({ field, label: words.facets[field] }))}
        facets={list.first?.facets}
        env={env}
        empty={<Empty title={filter ? words.none : words.unread} icon={filter ? 'filter' : 'credential'} actions={filter ? <Button onClick={() => set({ filter: '', view: '', env: undefined })}>{t.empty.clear}</Button> : undefined} />}
      >
        <DataTable
          label={words.title}
          columns={columns}
          rows={list.rows}
          rowId={(row) => row.id}
          rowName={(row) => row.name}
          total={list.total}
          sort={url.sort}
          onSort={(sort) => set({ sort })}
          cursor={cursor}
          onCursor={setCursor}
          onOpen={open}
          href={(row) => ({ to: '/identities/$id', params: { id: row.id } })}
          hasMore={list.hasNextPage && !list.error}
          onMore={() => void list.fetchNextPage()}
          loadingMore={list.isFetchingNextPage}
          stale={list.isPlaceholderData && list.isFetching}
          rowHeight={rowHeights[density]}
        />
      </ListFrame>
    </Page>
  )
}
