import { Link, useNavigate, useParams } from '@tanstack/react-router'
import { useMemo, useState } from 'react'
import { address } from '@/api/client'
import { useApi, useList, useMayNot } from '@/api/hooks'
import type { FacetValue } from '@/api/types'
import { carry, useGo } from '@/app/Link'
import { usePrefs } from '@/app/prefs'
import { useScope } from '@/app/scope'
import { shareHere } from '@/app/share'
import { useKeys } from '@/app/shortcuts'
import { useUrl } from '@/app/url'
import { Answer, BulkBar, Button, copyText, DataTable, Empty, ExportMenu, LinkButton, ListFrame, ListHeading, Page, shell, ShowAs, SidePanel, toast, useSelection } from '@/kit'
import { both } from '@/kit/filter'
import { visible } from '@/kit/format'
import { findings as t } from '@/text/findings'
import { columns } from './columns'
import { isFix, type Finding, type Fix } from './data'
import { Decisions } from './Decide'
import { FindingPanel } from './FindingPanel'
import css from './findings.module.css'
import { Fixes } from './Fixes'
import { FixPanel } from './FixPanel'
import { Unchecked } from './Unchecked'
import { Views } from './Views'

const facetFields = ['severity', 'state', 'area', 'owner', 'system', 'env', 'action', 'control', 'assignee']
const rowHeights = { compact: 32, cosy: 40, roomy: 56 }
/** What the list shows, as the server's columns of CSV. */
const shownFields = 'id,severity,what,subject,check,risk,owner,state,first_seen,breaks.dependents'
const fixFields = 'id,action,title,severity,risk_removed,findings,subjects,owners,breaks'

/** What is wrong, by the act that ends it or one by one, and what is decided about it. */
export default function Findings() {
  const named = useParams({ strict: false }) as { id?: string }
  const [url, set] = useUrl({ by: 'fix', filter: '', sort: '', panel: '', view: '' })
  const { asOf, env } = useScope()
  const { density } = usePrefs()
  const go = useGo()
  const navigate = useNavigate()
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

  const error = main.error ?? list.error
  const noun = byFix ? 'fixes' : 'findings'
  const params = { filter, order_by: byFix ? undefined : url.sort, as_of: asOf }
  const cli = [`drover ${byFix ? 'fix' : 'finding'} list`, filter && shell(filter), !byFix && url.sort && `--sort=${url.sort}`, asOf && `--as-of ${shell(asOf)}`].filter(Boolean).join(' ')
  const hidden = (list.first as { hidden?: number } | undefined)?.hidden ?? 0
  const scales = useScales(url.filter ? undefined : list.first?.facets, env)
  const waiting = main.isPending || (main.isPlaceholderData && main.isFetching)
  const total = main.first && !error ? (byFix ? (list.first ? t.lead(list.total, acts.total) : '') : t.total(list.total)) : ''

  return (
    <Page
      full
      title={t.title}
      heading={<ListHeading title={t.title} total={total} env={env && t.inEnv(env)} />}
      lead={
        hidden > 0 || scales ? (
          <>
            {scales && <TwoScales {...scales} />}
            {hidden > 0 && (
              <>
                {t.hidden(hidden)}{' '}
                <button type="button" className={css.inline} onClick={() => set({ by: 'list', filter: both(url.filter, 'state=accepted'), view: '' })}>
                  {t.hiddenShow}
                </button>
              </>
            )}
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
          <ExportMenu noun={noun} help={t.export.help(main.total)} filter={filter} sort={byFix ? undefined : url.sort} asOf={asOf} csv={[[t.export.csv, byFix ? fixFields : shownFields], [t.export.csvAll]]} />
        </>
      }
    >
      <ListFrame
        noun={noun}
        filterNoun="findings"
        filter={url.filter}
        onFilter={applyFilter}
        placeholder={t.filterHint}
        problem={error}
        pending={main.isPending}
        any={main.rows.length > 0}
        onRetry={() => void main.refetch()}
        facetFields={facetFields.map((field) => ({ field, label: t.facets[field] }))}
        facets={list.first?.facets}
        env={env}
        before={
          <div className={css.switch} role="group" aria-label={t.how}>
            <Button icon="scissors" on={byFix} onClick={() => set({ by: 'fix', panel: '' })}>
              {t.byFix}
            </Button>
            <Button icon="rows" on={!byFix} onClick={() => set({ by: 'list', panel: '' })}>
              {t.asList}
            </Button>
          </div>
        }
        bulk={
          selection.count > 0 &&
          !byFix && (
            <BulkBar label={t.selected(selection.count)}>
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
            </BulkBar>
          )
        }
        empty={<Nothing byFix={byFix} filter={url.filter} env={env} onClear={() => applyFilter('')} onEnv={() => set({ env: undefined })} onList={() => set({ by: 'list' })} />}
        panel={
          panel && (
            <SidePanel
              title={visible(panel)}
              onClose={close}
              onPrevious={at > 0 ? () => void step(-1) : undefined}
              onNext={at >= 0 && at < order.length - 1 ? () => void step(1) : undefined}
              onFull={isFix(panel) ? undefined : () => go(`/findings/${encodeURIComponent(panel)}`)}
            >
              {isFix(panel) ? <FixPanel key={panel} id={panel} onOpen={open} /> : <FindingPanel key={panel} id={panel} />}
            </SidePanel>
          )
        }
      >
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
      </ListFrame>
    </Page>
  )
}

/** How many findings and how many identities are critical, where the two differ; of all that is open, not of a filter. */
function useScales(facets: Record<string, FacetValue[]> | undefined, env: string) {
  const findings = facets?.severity?.find((one) => one.value === 'critical')?.count ?? 0
  const mayNot = useMayNot('risk.read')
  const critical = useApi<{ total_size: number }>('/identities', { filter: both('risk>=critical', env ? `env=${env}` : ''), page_size: 1, fields: 'id' }, { enabled: findings > 0 && !mayNot })
  if (!findings || !critical.data || critical.data.total_size >= findings) return undefined
  return { findings, identities: critical.data.total_size }
}

function TwoScales({ findings, identities }: { findings: number; identities: number }) {
  return (
    <>
      {t.twoScales(findings, identities)}{' '}
      <Link to="/glossary" hash="risk" search={carry()}>
        {t.howRisk}
      </Link>{' '}
    </>
  )
}

function Nothing({ byFix, filter, env, onClear, onEnv, onList }: { byFix: boolean; filter: string; env: string; onClear: () => void; onEnv: () => void; onList: () => void }) {
  const mayNot = useMayNot('risk.read')
  const home = useApi<{ state: string }>('/home', {}, { enabled: !filter && !env && !mayNot })
  if (!filter && !env) {
    // Whether a check has run is not for them to see: what is said is only that they see none.
    if (mayNot) return <Empty title={t.none.mine} icon="findings">{t.none.mineText}</Empty>
    // None is good news only where something was read and a check has run.
    // Who may not see how it stands may see some findings; that none is among them says nothing of the rest.
    if (home.error?.status === 403) return <Empty title={t.none.yours} icon="lock">{t.none.yoursText}</Empty>
    if (!home.data) return <Answer query={home} lines={4}>{() => null}</Answer>
    if (home.data.state === 'empty') return <Empty title={t.none.unread} icon="search" actions={<LinkButton look="primary" to="/welcome" search={carry()}>{t.none.start}</LinkButton>}>{t.none.unreadText}</Empty>
    if (home.data.state === 'unchecked') return <Unchecked />
    return <Empty title={t.none.title} icon="check">{t.none.text}</Empty>
  }
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
