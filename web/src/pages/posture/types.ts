import type { Level } from '@/api/types'
import type { Home } from '../home/types'

export interface Control {
  id: string
  title: string
  state: 'failing' | 'accepted' | 'passing' | 'not_applicable' | 'unknown'
  why: string
  checks: string[]
  open: number
  accepted: number
  worst: Level | ''
  filter: string
  cells: { env: string; open: number; accepted: number; worst: Level | ''; filter: string }[]
}

export interface Framework {
  name: string
  title: string
  controls: Control[]
}

export interface Axis {
  axis: string
  /** Null: it cannot be computed. */
  level: number | null
  at_best: number | null
  share: number
  next: number
  missing: number
  n: number
  of: number
  unknown: number
  says: string
  why: string
  filter: string
}

export interface Posture {
  generation: number
  at: string
  state: 'empty' | 'unchecked' | 'ready'
  checked_at: string | null
  score: Home['score']
  severities: { severity: Level; open: number; accepted: number }[]
  areas: { area: string; checks: number; findings: number; worst: Level | '' }[]
  envs: { name: string; identities: number }[]
  frameworks: Framework[]
  trend: Home['trend']
  exceptions: { findings: number; items: { says: string; findings: number; worst: Level; until: string | null; lapsed: boolean }[] | null } | null
  maturity: Axis[]
  failed: string[] | null
  unknowns: string[] | null
}
