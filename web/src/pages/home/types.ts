import type { Full, Schemas, With } from '@/api/types'

export type Question = Full<Schemas['Question']>
export type TopFix = Full<Schemas['ReportFixItem']>
export type TrendPoint = With<Full<Schemas['FlowPoint']>, { open: Record<string, number> }>
export type CoverageRow = Full<Schemas['CoverageRow']>
export type DueItem = Full<Schemas['DueItem']>

/** Everything that the first page shows, in one answer. */
export type Home = With<Full<Schemas['Home']>, { trend: With<Full<Schemas['EngineTrend']>, { points: TrendPoint[] }> }>
