import { useVirtualizer } from '@tanstack/react-virtual'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { get } from '@/api/client'
import { useApi } from '@/api/hooks'
import { useScope } from '@/app/scope'
import { useTheme } from '@/app/theme'
import BigMap from '@/graph/BigMap'
import { bundleKind, mapOfRings, mapOfRoutes } from '@/graph/answermap'
import type { Route } from '@/graph/routes'
import { mapOfSent, takeNames } from '@/graph/sentmap'
import type { MapAnswer, MapNames, RingsAnswer, SentMap } from '@/graph/types'
import { plainType } from '@/graph/text'
import { count, visible } from '@/kit/format'
import { Empty, Failed, Loading, Name } from '@/kit'
import { explore as t } from '@/text/explore'
import { graphWords as w } from '@/text/graph'
import type { Answered, Asked } from './question'
import type { Acts, Explored } from './state'

type Namer = (places: number[], find?: string) => Promise<number[]>

interface Props {
  state: Explored
  acts: Acts
  ask: Asked
  answer: Answered | undefined
  /** The ways that are shown, and the selected one of them. */
  routes: Route[]
  way: Route | undefined
  onChoose: (id: string) => void
  onOpen: (id: string) => void
}

/** The large map. Of a question it has what the answer has, and no more; without one, everything. Its code is fetched when it is asked for. */
export default function MapView(p: Props) {
  const { state, ask } = p
  const blast = ask.kind === 'blast'
  const whole = useApi<SentMap>('/graph/map', { filter: '' }, { keep: true, enabled: ask.kind === 'none' })
  const rings = useApi<RingsAnswer>('/graph/rings', { from: ask.from, max_hops: state.maxHops || undefined, open: [...state.open].join(',') || undefined }, { keep: true, enabled: blast })
  const query = ask.kind === 'none' ? whole : rings
  const drawn = useMemo(() => whole.data && mapOfSent(whole.data), [whole.data])
  const { asOf } = useScope()
  const [, setNamed] = useState(0)
  const waiting = useRef(new Set<number>())
  const onName = useCallback(
    async (places: number[], find?: string) => {
      const wanted = places.filter((i) => !waiting.current.has(i))
      if (!drawn || (wanted.length === 0 && !find)) return []
      wanted.forEach((i) => waiting.current.add(i))
      try {
        const now = takeNames(drawn, await get<MapNames>('/graph/map/names', { places: wanted.join(','), find, as_of: asOf || undefined }))
        if (now.length) setNamed((n) => n + 1)
        return now
      } catch {
        return [] // a name is asked for again when somebody comes near again
      } finally {
        wanted.forEach((i) => waiting.current.delete(i))
      }
    },
    [drawn, asOf],
  )
  const a = useMemo(() => (ask.kind === 'none' ? drawn : blast ? rings.data && mapOfRings(rings.data) : p.answer && mapOfRoutes(p.routes, p.answer)), [ask.kind, blast, drawn, rings.data, p.answer, p.routes])
  if (query.error) return <Failed problem={query.error} onRetry={() => void query.refetch()} small />
  if (!a) return <Loading lines={4} />
  if (a.edges.length === 0 && ask.kind !== 'none') return <Empty title={p.answer?.title ?? w.map.title(0, 0)} small>{t.unknownIsNot}</Empty>
  if (a.ids.length === 0) return <Empty title={w.map.title(0, 0)} small />
  return <Drawn {...p} a={a} onName={ask.kind === 'none' ? onName : undefined} title={titleOf(a, ask.kind === 'none' || blast ? undefined : p.routes.length)} />
}

function titleOf(a: MapAnswer, ways: number | undefined): string {
  const bundled = a.kinds.includes(bundleKind)
  const size = bundled ? w.map.bundled(a.total, a.ids.length) : ways === undefined ? w.map.title(a.ids.length, a.edges.length / 2) : w.map.ways(ways, a.ids.length, a.edges.length / 2)
  return size + (!a.note && !bundled && a.total > a.ids.length ? `; ${w.map.part(a.ids.length, a.total)}` : '') + (a.note ? `. ${visible(a.note)}` : '')
}

