import { Menu } from '@mantine/core'
import { useNavigate, useParams } from '@tanstack/react-router'
import { useQueryClient } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { address } from '@/api/client'
import { useList } from '@/api/hooks'
import { carry, useGo } from '@/app/Link'
import { usePrefs } from '@/app/prefs'
import { useScope } from '@/app/scope'
import { shareHere } from '@/app/share'
import { useKeys } from '@/app/shortcuts'
import { useUrl } from '@/app/url'
import { Button, copyText, DataTable, downloadJSON, Empty, explain, Facets, Failed, FilterBox, follow, Loading, Page, shell, ShowAs, SidePanel, toast, useSelection } from '@/kit'
import { both } from '@/kit/filter'
import { visible } from '@/kit/format'
import { findings as t } from '@/text/findings'
import { kit } from '@/text/kit'
import { columns } from './columns'
import { isFix, type Finding, type Fix } from './data'
import { Decisions } from './Decide'
import { FindingPanel } from './FindingPanel'
import css from './findings.module.css'
import { Fixes } from './Fixes'
import { FixPanel } from './FixPanel'
import { Views } from './Views'

const facetFields = ['severity', 'state', 'area', 'owner', 'system', 'env', 'action', 'control', 'assignee']
const rowHeights = { compact: 32, cosy: 40, roomy: 56 }
const fixFields = 'id,action,title,severity,risk_removed,findings,subjects,owners,breaks'

