import { lazy, Suspense, useCallback, useMemo, useRef, useState } from 'react'
import { carry, useGo } from '@/app/Link'
import { useKeys } from '@/app/shortcuts'
import { address } from '@/api/client'
import { Lanes } from '@/graph/Lanes'
import { layLanes } from '@/graph/layout'
import { shareHere } from '@/app/share'
import { Legend } from '@/graph/Legend'
import { keep, kindsOf, type Route, type Step } from '@/graph/routes'
import type { NodeRef } from '@/graph/types'
import { Button, Empty, Failed, LinkButton, Loading, Page, ShowAs } from '@/kit'
import { app } from '@/text/app'
import { explore as t } from '@/text/explore'
import { Ask, Filters } from './Ask'
import { useAnswer, useCut } from './question'
import { CutCard } from './CutCard'
import { EdgeDetail, NodeDetail } from './Detail'
import { ExportMenu } from './ExportMenu'
import { Gaps } from './Gaps'
import { Landing } from './Landing'
import { MatrixView } from './MatrixView'
import { Others } from './Others'
import { RingsView } from './RingsView'
import { useExplored, type Drawing } from './state'
import { TwinTable, twinOfRoutes } from './TwinTable'
import { changeKey, changeOfStep, useWhatIf, WhatIfBar } from './WhatIf'
import { WayList } from './WayList'
import './explore.css'

const MapView = lazy(() => import('./MapView'))