function Drawn({ state, acts, ask, answer, way, a, title, onChoose, onOpen, onName }: Props & { a: MapAnswer; title: string; onName?: Namer }) {
  const { scheme, high } = useTheme()
  const [lit, setLit] = useState<ReadonlySet<string>>(new Set())
  const kinds = useMemo(() => a.kinds.map((kind, i) => ({ kind, n: a.kind.reduce((n, k) => (k === i ? n + 1 : n), 0) })).filter((k) => k.n > 0), [a])
  const lights = useMemo(
    () => way && { nodes: new Set(way.nodes.map((n) => n.id)), steps: new Set(way.nodes.slice(1).map((n, i) => `${way.nodes[i]!.id}>${n.id}`)), risky: (answer?.risky ?? false) && way.severity !== 'info' },
    [way, answer],
  )
  const bundles = useMemo(() => new Set(a.ids.filter((_, i) => a.kinds[a.kind[i] ?? 0] === bundleKind)), [a])
  const choose = (id: string) => (bundles.has(id) ? acts.expand(id, !state.open.has(id)) : onChoose(id))
  const open = (id: string) => !bundles.has(id) && onOpen(id)
  return (
    <div className="ex-map">
      <div className="ex-mapbar">
        <h2 className="ex-maptitle">{title}</h2>
        <div className="ex-presets" role="group" aria-label={w.map.light}>
          <span className="ex-light" aria-hidden="true">{w.map.light}</span>
          {kinds.map(({ kind, n }) => (
            <button key={kind} type="button" className="ex-preset" aria-pressed={lit.has(kind)} onClick={() => setLit((old) => new Set(old.has(kind) ? [...old].filter((x) => x !== kind) : [...old, kind]))}>
              {kind} <span className="muted">{count(n)}</span>
            </button>
          ))}
        </div>
      </div>
      {state.table ? <MapTable a={a} title={title} onChoose={choose} onName={onName} /> : <BigMap answer={a} title={title} chosen={state.selected} lit={lit} start={answer?.subject?.id} way={lights} theme={scheme + high} view={state.view} onView={acts.look} onChoose={choose} onOpen={open} onName={onName} />}
      {!state.table && <MapKey way={lights !== undefined} start={ask.kind !== 'none'} risky={lights?.risky ?? false} />}
    </div>
  )
}

/** MapKey explains colours and sizes. */
function MapKey({ way, start, risky }: { way: boolean; start: boolean; risky: boolean }) {
  const dot = (look: string, size: number) => (
    <svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <circle className="gx-dot" data-look={look} cx="8" cy="8" r={size} />
    </svg>
  )
  const rows = [[dot('', 3), w.map.key.thing], [dot('', 6), w.map.key.more], [dot('tier0', 5), w.legend.tier0], [dot('lit', 5), start ? w.map.key.start : w.map.key.lit]] as const
  return (
    <dl className="gx-legend" aria-label={w.legend.title}>
      {rows.map(([mark, words]) => (
        <div key={words}>
          <dt>{mark}</dt>
          <dd>{words}</dd>
        </div>
      ))}
      {way && (
        <div>
          <dt>
            <svg width="28" height="8" viewBox="0 0 28 8" aria-hidden="true" focusable="false">
              <path className="gx-dotline" data-look={risky ? 'tier0' : 'lit'} d="M0 4H28" />
            </svg>
          </dt>
          <dd>{w.map.key.way}</dd>
        </div>
      )}
    </dl>
  )
}

function MapTable({ a, title, onChoose, onName }: { a: MapAnswer; title: string; onChoose: (id: string) => void; onName?: Namer }) {
  const scroll = useRef<HTMLDivElement>(null)
  const rows = useVirtualizer({ count: a.ids.length, getScrollElement: () => scroll.current, estimateSize: () => 32, overscan: 8 })
  const tier0 = useMemo(() => new Set(a.tier0), [a])
  const shown = rows.getVirtualItems()
  const [first, last] = [shown[0]?.index ?? 0, shown.at(-1)?.index ?? -1]
  useEffect(() => {
    const places = Array.from({ length: last - first + 1 }, (_, i) => first + i).filter((i) => !a.ids[i])
    if (places.length) void onName?.(places)
  }, [a, first, last, onName])
  return (
    <div className="ex-maptable" ref={scroll} role="table" aria-label={title} aria-rowcount={a.ids.length + 1} tabIndex={0}>
      <div role="row" aria-rowindex={1} className="ex-maprow ex-maphead">
        {t.tables.map.map((c) => (
          <span key={c} role="columnheader">
            {c}
          </span>
        ))}
      </div>
      <div role="rowgroup" className="ex-maprows" style={{ height: rows.getTotalSize() }}>
        {shown.map((r) => (
          <div key={r.key} role="row" aria-rowindex={r.index + 2} className="ex-maprow" style={{ top: r.start }}>
            <span role="cell">
              <button type="button" disabled={!a.ids[r.index]} onClick={() => onChoose(a.ids[r.index]!)}>
                {a.ids[r.index] ? <Name value={a.names[r.index] ?? ''} limit={120} /> : '…'}
              </button>
            </span>
            <span role="cell">{a.kinds[a.kind[r.index] ?? 0]}</span>
            <span role="cell">{plainType(a.types[a.type[r.index] ?? 0] ?? '')}</span>
            <span role="cell">{tier0.has(r.index) ? 'T0' : ''}</span>
          </div>
        ))}
      </div>
    </div>
  )
}