/** What is wrong, by the act that ends it or one by one, and what is decided about it. */
export default function Findings() {
  const named = useParams({ strict: false }) as { id?: string }
  const [url, set] = useUrl({ by: 'fix', filter: '', sort: '', panel: '', view: '' })
  const { asOf, env } = useScope()
  const { density } = usePrefs()
  const go = useGo()
  const navigate = useNavigate()
  const client = useQueryClient()
  const filter = both(url.filter, env ? `env=${env}` : '')
  const byFix = url.by !== 'list'
  // The list counts the facets in both shapes; by fix no row of it is needed.
  const list = useList<Finding>('findings', { filter, order_by: byFix ? undefined : url.sort, facets: facetFields.join(',') }, { pageSize: byFix ? 1 : 100 })
  const acts = useList<Fix>('fixes', { filter, fields: fixFields }, { pageSize: 200, enabled: byFix })
  const main = byFix ? acts : list
  const rows = list.rows
  const ids = useMemo(() => (byFix ? [] : rows.map((row) => row.id)), [byFix, rows])
  const selection = useSelection(ids, list.total, `${filter} ${asOf} ${url.by}`)
  const [cursor, setCursor] = useState(-1)
  const [facets, setFacets] = useState(false)

  const panel = url.panel || named.id || ''
  const order = byFix ? acts.rows.map((row) => row.id) : ids
  const at = order.indexOf(panel)
  const open = (id: string) => set({ panel: id }, { replace: !!url.panel && byFix === isFix(id) })
  const close = () => (named.id ? void navigate({ to: '/findings', search: carry({ by: url.by === 'fix' ? undefined : url.by, filter: url.filter, sort: url.sort }) }) : set({ panel: '' }))
  const step = (by: number) => order[at + by] && (setCursor(at + by), set({ panel: order[at + by] }, { replace: true }))
  const applyFilter = (text: string) => {
    setCursor(-1)
    set({ filter: text, panel: '', view: '' })
  }
  // Escape closes the panel first, which listens for itself.
  useKeys(selection.count > 0 && !panel ? { Escape: selection.clear } : {})

  const bad = explain(main.error) ?? explain(list.error)
  const error = main.error ?? list.error
  const expired = error?.code === 'page_token_expired'
  const noun = byFix ? 'fixes' : 'findings'
  const params = { filter, order_by: byFix ? undefined : url.sort, as_of: asOf }
  const cli = [`drover ${byFix ? 'fix' : 'finding'} list`, filter && shell(filter), !byFix && url.sort && `--sort=${url.sort}`, asOf && `--as-of ${shell(asOf)}`].filter(Boolean).join(' ')
  const exportAs = (format: string) => follow(address('/' + noun, { ...params, format }), `${noun}.${format}`)
  const exportJSON = () => downloadJSON(`${noun}.json`, address('/' + noun, { ...params, format: 'ndjson' }), { schema: `drover/v1/${noun}`, ...params }).catch((error: Error) => toast({ text: error.message, bad: true }))
  const hidden = (list.first as { hidden?: number } | undefined)?.hidden ?? 0
  const waiting = main.isPending || (main.isPlaceholderData && main.isFetching)
  const total = main.first && !error ? (byFix ? (list.first ? t.lead(list.total, acts.total) : '') : t.total(list.total)) : ''

  return (
    <Page
      full
      title={t.title}
      heading={
        <>
          {t.title}{' '}
          <span className={css.total} aria-live="polite">
            {total}
            {env && ` ${t.inEnv(env)}`}
          </span>
        </>
      }
      lead={
        hidden > 0 ? (
          <>
            {t.hidden(hidden)}{' '}
            <button type="button" className={css.inline} onClick={() => set({ by: 'list', filter: both(url.filter, 'state=accepted'), view: '' })}>
              {t.hiddenShow}
            </button>
          </>
        ) : undefined
      }
      actions={
        <>
          <Views url={url} onPick={set} />
          <Button look="quiet" icon="share" onClick={() => void shareHere()}>
            {t.share}
          </Button>
          <ShowAs query={filter} cli={cli} api={address('/' + noun, params)} />
          <Menu position="bottom-end">
            <Menu.Target>
              <Button look="quiet" icon="download" data-shortcut="export">
                {t.export.label}
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Label>{t.export.help(main.total)}</Menu.Label>
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
        <div className={css.switch} role="group" aria-label={t.how}>
          <Button icon="scissors" on={byFix} onClick={() => set({ by: 'fix', panel: '' })}>
            {t.byFix}
          </Button>
          <Button icon="rows" on={!byFix} onClick={() => set({ by: 'list', panel: '' })}>
            {t.asList}
          </Button>
        </div>
        <div className={css.filter}>
          <FilterBox value={url.filter} onApply={applyFilter} problem={error} noun="findings" placeholder={t.filterHint} />
        </div>
        <span className={css.facetToggle}>
          <Button icon="filter" on={facets} onClick={() => setFacets(!facets)}>
            {t.showFacets}
          </Button>
        </span>
      </div>
      <div className={css.body}>
        <section className={css.facets} data-open={facets || undefined} aria-label={kit.facets.title}>
          <Facets fields={facetFields.map((field) => ({ field, label: t.facets[field] }))} facets={list.first?.facets} filter={url.filter} onApply={applyFilter} />
        </section>
        <div className={css.list}>
          {selection.count > 0 && !byFix && (
            <div className={css.bulk} role="region" aria-label={t.selected(selection.count)}>
              <strong aria-live="polite">{t.selected(selection.count)}</strong>
              {!selection.all && selection.count < list.total && (
                <Button small look="quiet" onClick={selection.selectAllMatching}>
                  {t.selectAll(list.total)}
                </Button>
              )}
              <Decisions small acts={['assign', 'accept', 'reopen']} target={selection.all ? { filter, count: selection.count } : { ids: selection.ids, count: selection.count }} onDone={selection.clear} />
              {!selection.all && (
                <Button small icon="copy" onClick={async () => (await copyText(selection.ids.join('\n'))) && toast({ text: t.copiedIDs(selection.ids.length) })}>
                  {t.copyIDs}
                </Button>
              )}
              <Button small look="quiet" onClick={selection.clear}>
                {t.clearSelection}
              </Button>
            </div>
          )}
          {bad ? (
            <Empty title={kit.filter.wrong} icon="filter" />
          ) : error && !expired ? (
            <Failed problem={error} onRetry={() => void main.refetch()} />
          ) : main.isPending ? (
            <div className={css.wait}>
              <Loading lines={14} />
            </div>
          ) : main.rows.length === 0 ? (
            <Nothing byFix={byFix} filter={url.filter} env={env} onClear={() => applyFilter('')} onEnv={() => set({ env: undefined })} onList={() => set({ by: 'list' })} />
          ) : (
            <>
              {expired && (
                <div className={css.expired} role="status">
                  {t.stale}
                  <Button small onClick={() => void client.resetQueries({ queryKey: ['api', '/' + noun] })}>
                    {t.reload}
                  </Button>
                </div>
              )}
              {byFix ? (
                <Fixes rows={acts.rows} openId={panel} onOpen={open} hasMore={!!acts.hasNextPage} onMore={() => void acts.fetchNextPage()} loadingMore={acts.isFetchingNextPage} />
              ) : (
                <DataTable
                  label={t.list}
                  columns={columns}
                  rows={rows}
                  rowId={(row) => row.id}
                  rowName={(row) => row.what}
                  total={list.total}
                  sort={url.sort}
                  onSort={(sort) => set({ sort })}
                  selection={selection}
                  cursor={cursor}
                  onCursor={setCursor}
                  onOpen={(row) => open(row.id)}
                  openId={panel}
                  href={(row) => ({ to: '/findings/$id', params: { id: row.id } })}
                  hasMore={list.hasNextPage && !list.error}
                  onMore={() => void list.fetchNextPage()}
                  loadingMore={list.isFetchingNextPage}
                  stale={waiting}
                  rowHeight={rowHeights[density]}
                />
              )}
            </>
          )}
        </div>
        {panel && (
          <SidePanel
            title={visible(panel)}
            onClose={close}
            onPrevious={at > 0 ? () => void step(-1) : undefined}
            onNext={at >= 0 && at < order.length - 1 ? () => void step(1) : undefined}
            onFull={isFix(panel) ? undefined : () => go(`/findings/${encodeURIComponent(panel)}`)}
          >
            {isFix(panel) ? <FixPanel key={panel} id={panel} onOpen={open} /> : <FindingPanel key={panel} id={panel} />}
          </SidePanel>
        )}
      </div>
    </Page>
  )
}

function Nothing({ byFix, filter, env, onClear, onEnv, onList }: { byFix: boolean; filter: string; env: string; onClear: () => void; onEnv: () => void; onList: () => void }) {
  if (!filter && !env) return <Empty title={t.none.title} icon="check">{t.none.text}</Empty>
  const about = byFix && /state/.test(filter)
  return (
    <Empty
      title={t.empty.title}
      icon="filter"
      actions={
        <>
          {about && <Button look="primary" onClick={onList}>{t.empty.asList}</Button>}
          {filter && <Button onClick={onClear}>{t.empty.clear}</Button>}
          {env && <Button onClick={onEnv}>{t.empty.dropEnv(env)}</Button>}
        </>
      }
    >
      {about ? t.empty.noFix : t.empty.text}
    </Empty>
  )
}