/** Explore answers questions about ways; it never opens on everything at once. */
export function ExplorePage() {
  const [state, acts] = useExplored()
  const { ask, answer, unread, loading, stale, problem, retry } = useAnswer(state)
  const cut = useCut(ask, answer)
  const trial = useWhatIf(ask, answer, state.change, cut.option)
  const [byHand, setByHand] = useState(false)
  const svg = useRef<SVGSVGElement>(null)
  const go = useGo()

  const all = useMemo(() => trial.routes ?? answer?.routes ?? [], [trial.routes, answer])
  const kept = useMemo(() => keep(all, state.hidden, state.maxHops), [all, state.hidden, state.maxHops])
  const picture = useMemo(() => layLanes(kept, state.open), [kept, state.open])
  const ranks = useMemo(() => new Map(all.map((r, i) => [r, i])), [all])
  const route = state.way === undefined ? undefined : kept.findIndex((r) => ranks.get(r) === state.way)
  const selected = useMemo(() => selection(kept, state.selected), [kept, state.selected])

  useKeys({
    r: acts.reverse,
    ...(state.selected && { Escape: () => acts.choose('') }),
    v: () => acts.table(!state.table),
  })
  const choose = useCallback(
    (id: string) => {
      setByHand(wasKey)
      acts.choose(id)
    },
    [acts],
  )
  // The panel gives the focus back to what had it, unless that was part of a drawing.
  const close = useCallback(() => {
    const id = state.selected
    acts.choose('')
    setTimeout(() => {
      if (document.activeElement !== document.body) return
      for (const el of document.querySelectorAll<SVGElement>('[data-id]')) if (el.dataset.id === id) el.focus({ preventScroll: true })
    }, 40)
  }, [acts, state.selected])
  const openPage = useCallback((id: string) => go('/identities/' + encodeURIComponent(id)), [go])
  const drawings = useMemo(() => drawingsFor(ask.kind), [ask.kind])
  const drawing = state.drawing === 'map' || drawings.includes(state.drawing) ? state.drawing : 'lanes'
  const gone = useMemo(() => (trial.fate ? new Set(kept.flatMap((r, i) => (trial.fate!.get(r.key) === 'gone' ? [i] : []))) : undefined), [kept, trial.fate])
  const twin = useMemo(() => twinOfRoutes(kept, picture), [kept, picture])
  const cutWords = cut.option?.what

  return (
    <Page
      title={t.title}
      lead={t.lead}
      full
      actions={
        ask.kind !== 'none' && (
          <>
            <Button look="quiet" icon="share" onClick={() => void shareHere()}>
              {app.share}
            </Button>
            <ShowAs cli={ask.cli} api={address(ask.path, ask.params)} query={ask.kind === 'paths' ? `from ${ask.from} to ${ask.to}` : undefined} />
          </>
        )
      }
    >
      <div className="ex" data-nameless={state.hideNames || undefined} onKeyDownCapture={() => (wasKey = true)} onPointerDownCapture={() => (wasKey = false)}>
        <Ask state={state} acts={acts} landing={ask.kind === 'none' && drawing !== 'map'} />
        {ask.kind === 'none' && drawing !== 'map' ? (
          <Landing state={state} acts={acts} />
        ) : unread ? (
          <Empty title={t.unread} icon="explore" actions={<LinkButton look="primary" to="/welcome" search={carry()}>{t.start}</LinkButton>}>{t.unreadText}</Empty>
        ) : problem && drawing !== 'map' ? (
          <Failed problem={problem} onRetry={retry} />
        ) : (
          <div className="ex-main" data-panel={selected !== undefined || undefined}>
            {ask.kind !== 'none' && <section className="ex-list" aria-label={t.title} aria-busy={loading || stale}>
              {loading || !answer ? (
                <Loading lines={7} />
              ) : (
                <>
                  <h2 className="ex-sentence" title={answer.title.length > 160 ? answer.title : undefined}>{answer.title}</h2>
                  <WhatIfBar trial={trial} onStop={() => acts.tryChange('')} />
                  <div className="ex-listbar">
                    <span className="ex-count">{t.ways(kept.length, all.length)}</span>
                    <Filters state={state} acts={acts} kinds={kindsOf(answer.routes)} longest={Math.max(0, ...answer.routes.map((r) => r.steps.length))} />
                  </div>
                  {answer.startIsTarget && state.from && (
                    <p className="ex-note">
                      {t.startIsTarget(state.from)} <Button small onClick={() => acts.ask({ to: '' })}>{t.askReach}</Button>
                    </p>
                  )}
                  <WayList
                    routes={kept}
                    ranks={kept.map((r) => ranks.get(r)!)}
                    selected={state.way}
                    chosen={state.selected}
                    fate={trial.fate}
                    cutKeys={new Set(cut.step ? [idOf(kept, cut.step)] : [])}
                    sameStart={answer.subject !== undefined && answer.risky}
                    onSelect={acts.way}
                    onChoose={choose}
                  />
                  {answer.blast && !trial.routes && <Others answer={answer.blast} routes={all} state={state} />}
                  {all.length > kept.length && (
                    <p className="ex-note">
                      {t.hiddenBy(all.length - kept.length)} <Button small onClick={acts.showAll}>{t.showAll}</Button>
                    </p>
                  )}
                  {answer.more && <p className="ex-note">{t.moreWays}</p>}
                  {answer.risky && answer.routes.length > 0 && <CutCard cut={cut} tried={state.change === 'cut'} onTry={() => acts.tryChange(state.change === 'cut' ? '' : 'cut')} />}
                  <Gaps gaps={answer.gaps} empty={all.length === 0} />
                </>
              )}
            </section>}
            <section className="ex-picture" aria-label={t.views}>
              <div className="ex-picturebar">
                <div className="ex-tabs" role="group" aria-label={t.views}>
                  {drawings.map((d) => (
                    <button key={d} type="button" className="ex-tab" aria-pressed={drawing === d} onClick={() => acts.draw(d)}>
                      {t.view[d]}
                    </button>
                  ))}
                </div>
                <span className="ex-space" />
                <Button small look="quiet" icon="table" on={state.table} onClick={() => acts.table(!state.table)}>
                  {t.table}
                </Button>
                {drawing === 'lanes' && (
                  <Button small look="quiet" on={state.hideNames} onClick={() => acts.names(!state.hideNames)}>
                    {t.hideNames}
                  </Button>
                )}
                <ExportMenu svg={svg} title={answer?.title ?? t.title} routes={kept} twin={twin} data={answer?.raw} cli={ask.cli} picture={!state.table && (drawing === 'lanes' || drawing === 'rings')} size={picture} generation={answer?.generation} />
              </div>
              <div className="ex-stage">
                {drawing === 'map' ? (
                  <Suspense fallback={<Loading lines={4} />}>
                    <MapView state={state} acts={acts} ask={ask} answer={answer} routes={kept} way={route === undefined || route < 0 ? undefined : kept[route]} onChoose={choose} onOpen={openPage} />
                  </Suspense>
                ) : !answer ? null : drawing === 'rings' ? (
                  <RingsView state={state} acts={acts} subject={ask.from} title={answer.title} svgRef={svg} onChoose={choose} onOpen={openPage} />
                ) : drawing === 'matrix' ? (
                  <MatrixView state={state} ask={ask} reached={answer.blast?.reach.resources} onChoose={choose} onOpen={openPage} />
                ) : state.table ? (
                  <TwinTable title={answer.title} table={twin} />
                ) : kept.length === 0 ? (
                  <Empty title={answer.title} small>{t.unknownIsNot}</Empty>
                ) : (
                  <Lanes
                    picture={picture}
                    title={answer.title}
                    route={route === -1 ? undefined : route}
                    risky={answer.risky && (route === undefined || route < 0 || kept[route]?.severity !== 'info')}
                    chosen={state.selected}
                    focus={state.focus}
                    cut={cut.step && cutWords ? { step: cut.step, words: cutWords } : undefined}
                    gone={gone}
                    hideNames={state.hideNames}
                    view={state.view}
                    onView={acts.look}
                    onChoose={choose}
                    onOpen={openPage}
                    onExpand={acts.expand}
                    onFocus={acts.focus}
                    svgRef={svg}
                  />
                )}
              </div>
              <div className="ex-foot">
                {picture.dropped > 0 && drawing === 'lanes' && <p className="ex-note">{t.notDrawn(picture.dropped)}</p>}
                {drawing !== 'map' && <Legend drawing={drawing} cut={cut.step !== undefined && drawing === 'lanes'} shapes={shapesOf(kept)} />}
                {drawing === 'lanes' && <p className="ex-keys">{t.keys}</p>}
              </div>
            </section>
            {selected?.node && (
              <NodeDetail
                key={selected.node.id}
                node={selected.node}
                edges={around(kept, picture.edges, selected.node)}
                byHand={byHand}
                focused={state.focus === selected.node.id}
                onClose={close}
                onChoose={choose}
                onAsk={acts.ask}
                onFocus={() => acts.focus(state.focus === selected.node!.id ? '' : selected.node!.id)}
                onOpen={() => openPage(selected.node!.id)}
              />
            )}
            {selected?.steps && (
              <EdgeDetail
                key={state.selected}
                steps={selected.steps}
                from={selected.from!}
                to={selected.to!}
                byHand={byHand}
                cut={cut.step && selected.steps.includes(cut.step) ? cutWords : undefined}
                tried={(s) => changeKey(s) === state.change}
                canTry={(s) => changeOfStep(s) !== undefined}
                onClose={close}
                onTry={answer?.risky && (ask.kind === 'paths' || ask.kind === 'blast') ? (s) => acts.tryChange(changeKey(s) === state.change ? '' : changeKey(s)) : undefined}
              />
            )}
          </div>
        )}
      </div>
    </Page>
  )
}

