import { Menu } from '@mantine/core'
import type { RefObject } from 'react'
import { useScope } from '@/app/scope'
import { token } from '@/app/theme'
import { type Route } from '@/graph/routes'
import { toMermaid, toPNG, toSVG, type Words } from '@/graph/save'
import { Button, download, toCSV, type ChartTable } from '@/kit'
import { explore as t } from '@/text/explore'
import { graphWords as w } from '@/text/graph'

export interface ExportProps {
  svg: RefObject<SVGSVGElement | null>
  title: string
  routes: Route[]
  twin: ChartTable
  data: unknown
  cli: string
  /** Whether there is a drawing now, rather than a table or a canvas. */
  picture: boolean
  size: { width: number; height: number }
  generation: number | undefined
}

/** Takes along exactly what is shown, with its legend and of when it is. */
export function ExportMenu({ svg, title, routes, twin, data, cli, picture, size, generation }: ExportProps) {
  const { asOf } = useScope()
  const words = (): Words => ({
    title,
    legend: [`${w.legend.lines}: ── ${w.legend.proven} · - - ${w.legend.inferred} · ··· ${w.legend.unknown}. T0 = ${w.legend.tier0}.`, cli],
    note: `Drover · ${t.asOf(asOf || new Date().toISOString())}${generation !== undefined ? ` · ${t.generation(generation)}` : ''}`,
  })
  const colours = () => ({ bg: token('--bg'), text: token('--text'), muted: token('--muted') })
  const file = 'drover-explore'
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button small look="quiet" icon="download">
          {t.export}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {picture && <Menu.Item onClick={async () => {
          const png = svg.current && (await toPNG(svg.current, size, words(), colours()))
          if (png) download(file + '.png', 'image/png', png)
        }}>{t.exports.png}</Menu.Item>}
        {picture && <Menu.Item onClick={() => svg.current && download(file + '.svg', 'image/svg+xml', toSVG(svg.current, size, words(), colours()))}>{t.exports.svg}</Menu.Item>}
        <Menu.Item onClick={() => download(file + '.mmd', 'text/plain', toMermaid(routes, words()))}>{t.exports.mermaid}</Menu.Item>
        <Menu.Item onClick={() => download(file + '.json', 'application/json', JSON.stringify({ ...words(), cli, answer: data }, null, 2))}>{t.exports.json}</Menu.Item>
        <Menu.Item onClick={() => download(file + '.csv', 'text/csv', toCSV(twin.columns, twin.rows))}>{t.exports.csv}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
