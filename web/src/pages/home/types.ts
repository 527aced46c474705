import type { Level } from '@/api/types'

interface ListRef {
  noun: string
  filter: string
}

export interface Question {
  id: string
  question: string
  n: number
  of: number
  unknown: number
  known_not: number
  means: string
  unknown_as: string
  evidence: string[]
  shown: ListRef | null
  others: ListRef | null
  not_known: ListRef | null
  whole: ListRef | null
}

export interface TopFix {
  id: string
  title: string
  severity: Level
  findings: number
  risk_removed: number
  breaks: { text: string; dependents: number; unknowns: string[] | null }
  owners: string[] | null
}

export interface TrendPoint {
  at: string
  open: Record<string, number>
  total: number
  opened: number
  fixed: number
}

export interface CoverageRow {
  id: string
  kind: string
  title: string
  status: string
  stale: boolean
  says: string
  cells: { state: string; n: number; of: number; says: string }[]
}

export interface DueItem {
  id: string
  name: string
  why: string
  at: string
  days: number
  stops: string
  dependents: number
}

/** Everything that the first page shows, in one answer. */
export interface Home {
  generation: number
  at: string
  state: 'empty' | 'unchecked' | 'ready'
  demo: boolean
  verdict: { text: string; urgent: number; numbers: { n: number; what: string; noun: string; filter: string }[] }
  score: { total: number; max: number; how: string; parts: { id: string; says: string; points: number; max: number; n: number; of: number; unknown: number; lost: number }[] } | null
  questions: Question[]
  humans: number
  ratio: number | null
  fixes: { total: number; top: TopFix[] }
  trend: { points: TrendPoint[]; opened: number; fixed: number; why: string }
  coverage: { capabilities: string[]; rows: CoverageRow[]; unseen: number; gaps: string[] | null; seen: number; stale: number; not_connected: number }
  due: { overdue: number; days: { day: string; expire: number; rotate: number }[]; items: DueItem[]; total: number }
  unknowns: string[] | null
}