// Whether the last act came from a key: a panel that a key opened takes the focus.
let wasKey = false


function idOf(routes: Route[], step: Step): string {
  for (const r of routes) {
    const i = r.steps.indexOf(step)
    if (i >= 0) return `${r.nodes[i]!.id}>${r.nodes[i + 1]!.id}`
  }
  return ''
}

interface Selection {
  node?: NodeRef
  steps?: Step[]
  from?: NodeRef
  to?: NodeRef
}

/** selection finds the thing or the parallel steps that an id of the picture means; bundled ends count as well. */
function selection(routes: Route[], id: string): Selection | undefined {
  if (!id) return undefined
  const steps: Step[] = []
  let ends: [NodeRef, NodeRef] | undefined
  const bundled = (part: string | undefined, n: NodeRef) => part === n.id || (part?.startsWith('b.') ?? false)
  const [a, b] = id.split('>')
  for (const r of routes)
    for (let i = 0; i < r.nodes.length; i++) {
      const n = r.nodes[i]!
      const next = r.nodes[i + 1]
      if (!b && n.id === id) return { node: n }
      if (!b || !next || !bundled(a, n) || !bundled(b, next) || steps.length >= 60) continue
      ends ??= [n, next]
      if (!steps.some((s) => s.from === r.steps[i]!.from && s.to === r.steps[i]!.to && s.kind === r.steps[i]!.kind && s.technique === r.steps[i]!.technique)) steps.push(r.steps[i]!)
    }
  return ends ? { steps, from: ends[0], to: ends[1] } : undefined
}

function around(routes: Route[], edges: ReturnType<typeof layLanes>['edges'], node: NodeRef) {
  const byId = new Map(routes.flatMap((r) => r.nodes).map((n) => [n.id, n]))
  return edges.flatMap((edge) => {
    const out = edge.from === node.id
    const other = byId.get(out ? edge.to : edge.from)
    return (out || edge.to === node.id) && other ? [{ edge, other, out }] : []
  })
}

const drawingsFor = (kind: string): Drawing[] => (kind === 'none' ? ['map'] : kind === 'blast' ? ['lanes', 'rings', 'matrix', 'map'] : kind === 'paths' ? ['lanes', 'matrix', 'map'] : ['lanes', 'map'])

const shapesOf = (routes: Route[]) => routes.flatMap((r) => r.nodes)

