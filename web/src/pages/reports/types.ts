import type { Level } from '@/api/types'

export interface ReportItem {
  name: string
  title: string
  formats: string[]
}

interface Share {
  question: string
  n: number
  of: number
  unknown: number
}

/** A report, as far as its numbers are shown before it is taken along. */
export interface Report {
  report: string
  title: string
  at: string
  generation: number
  questions?: { many: Share; humans: number; ratio: number | null; monitored: Share; owned: Share; appropriate: Share }
  inventory?: { identities: number; humans: number; counts: { by: string; counts: { name: string; n: number }[] }[] }
  posture?: { checked_at: string | null; checks: number; clean: Share; severities: { severity: Level; open: number; accepted: number }[] }
  due?: { buckets: { name: string; expire: number; rotate: number }[] | null }
  fixes?: { total: number }
  exceptions?: { findings: number; items: unknown[] | null }
  coverage?: { sources: { stale: boolean }[] | null; unseen: number }
  unknowns: string[] | null
}
