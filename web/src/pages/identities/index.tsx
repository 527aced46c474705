import { Menu } from '@mantine/core'
import { useEffect, useMemo, useState } from 'react'
import { address } from '@/api/client'
import { useApi, useList } from '@/api/hooks'
import type { IdentityColumns, Node } from '@/api/types'
import { useGo } from '@/app/Link'
import { usePrefs } from '@/app/prefs'
import { useScope } from '@/app/scope'
import { shareHere } from '@/app/share'
import { useKeys } from '@/app/shortcuts'
import { useUrl } from '@/app/url'
import { Button, copyText, DataTable, Empty, ExportMenu, IconButton, ListFrame, ListHeading, Name, Page, shell, ShowAs, SidePanel, toast, toMarkdown, useSelection } from '@/kit'
import { both } from '@/kit/filter'
import { identities as t } from '@/text/identities'
import { kit } from '@/text/kit'
import { Bulk } from './Bulk'
import Credentials from './Credentials'
import { chosen, columns, fieldsOf, later, textOf, usual, type Row } from './columns'
import css from './identities.module.css'
import { Preview } from './Preview'
import { Views } from './Views'

const facetFields = ['nhi_type', 'env', 'owned', 'lifecycle', 'system', 'criticality', 'monitored', 'business_unit', 'verdict', 'source'] as const
/** Of how many rows the server exports what it works out row by row. */
const fewRows = 10_000
const rowHeights = { compact: 32, cosy: 40, roomy: 56 }

/** What can act, or, with noun=credentials, what proves it. */
export default function Listed() {
  const [{ noun }] = useUrl({ noun: '' })
  return noun === 'credentials' ? <Credentials /> : <Identities />
}

function Identities() {
  const [url, set] = useUrl({ filter: '', sort: '-risk', cols: '', panel: '', view: '' })
  const { asOf, env } = useScope()
  const { density } = usePrefs()
  const go = useGo()
  const filter = both(url.filter, env ? `env=${env}` : '')
  const list = useList<Node>('identities', { filter, order_by: url.sort, facets: facetFields.join(',') })
  const all = useApi<{ identities: number }>('/summary', {}, { staleTime: 60_000 })
  const shown = useMemo(() => chosen(url.cols), [url.cols])
  const rows = useLater(list, { filter, order_by: url.sort }, shown.some((column) => later.includes(column.id)))
  const ids = useMemo(() => rows.map((row) => row.id), [rows])
  const selection = useSelection(ids, list.total, `${filter} ${asOf}`)
  const [cursor, setCursor] = useState(-1)

  const at = rows.findIndex((row) => row.id === url.panel)
  const step = (by: number) => {
    const next = rows[at + by]
    if (!next) return
    setCursor(at + by)
    set({ panel: next.id }, { replace: true })
  }
  const applyFilter = (text: string) => {
    setCursor(-1)
    set({ filter: text, panel: '', view: '' })
  }
  useKeys({
    Escape: () => selection.count > 0 && selection.clear(),
    o: () => rows[cursor] && go(`/identities/${encodeURIComponent(rows[cursor].id)}`),
    b: () => rows[cursor] && go('/explore', { from: rows[cursor].id }),
  })

  const few = list.total <= fewRows
  const fields = fieldsOf(shown.map((column) => column.id)).filter((field) => few || !later.includes(field)).join(',')
  const leftOut = !few && shown.some((column) => later.includes(column.id))
  const copyMarkdown = async () => {
    const done = await copyText(toMarkdown(shown.map((column) => column.head), rows.map((row) => shown.map((column) => textOf(row, column.id)))))
    toast(done ? { text: t.export.copied(rows.length) } : { text: t.export.notCopied, bad: true })
  }
  const api = address('/identities', { filter, order_by: url.sort, as_of: asOf })
  const cli = ['drover list', filter && shell(filter), url.sort && `--sort=${url.sort}`, asOf && `--as-of ${shell(asOf)}`].filter(Boolean).join(' ')
  const waiting = list.isPending || (list.isPlaceholderData && list.isFetching)

  return (
    <Page
      full
      title={t.title}
      heading={<ListHeading title={t.title} total={list.first && !list.error ? t.total(list.total, filter ? all.data?.identities : undefined, list.exact) : ''} env={env && t.inEnv(env)} />}
      actions={
        <>
          <Views url={url} onPick={set} />
          <Button look="quiet" icon="share" onClick={() => void shareHere()}>
            {t.share}
          </Button>
          <ShowAs query={filter} cli={cli} api={api} />
          <ExportMenu noun="identities" help={t.export.help(list.total)} filter={filter} sort={url.sort} asOf={asOf} fields={fields} csv={[[kit.export.csv, fields]]} note={leftOut && <Menu.Label maw={300}>{t.export.few(fewRows)}</Menu.Label>}>
            <Menu.Item onClick={() => void copyMarkdown()}>{t.export.markdown}</Menu.Item>
          </ExportMenu>
        </>
      }
    >
      <ListFrame
        noun="identities"
        filter={url.filter}
        onFilter={applyFilter}
        problem={list.error}
        pending={list.isPending}
        any={rows.length > 0}
        onRetry={() => void list.refetch()}
        facetFields={facetFields.map((field) => ({ field, label: t.facets[field] }))}
        facets={list.first?.facets}
        env={env}
        after={<ColumnsMenu value={url.cols} onChange={(cols) => set({ cols })} />}
        bulk={selection.count > 0 && <Bulk selection={selection} total={list.total} filter={filter} ids={selection.ids} />}
        empty={<Nothing all={all.data?.identities} env={env} filter={url.filter} onClear={() => applyFilter('')} onEnv={() => set({ env: undefined })} onStart={() => go('/welcome')} />}
        panel={
          url.panel && (
            <SidePanel
              title={<Name value={rows[at]?.name ?? url.panel} />}
              onClose={() => set({ panel: '' })}
              onPrevious={at > 0 ? () => step(-1) : undefined}
              onNext={at >= 0 && at < rows.length - 1 ? () => step(1) : undefined}
              onFull={() => go(`/identities/${encodeURIComponent(url.panel)}`)}
            >
              <Preview id={url.panel} />
            </SidePanel>
          )
        }
      >
        <DataTable
          label={t.table}
          columns={shown}
          rows={rows}
          rowId={(row) => row.id}
          rowName={(row) => row.name}
          total={list.total}
          sort={url.sort}
          onSort={(sort) => set({ sort })}
          selection={selection}
          cursor={cursor}
          onCursor={setCursor}
          onOpen={(row) => set({ panel: row.id }, { replace: !!url.panel })}
          openId={url.panel}
          href={(row) => ({ to: '/identities/$id', params: { id: row.id } })}
          hasMore={list.hasNextPage && !list.error}
          onMore={() => void list.fetchNextPage()}
          loadingMore={list.isFetchingNextPage}
          stale={waiting}
          rowHeight={rowHeights[density]}
        />
      </ListFrame>
    </Page>
  )
}

