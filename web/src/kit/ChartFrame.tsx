import { Menu } from '@mantine/core'
import { useId, useRef, useState, type ReactNode } from 'react'
import { kit as t } from '@/text/kit'
import { IconButton } from './Button'
import css from './ChartFrame.module.css'
import { copyText } from './Copy'
import { announce } from './announce'
import { download, toCSV, toMarkdown } from './export'
import { visible } from './format'

/** The same numbers as a table. Null is unknown and stays unknown. */
export interface ChartTable {
  columns: string[]
  rows: (string | number | null)[][]
}

export interface ChartFrameProps {
  /** A sentence that states what the chart shows: "Open risk fell by 12 in 30 days". */
  title: string
  /** File name of exports, without an ending. */
  name: string
  table: ChartTable
  /** The drawing. An SVG in it can be exported; it is described by the title and told in full by the table. */
  children: ReactNode
  /** More that belongs to the head, such as a period. */
  actions?: ReactNode
  level?: 2 | 3
}

/** Every chart says what it found, can be read as a table, and can be taken along. */
export function ChartFrame({ title, name, table, children, actions, level = 2 }: ChartFrameProps) {
  const id = useId()
  const [asTable, setAsTable] = useState(false)
  const body = useRef<HTMLDivElement>(null)
  const Head = level === 2 ? 'h2' : 'h3'
  const svg = () => {
    const drawn = body.current?.querySelector('svg')
    if (drawn) download(`${name}.svg`, 'image/svg+xml', standalone(drawn))
  }
  return (
    <section className={css.frame} aria-labelledby={id}>
      <div className={css.head}>
        <Head id={id}>{title}</Head>
        {actions}
        <IconButton small icon={asTable ? 'chart' : 'table'} label={asTable ? t.chart.chart : t.chart.table} on={asTable} onClick={() => setAsTable(!asTable)} />
        <Menu position="bottom-end">
          <Menu.Target>
            <IconButton small icon="download" label={t.chart.export} />
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item onClick={() => download(`${name}.csv`, 'text/csv', toCSV(table.columns, table.rows))}>{t.chart.csv}</Menu.Item>
            <Menu.Item onClick={() => void copyText(toMarkdown(table.columns, table.rows.map((row) => row.map((cell) => cell ?? t.unknown)))).then((done) => done && announce(t.copied))}>{t.chart.markdown}</Menu.Item>
            <Menu.Item onClick={() => download(`${name}.json`, 'application/json', JSON.stringify({ title, ...table }, null, 2))}>{t.chart.json}</Menu.Item>
            {!asTable && <Menu.Item onClick={svg}>{t.chart.svg}</Menu.Item>}
          </Menu.Dropdown>
        </Menu>
      </div>
      <div ref={body} className={css.body}>
        {asTable ? <TableTwin title={title} table={table} /> : children}
      </div>
    </section>
  )
}

export function TableTwin({ title, table }: { title: string; table: ChartTable }) {
  return (
    <div className={css.twin} tabIndex={0} role="group" aria-label={title}>
      <table>
        <caption className="visually-hidden">{title}</caption>
        <thead>
          <tr>
            {table.columns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.rows.map((row, i) => (
            <tr key={i}>
              {row.map((cell, j) => (
                <td key={j} data-end={typeof cell === 'number' || undefined}>
                  {cell === null ? t.unknown : typeof cell === 'number' ? cell.toLocaleString() : visible(cell)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

/** A drawing that can stand alone: colours that are tokens here are written out. */
function standalone(svg: SVGSVGElement): string {
  const copy = svg.cloneNode(true) as SVGSVGElement
  const from = [svg, ...svg.querySelectorAll<SVGElement>('*')]
  const to = [copy, ...copy.querySelectorAll<SVGElement>('*')]
  from.forEach((element, i) => {
    const style = getComputedStyle(element)
    for (const property of ['fill', 'stroke', 'stroke-width', 'stroke-dasharray', 'font-size', 'font-family', 'font-weight', 'text-anchor', 'opacity']) to[i].setAttribute(property, style.getPropertyValue(property))
    to[i].removeAttribute('class')
    to[i].removeAttribute('style')
  })
  copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg')
  return new XMLSerializer().serializeToString(copy)
}
