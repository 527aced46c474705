import { useApi } from '@/api/hooks'
import type { Grade, Level } from '@/api/types'

export interface Finding {
  id: string
  key: string
  check: string
  severity: Level
  state: string
  subject: { ref: string; name: string; type: string }
  what: string
  why: string
  evidence: { text: string; source: string; at?: string; grade: Grade }[]
  fix: { text: string; command: string; action: string; object?: string; group?: string }
  breaks: Breaks
  controls: string[] | null
  path: string[] | null
  first_seen: string
  last_seen: string
  fixed_at?: string | null
  fixed_by?: string | null
  /** As displayed; null is nobody. */
  owner: string | null
  assignee?: string | null
  risk: number | null
  exception?: string | null
}

export interface Breaks {
  text: string
  dependents: number
  unknowns: string[] | null
}

/** One act and everything that it ends. Lists leave out what only its panel shows. */
export interface Fix {
  id: string
  action: string
  title: string
  severity: Level
  risk_removed: number
  how: string
  findings: number
  subjects: number
  closes: { id: string; check: string; severity: Level; what: string; risk: number }[]
  objects: { ref: string; name: string; type: string; text: string; command: string }[]
  breaks: Breaks
  owners: string[] | null
}

export interface BatchResult {
  operation: string
  done: number
  refused: number
  undo_until: string | null
  items: { id: string; name: string; state: string; code: string; detail: string }[]
}

export type Act = 'accept' | 'assign' | 'reopen'

interface May {
  may?: Record<string, { allowed: boolean; reason: string }>
}

export const rightOf: Record<Act, string> = { accept: 'finding.decide', assign: 'finding.assign', reopen: 'finding.decide' }

/** What the caller may do. Until it is known nothing is refused: the server decides. */
export function useMay() {
  const me = useApi<May>('/me', {}, { timeless: true, staleTime: 300_000 })
  return (action: string): { allowed: boolean; reason: string } => me.data?.may?.[action] ?? { allowed: true, reason: '' }
}

/** Whether an id is one of an act that ends findings. */
export const isFix = (id: string) => /^X-/i.test(id)
