import { Menu } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { address } from '@/api/client'
import { useApi, useList } from '@/api/hooks'
import type { Node } from '@/api/types'
import { useGo } from '@/app/Link'
import { usePrefs } from '@/app/prefs'
import { useScope } from '@/app/scope'
import { shareHere } from '@/app/share'
import { useKeys } from '@/app/shortcuts'
import { useUrl } from '@/app/url'
import { Button, DataTable, downloadJSON, Empty, explain, Facets, Failed, FilterBox, follow, IconButton, Loading, Name, Page, shell, ShowAs, SidePanel, toast, useSelection } from '@/kit'
import { both } from '@/kit/filter'
import { identities as t } from '@/text/identities'
import { kit } from '@/text/kit'
import { Bulk } from './Bulk'
import { chosen, columns, fieldsOf, usual } from './columns'
import css from './identities.module.css'
import { Preview } from './Preview'
import { Views } from './Views'

const facetFields = ['nhi_type', 'env', 'owned', 'lifecycle', 'system', 'criticality', 'monitored', 'business_unit', 'verdict', 'source'] as const
const rowHeights = { compact: 32, cosy: 40, roomy: 56 }

export default function Identities() {
  const [url, set] = useUrl({ filter: '', sort: '-risk', cols: '', panel: '', view: '' })
  const { asOf, env } = useScope()
  const { density } = usePrefs()
  const go = useGo()
  const client = useQueryClient()
  const filter = both(url.filter, env ? `env=${env}` : '')
  const list = useList<Node>('identities', { filter, order_by: url.sort, facets: facetFields.join(',') })
  const all = useApi<{ identities: number }>('/summary', {}, { staleTime: 60_000 })
  const shown = useMemo(() => chosen(url.cols), [url.cols])
  const rows = list.rows
  const ids = useMemo(() => rows.map((row) => row.id), [rows])
  const selection = useSelection(ids, list.total, `${filter} ${asOf}`)
  const [cursor, setCursor] = useState(-1)
  const [facets, setFacets] = useState(false)

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

  const badFilter = explain(list.error)
  const expired = list.error?.code === 'page_token_expired'
  const exportAs = (format: string) => follow(address('/identities', { filter, order_by: url.sort, fields: fieldsOf(shown.map((column) => column.id)).join(','), as_of: asOf, format }), `identities.${format}`)
  const exportJSON = () =>
    downloadJSON('identities.json', address('/identities', { filter, order_by: url.sort, fields: fieldsOf(shown.map((column) => column.id)).join(','), as_of: asOf, format: 'ndjson' }), { schema: 'drover/v1/identities', filter, order_by: url.sort, as_of: asOf || null }).catch((error: Error) => toast({ text: error.message, bad: true }))
  const api = address('/identities', { filter, order_by: url.sort, as_of: asOf })
  const cli = ['drover list', filter && shell(filter), url.sort && `--sort=${url.sort}`, asOf && `--as-of ${shell(asOf)}`].filter(Boolean).join(' ')
  const waiting = list.isPending || (list.isPlaceholderData && list.isFetching)

  return (
    <Page
      full
      title={t.title}
      heading={
        <>
          {t.title} <span className={css.total} aria-live="polite">{list.first && !list.error ? t.total(list.total, filter ? all.data?.identities : undefined, list.exact) : ''}{env && ` ${t.inEnv(env)}`}</span>
        </>
      }
      actions={
        <>
          <Views url={url} onPick={set} />
          <Button look="quiet" icon="share" onClick={() => void shareHere()}>
            {t.share}
          </Button>
          <ShowAs query={filter} cli={cli} api={api} />
          <Menu position="bottom-end">
            <Menu.Target>
              <Button look="quiet" icon="download" data-shortcut="export">
                {t.export.label}
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Label>{t.export.help(list.total)}</Menu.Label>
              <Menu.Item onClick={() => exportAs('csv')}>{t.export.csv}</Menu.Item>
              <Menu.Item onClick={() => void exportJSON()}>{t.export.json}</Menu.Item>
              <Menu.Item onClick={() => exportAs('ndjson')}>{t.export.ndjson}</Menu.Item>
              <Menu.Item onClick={() => print()}>{t.export.print}</Menu.Item>
            </Menu.Dropdown>
          </Menu>
        </>
      }
    >
      <div className={css.tools}>
        <div className={css.filter}>
          <FilterBox value={url.filter} onApply={applyFilter} problem={list.error} />
        </div>
        <span className={css.facetToggle}>
          <Button icon="filter" on={facets} onClick={() => setFacets(!facets)}>
            {t.showFacets}
          </Button>
        </span>
        <ColumnsMenu value={url.cols} onChange={(cols) => set({ cols })} />
      </div>
      <div className={css.body}>
        <section className={css.facets} data-open={facets || undefined} aria-label={kit.facets.title}>
          <Facets fields={facetFields.map((field) => ({ field, label: t.facets[field] }))} facets={list.first?.facets} filter={url.filter} onApply={applyFilter} />
        </section>
        <div className={css.list}>
          {selection.count > 0 && <Bulk selection={selection} total={list.total} filter={filter} ids={selection.ids} />}
          {list.error && !badFilter && !expired ? (
            <Failed problem={list.error} onRetry={() => void list.refetch()} />
          ) : list.isPending && !list.error ? (
            <div className={css.wait}>
              <Loading lines={14} />
            </div>
          ) : badFilter ? (
            <Empty title={kit.filter.wrong} icon="filter" />
          ) : rows.length === 0 ? (
            <Nothing all={all.data?.identities} env={env} filter={url.filter} onClear={() => applyFilter('')} onEnv={() => set({ env: undefined })} onStart={() => go('/welcome')} />
          ) : (
            <>
              {expired && (
                <div className={css.expired} role="status">
                  {t.stale}
                  <Button small onClick={() => void client.resetQueries({ queryKey: ['api', '/identities'] })}>
                    {t.reload}
                  </Button>
                </div>
              )}
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
            </>
          )}
        </div>
        {url.panel && (
          <SidePanel
            title={<Name value={rows[at]?.name ?? url.panel} />}
            onClose={() => set({ panel: '' })}
            onPrevious={at > 0 ? () => step(-1) : undefined}
            onNext={at >= 0 && at < rows.length - 1 ? () => step(1) : undefined}
            onFull={() => go(`/identities/${encodeURIComponent(url.panel)}`)}
          >
            <Preview id={url.panel} />
          </SidePanel>
        )}
      </div>
    </Page>
  )
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

