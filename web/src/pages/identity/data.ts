import { useApi } from '@/api/hooks'
import { useScope } from '@/app/scope'
import type { Age, Dependent, Finding, Grade, Named, Risk, Show } from '@/api/types'
import type { BlastAnswer, CreatorsAnswer } from '@/graph/types'

export interface Evidence {
  subject: string
  claim: string
  source: string
  at: string | null
  window?: number
  granularity?: number
  count?: number
  value?: string
  grade?: Grade
  observed: string
}

export interface Detail extends Show {
  evidence: Evidence[]
  findings: { id: string; check: string; severity: Finding['severity']; state: string; what: string }[]
  history: { ref: string; source: string; coverage: string; from: string; to: string | null }[]
  values: Record<string, { value: string; source: string; grade: Grade; reason: string }>
}

export interface Grant {
  system: string
  actions: { in?: string[]; not_in?: string[] } | null
  resources: { in?: string[]; not_in?: string[] } | null
  level: string
  condition: string | null
  proof: { ref: string; statement: string; effect: string; text: string }[]
}

export interface Reached extends Named {
  level: string
  grade: Grade
  hops: number
  via: Named | null
}

export interface Credential {
  id: string
  ref: string
  name: string
  type: string
  fingerprint: string | null
  created: string | null
  rotated: string | null
  expires: string | null
  last_used: { at: string; grade: Grade; source: string } | null
  status: string | null
  places: { ref: string; name: string; file: string | null; line: number | null; commit: string | null; author: string | null; remote: string | null; in_head: boolean | null; exposure: string | null }[]
  attrs: Record<string, unknown>
}

export interface Diff {
  from: { generation: number; at: string }
  to: { generation: number; at: string }
  added: number
  changed: number
  removed: number
  items: { change: 'added' | 'changed' | 'removed'; what: string; ref: string; name?: string; kind?: string; type?: string; to?: string; part?: string; fields?: Record<string, { from: unknown; to: unknown }> }[]
}

const of = (id: string) => encodeURIComponent(id)

export const useDetail = (id: string) => useApi<Detail>(`/nodes/${of(id)}`, {}, { keep: true })
export const useRisk = (id: string, enabled = true) => useApi<Risk>(`/identities/${of(id)}/risk`, {}, { enabled })
export const useBlast = (id: string, enabled = true) => useApi<BlastAnswer>(`/identities/${of(id)}/blast-radius`, {}, { enabled })
export const useCreators = (id: string, enabled = true) => useApi<CreatorsAnswer>(`/identities/${of(id)}/creators`, {}, { enabled })
export const useDependents = (id: string, enabled = true) => useApi<{ total: number; items: Dependent[] } & Age>(`/identities/${of(id)}/dependents`, {}, { enabled })
export const useGrants = (id: string, enabled = true) => useApi<{ total: number; items: Grant[] } & Age>(`/identities/${of(id)}/grants`, {}, { enabled })
/** What a thing reaches, by itself or by becoming others. */
export const useReached = (id: string, enabled = true) => useApi<{ total_size?: number; total?: number; items: Reached[] } & Age>('/reached', { to: id, page_size: 200 }, { enabled })
export interface TimelineItem {
  at: string
  kind: string
  what: string
  ref: string
  source: string
  who: string
  finding: string
}

/** What happened to a thing, the latest first. */
export const useTimeline = (id: string, enabled = true) => useApi<{ items: TimelineItem[]; more: number }>(`/identities/${of(id)}/timeline`, {}, { enabled })
/** What changed about one thing. */
export function useDiff(id: string | undefined, from: string, enabled = true) {
  const { asOf } = useScope()
  return useApi<Diff>('/diff', { id, from, to: asOf }, { enabled, timeless: true })
}