type Pages = Pick<ReturnType<typeof useList<Node>>, 'rows' | 'data' | 'isPlaceholderData'>

/** The rows, each with what is worked out row by row: read after the list, page for page, so that the list does not wait for it. */
function useLater(list: Pages, params: { filter: string; order_by: string }, wanted: boolean): Row[] {
  const columns = useList<IdentityColumns>('identities', { ...params, fields: ['id', ...later].join(',') }, { enabled: wanted && !!list.data, keep: false })
  const pages = list.data?.pages.length ?? 0
  const have = columns.data?.pages.length ?? 0
  const { hasNextPage, isFetching, isError, fetchNextPage } = columns
  useEffect(() => {
    if (have > 0 && have < pages && hasNextPage && !isFetching && !isError) void fetchNextPage()
  }, [have, pages, hasNextPage, isFetching, isError, fetchNextPage])
  return useMemo(() => {
    if (!wanted) return list.rows
    const by = new Map(columns.rows.map((row) => [row.id, row]))
    return list.rows.map((row) => ({ ...row, more: by.get(row.id) ?? (isError ? null : undefined) }))
  }, [list.rows, columns.rows, isError, wanted])
}

function Nothing({ all, env, filter, onClear, onEnv, onStart }: { all?: number; env: string; filter: string; onClear: () => void; onEnv: () => void; onStart: () => void }) {
  if (!filter && !env) return <Empty title={t.none.title} icon="identities" actions={<Button look="primary" onClick={onStart}>{t.none.action}</Button>}>{t.none.text}</Empty>
  return (
    <Empty
      title={t.empty.title}
      icon="filter"
      actions={
        <>
          {filter && <Button onClick={onClear}>{t.empty.clear}</Button>}
          {env && <Button onClick={onEnv}>{t.empty.dropEnv(env)}</Button>}
        </>
      }
    >
      {all !== undefined && <p>{t.empty.text(all)}</p>}
    </Empty>
  )
}

/** Which columns, and in which order: by buttons, so that nothing must be dragged. */
function ColumnsMenu({ value, onChange }: { value: string; onChange: (cols: string) => void }) {
  const ids = value ? value.split(',') : usual
  const write = (next: string[]) => onChange(next.join(',') === usual.join(',') ? '' : next.join(','))
  return (
    <Menu position="bottom-end" closeOnItemClick={false}>
      <Menu.Target>
        <IconButton icon="columns" label={t.columnsMenu} />
      </Menu.Target>
      <Menu.Dropdown mah={420} className={css.columnsMenu}>
        {columns.map((column) => {
          const on = ids.includes(column.id)
          return (
            <Menu.Item
              key={column.id}
              role="menuitemcheckbox"
              aria-checked={on}
              disabled={column.id === 'name'}
              leftSection={<span className={css.tick} data-on={on || undefined} />}
              onClick={() => write(on ? ids.filter((id) => id !== column.id) : columns.map((c) => c.id).filter((id) => id === column.id || ids.includes(id)))}
            >
              {column.head}
            </Menu.Item>
          )
        })}
        <Menu.Divider />
        <Menu.Item onClick={() => onChange('')}>{kit.table.reset}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}

