import { useState } from 'react'
import { useApi } from '@/api/hooks'
import { Answer, Button, ChartFrame, Name } from '@/kit'
import { count, visible } from '@/kit/format'
import { home } from '@/text/home'
import { sources as t } from '@/text/sources'
import type { CoverageRow, Home } from '../home/types'
import css from './sources.module.css'

const said = (cell: CoverageRow['cells'][number] | undefined) => home.coverage.states[cell?.state ?? 'unknown'] ?? visible(cell?.state ?? '')
const few = 4

/** Source by what it sees. What nobody looks at is hatched: it is unknown, not empty. */
export function Coverage({ onConnect, whyNot }: { onConnect: (kind: string) => void; whyNot?: string }) {
  const query = useApi<Home>('/home', {}, { timeless: true, keep: true })
  const [all, setAll] = useState(false)
  return (
    <Answer query={query} small lines={4}>
      {(data) => {
        const c = data.coverage
        const connected = c.rows.filter((row) => row.id)
        const not = c.rows.filter((row) => !row.id)
        const shown = all ? not : not.slice(0, few)
        const head = (one: string) => home.coverage.capabilities[one] ?? visible(one)
        return (
          <ChartFrame
            title={t.coverage.title(c.seen, c.stale, c.not_connected)}
            name="coverage"
            table={{ columns: [home.coverage.source, ...c.capabilities.map(head)], rows: c.rows.map((row) => [row.id || row.title, ...c.capabilities.map((_, i) => `${said(row.cells[i])}${row.cells[i]?.n ? ` ${count(row.cells[i].n)}` : ''}`)]) }}
          >
            <div className={css.scroll}>
              <table className={css.cover}>
                <caption className="visually-hidden">{t.coverage.title(c.seen, c.stale, c.not_connected)}</caption>
                <thead>
                  <tr>
                    <th scope="col">{home.coverage.source}</th>
                    {c.capabilities.map((one) => (
                      <th scope="col" key={one}>
                        {head(one)}
                      </th>
                    ))}
                  </tr>
                </thead>
                <tbody>
                  {connected.map((row) => (
                    <tr key={row.id}>
                      <th scope="row" title={visible(row.says, 400)}>
                        <Name value={row.id} limit={80} />
                      </th>
                      {c.capabilities.map((one, i) => (
                        <td key={one}>
                          <Cell cell={row.cells[i]} />
                        </td>
                      ))}
                    </tr>
                  ))}
                  {shown.map((row) => (
                    <tr key={row.kind}>
                      <th scope="row">
                        <Button small look="quiet" icon="plus" why={whyNot} aria-label={t.coverage.connect(visible(row.title))} onClick={() => onConnect(row.kind)}>
                          {visible(row.title, 60)}
                        </Button>
                      </th>
                      {c.capabilities.map((one, i) => (
                        <td key={one}>
                          <Cell cell={row.cells[i] ?? { state: 'not_connected', n: 0, of: 0, says: '' }} />
                        </td>
                      ))}
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
            <div className={css.legend}>
              {not.length > few && !all && (
                <Button small onClick={() => setAll(true)}>
                  {t.coverage.more(not.length - few)}
                </Button>
              )}
              <span>{t.coverage.unknownHelp}</span>
              {c.unseen > 0 && <span>{t.coverage.unseen(c.unseen)}</span>}
            </div>
          </ChartFrame>
        )
      }}
    </Answer>
  )
}

function Cell({ cell }: { cell: CoverageRow['cells'][number] | undefined }) {
  const state = cell?.state ?? 'unknown'
  const hatched = state === 'unknown' || state === 'not_connected'
  return (
    <span className={hatched ? `${css.cell} hatched` : css.cell} data-state={state} title={cell?.says ? visible(cell.says, 400) : undefined}>
      <span>
        {said(cell)}
        {cell && cell.n > 0 ? ` ${count(cell.n)}` : ''}
      </span>
    </span>
  )
}
