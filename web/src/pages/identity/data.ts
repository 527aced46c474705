import { useApi, useList, useMayNot } from '@/api/hooks'
import { useScope } from '@/app/scope'
import type { Age, Dependent, Full, Grade, IdentityColumns, Named, Risk, Schemas, Show, Used, With } from '@/api/types'
import type { BlastAnswer, CreatorsAnswer } from '@/graph/types'

export type Evidence = With<Schemas['Evidence'], { grade?: Grade }>
export type FindingLine = Schemas['FindingLine']

/** Everything about one thing; null in the place of findings: those of a past moment are asked for by themselves. */
export type Detail = With<Show, { evidence: Evidence[]; findings: FindingLine[] | null; values: Record<string, With<Full<Schemas['Fact']>, { grade: Grade }>> }>

interface Names {
  in?: string[]
  not_in?: string[]
}
export type Grant = With<Full<Schemas['GrantItem']>, { actions: Names | null; resources: Names | null; condition: string | null }>
export type Reached = With<Schemas['ReachedItem'], { grade: Grade; via: Named | null }>
export type Credential = With<Full<Schemas['Credential']>, { last_used: Used }>
export type Diff = With<Full<Schemas['Diff']>, { items: With<Schemas['Change'], { change: 'added' | 'changed' | 'removed'; fields?: Record<string, { from?: unknown; to?: unknown }> | null }>[] }>

const of = (id: string) => encodeURIComponent(id)

export const useDetail = (id: string) => useApi<Detail>(`/nodes/${of(id)}`, {}, { keep: true })
/** The score; not asked for who may read none. */
export const useRisk = (id: string, enabled = true) => {
  const mayNot = useMayNot('risk.read')
  return { ...useApi<Risk>(`/identities/${of(id)}/risk`, {}, { enabled: enabled && !mayNot }), mayNot }
}
export type NextDue = NonNullable<IdentityColumns['next_due']>
/** What of it is due next: a column of the list, asked for one row. undefined: not known yet. */
export function useNextDue(id: string, enabled = true) {
  const row = useApi<{ items: IdentityColumns[] }>('/identities', { filter: `id="${id}"`, fields: 'id,next_due', page_size: 1 }, { enabled })
  return row.data ? (row.data.items[0]?.next_due ?? null) : row.error ? null : undefined
}
export const useBlast = (id: string, enabled = true) => useApi<BlastAnswer>(`/identities/${of(id)}/blast-radius`, {}, { enabled })
export const useCreators = (id: string, enabled = true) => useApi<CreatorsAnswer>(`/identities/${of(id)}/creators`, {}, { enabled })
export const useDependents = (id: string, enabled = true) => useApi<{ total: number; things: number; proven: number; items: Dependent[] } & Age>(`/identities/${of(id)}/dependents`, {}, { enabled })
export const useGrants = (id: string, enabled = true) => useApi<{ total: number; items: Grant[] } & Age>(`/identities/${of(id)}/grants`, {}, { enabled })
/** What a thing reaches, by itself or by becoming others. */
export const useReached = (id: string, enabled = true) => useApi<{ total_size?: number; total?: number; items: Reached[] } & Age>('/reached', { to: id, page_size: 200 }, { enabled })
export type TimelineItem = Schemas['TimelineItem']

/** What happened to a thing, the latest first. */
export const useTimeline = (id: string, enabled = true) => useApi<{ items: TimelineItem[]; more: number }>(`/identities/${of(id)}/timeline`, {}, { enabled })
/** What changed about one thing, or about everything; of each kind of change the first hundreds. */
export function useDiff(id: string | undefined, from: string, enabled = true) {
  const { asOf } = useScope()
  return useApi<Diff>('/diff', { id, from, to: asOf, limit: 300 }, { enabled, timeless: true })
}

/** subjectsOf are what findings on a thing may be about: it, what it is seen as, and its credentials. */
export function subjectsOf(detail: Pick<Detail, 'item' | 'members' | 'edges'>): string[] {
  const refs = [detail.item.ref, ...(detail.members ?? []).map((member) => member.ref), ...(detail.edges ?? []).filter((edge) => edge.kind === 'authenticates' && edge.direction === 'in').map((edge) => edge.ref)]
  return [...new Set(refs)].slice(0, 50)
}

/** The findings of a thing, at the moment that is looked at; undefined: not known yet. */
export function useFindingLines(detail: Detail) {
  const past = detail.findings === null || detail.findings === undefined
  const filter = `state=open,regressed,unchecked,accepted AND subject=${subjectsOf(detail).map((ref) => `"${ref.replace(/(["\\])/g, '\\$1')}"`).join(',')}`
  const list = useList<FindingLine>('findings', { filter }, { enabled: past, pageSize: 200, keep: false })
  return { lines: past ? (list.data ? list.rows : undefined) : detail.findings!, error: past ? list.error : null, isPending: past && list.isPending, refetch: list.refetch }
}

/** What holds and nobody has accepted, as in the list of findings. */
export const isOpen = (finding: { state: string }) => finding.state !== 'fixed' && finding.state !== 'accepted'

type Maker = NonNullable<CreatorsAnswer['chain']>[number]

/** makersOf puts each maker under what it made or answers for, with how deep that is: an owner of the maker is no owner of the thing. */
export function makersOf(data: Pick<CreatorsAnswer, 'chain' | 'subject'>): { one: Maker; of: string; level: number }[] {
  const chain = data.chain ?? []
  const out: { one: Maker; of: string; level: number }[] = []
  const done = new Set<Maker>()
  const under = (of: { ref: string; name: string; kind: string }, level: number) => {
    for (const found of chain) {
      if (found.created !== of.ref || done.has(found)) continue
      done.add(found)
      // Nobody owns a person: the record is of who answers for whom.
      const one = found.how === 'owns' && found.kind === 'human' && of.kind === 'human' ? { ...found, how: 'manages' } : found
      out.push({ one, of: of.name, level })
      under(found, level + 1)
    }
  }
  under(data.subject, 0)
  // What hangs on nothing that is shown is still told, with the thing it speaks of.
  for (const one of chain) if (!done.has(one)) out.push({ one, of: chain.find((c) => c.ref === one.created)?.name ?? one.created, level: Math.max(0, one.depth - 1) })
  return out
}
