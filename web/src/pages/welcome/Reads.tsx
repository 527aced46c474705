import { useState } from 'react'
import { useApi } from '@/api/hooks'
import type { List } from '@/api/types'
import { Answer, Button, Empty, Icon } from '@/kit'
import { count, visible } from '@/kit/format'
import { welcome as t } from '@/text/welcome'
import type { Read } from '../sources/data'
import css from './welcome.module.css'

const shownFirst = 40

/** What a scan will read, before anything is read. */
export function Reads({ word }: { word: string }) {
  const query = useApi<List<Read>>('/reads', { word, page_size: 1000 }, { timeless: true, staleTime: 0 })
  const [absent, setAbsent] = useState(false)
  const [all, setAll] = useState(false)
  return (
    <Answer query={query} small lines={8}>
      {(data) => {
        const found = data.items.filter((read) => read.found)
        const list = absent ? data.items : found
        const shown = all ? list : list.slice(0, shownFirst)
        return (
          <div className={css.reads}>
            <p>
              <strong>{t.scan.reads(found.length, data.total_size)}</strong>
            </p>
            <p className="muted">{t.scan.promise}</p>
            <label className={css.check}>
              <input type="checkbox" className="box" checked={absent} onChange={(event) => setAbsent(event.target.checked)} /> {t.scan.all}
            </label>
            {shown.length === 0 ? (
              <Empty small title={t.scan.none} />
            ) : (
              <div className={css.scroll}>
                <table className={css.table}>
                  <caption className="visually-hidden">{t.scan.see}</caption>
                  <thead>
                    <tr>
                      <th scope="col">{t.scan.columns.what}</th>
                      <th scope="col">{t.scan.columns.where}</th>
                      <th scope="col">{t.scan.columns.found}</th>
                    </tr>
                  </thead>
                  <tbody>
                    {shown.map((read, i) => (
                      <tr key={i}>
                        <th scope="row">{visible(read.what, 200)}</th>
                        <td className="mono">{visible(read.where, 400)}</td>
                        <td>{read.found ? <><Icon name="check" size={13} /> {t.scan.there}</> : <span className="muted">{t.scan.absent}</span>}</td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </div>
            )}
            {list.length > shown.length && (
              <Button small onClick={() => setAll(true)}>
                {t.scan.more(list.length - shown.length)}
              </Button>
            )}
            {data.total_size > data.items.length && <p className="muted">{count(data.items.length)} / {count(data.total_size)}</p>}
          </div>
        )
      }}
    </Answer>
  )
}
