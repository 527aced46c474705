import type { LanesPicture } from '@/graph/layout'
import type { Route } from '@/graph/routes'
import { by, say } from '@/graph/verbs'
import { TableTwin as Twin, type ChartTable } from '@/kit'
import { explore as t } from '@/text/explore'

export { Twin as TwinTable }

/** twinOfRoutes is the adjacency of the picture as a table: each step once, with the ways that it is on. */
export function twinOfRoutes(routes: Route[], _picture?: LanesPicture): ChartTable {
  const rows = new Map<string, { cells: (string | number | null)[]; ways: number[] }>()
  routes.forEach((r, i) =>
    r.steps.forEach((s) => {
      const key = [s.from, s.to, s.kind, s.technique, s.level].join('\n')
      const have = rows.get(key)
      if (have) {
        if (!have.ways.includes(i + 1)) have.ways.push(i + 1)
        return
      }
      const proof = (s.proof ?? []).map((p) => [p.statement, p.text].filter(Boolean).join(': ')).join('; ')
      rows.set(key, { cells: [s.from_name, s.words ?? say(s), s.to_name, by(s), s.level, s.grade, '', proof], ways: [i + 1] })
    }),
  )
  return { columns: [...t.tables.lanes], rows: [...rows.values()].map(({ cells, ways }) => cells.map((c, i) => (i === 6 ? ways.join(', ') : c))) }
}
