import type { Ref } from 'react'
import { useApi } from '@/api/hooks'
import { Rings } from '@/graph/Rings'
import type { RingsAnswer } from '@/graph/types'
import { Empty, Failed, Loading, type ChartTable } from '@/kit'
import { explore as t } from '@/text/explore'
import { TwinTable } from './TwinTable'
import type { Acts, Explored } from './state'

/** What falls with one thing, by hop. */
export function RingsView({ state, acts, subject, title, svgRef, onChoose, onOpen }: { state: Explored; acts: Acts; subject: string; title: string; svgRef: Ref<SVGSVGElement>; onChoose: (id: string) => void; onOpen: (id: string) => void }) {
  const open = [...state.open].join(',')
  const rings = useApi<RingsAnswer>('/graph/rings', { from: subject, max_hops: state.maxHops || undefined, open }, { keep: true })
  if (rings.error) return <Failed problem={rings.error} onRetry={() => void rings.refetch()} small />
  if (!rings.data) return <Loading lines={4} />
  if (rings.data.marks.length === 0) return <Empty title={title} small>{t.unknownIsNot}</Empty>
  if (state.table) return <TwinTable title={title} table={twinOfRings(rings.data)} />
  return <Rings answer={rings.data} title={title} chosen={state.selected} view={state.view} onView={acts.look} onChoose={onChoose} onOpen={onOpen} onBundle={(id) => acts.expand(id, !state.open.has(id))} svgRef={svgRef} />
}

export function twinOfRings(a: RingsAnswer): ChartTable {
  return { columns: [...t.tables.rings], rows: a.marks.map((m) => [m.hop, m.node?.name ?? m.bundle?.label ?? '', m.node?.kind ?? '', m.node?.type ?? '', m.grade]) }
}
