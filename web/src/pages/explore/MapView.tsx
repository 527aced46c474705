import { useVirtualizer } from '@tanstack/react-virtual'
import { useMemo, useRef, useState } from 'react'
import { useApi } from '@/api/hooks'
import { useTheme } from '@/app/theme'
import BigMap from '@/graph/BigMap'
import type { MapAnswer } from '@/graph/types'
import { plainType } from '@/graph/text'
import { visible } from '@/kit/format'
import { Empty, Failed, Loading, Name } from '@/kit'
import { explore as t } from '@/text/explore'
import { graphWords as w } from '@/text/graph'
import { isFilter, type Acts, type Explored } from './state'

/** The large map: everything that a filter matches, at once. Its code is fetched when it is asked for. */
export default function MapView({ state, acts, onChoose, onOpen }: { state: Explored; acts: Acts; onChoose: (id: string) => void; onOpen: (id: string) => void }) {
  const filter = [state.from, state.to].find((s) => s !== '' && isFilter(s)) ?? ''
  const map = useApi<MapAnswer>('/graph/map', { filter }, { keep: true })
  const { scheme, high } = useTheme()
  const [lit, setLit] = useState<ReadonlySet<string>>(new Set())
  const kinds = useMemo(() => (map.data ? map.data.kinds.filter((_, i) => map.data.kind.includes(i)) : []), [map.data])
  if (map.error) return <Failed problem={map.error} onRetry={() => void map.refetch()} small />
  if (!map.data) return <Loading lines={4} />
  const a = map.data
  if (a.ids.length === 0) return <Empty title={w.map.title(0, 0)} small />
  const title = w.map.title(a.ids.length, a.edges.length / 2) + (!a.note && a.total > a.ids.length ? `; ${w.map.part(a.ids.length, a.total)}` : '') + (a.note ? `. ${visible(a.note)}` : '') + (a.unseen > 0 ? `; ${w.hidden(a.unseen)}` : '')
  return (
    <div className="ex-map">
      <div className="ex-mapbar">
        <h2 className="ex-maptitle">{title}</h2>
        <div className="ex-presets" role="group" aria-label={w.map.kind}>
          {kinds.map((k) => (
            <button key={k} type="button" className="ex-preset" aria-pressed={lit.has(k)} onClick={() => setLit((old) => new Set(old.has(k) ? [...old].filter((x) => x !== k) : [...old, k]))}>
              {k}
            </button>
          ))}
        </div>
      </div>
      {state.table ? <MapTable a={a} title={title} onChoose={onChoose} /> : <BigMap answer={a} title={title} chosen={state.selected} lit={lit} theme={scheme + high} view={state.view} onView={acts.look} onChoose={onChoose} onOpen={onOpen} />}
    </div>
  )
}

function MapTable({ a, title, onChoose }: { a: MapAnswer; title: string; onChoose: (id: string) => void }) {
  const scroll = useRef<HTMLDivElement>(null)
  const rows = useVirtualizer({ count: a.ids.length, getScrollElement: () => scroll.current, estimateSize: () => 32, overscan: 8 })
  const tier0 = useMemo(() => new Set(a.tier0), [a])
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
        {rows.getVirtualItems().map((r) => (
          <div key={r.key} role="row" aria-rowindex={r.index + 2} className="ex-maprow" style={{ top: r.start }}>
            <span role="cell">
              <button type="button" onClick={() => onChoose(a.ids[r.index]!)}>
                <Name value={a.names[r.index] ?? ''} limit={120} />
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
