import { useApi } from '@/api/hooks'
import { Matrix, MatrixKey } from '@/graph/Matrix'
import type { MatrixAnswer } from '@/graph/types'
import { Empty, Failed, Loading } from '@/kit'
import { explore as t } from '@/text/explore'
import { graphWords as w } from '@/text/graph'
import type { Asked } from './question'
import type { Explored } from './state'
import { TwinTable } from './TwinTable'

/** Who may do how much to what, for the ends of the question. */
export function MatrixView({ state, ask, reached, onChoose, onOpen }: { state: Explored; ask: Asked; /** Of one thing: how many resources it reaches, in the words of the headline. */ reached?: number; onChoose: (id: string) => void; onOpen: (id: string) => void }) {
  const matrix = useApi<MatrixAnswer>('/graph/matrix', { from: ask.from, to: ask.to }, { keep: true })
  if (matrix.error) return <Failed problem={matrix.error} onRetry={() => void matrix.refetch()} small />
  if (!matrix.data) return <Loading lines={4} />
  const a = matrix.data
  const all = Math.max(a.total_columns, reached ?? 0)
  const title = w.matrix.size(a.rows.length, a.total_rows, a.columns.length, all)
  if (a.rows.length === 0 || a.columns.length === 0) return <Empty title={t.sentence.path(ask.from, ask.to, 0)} small>{t.unknownIsNot}</Empty>
  const table = { columns: [...t.tables.matrix], rows: a.cells.map((c) => [a.rows[c.row]?.name ?? '', a.columns[c.column]?.name ?? '', c.level, c.grade]) }
  return (
    <div className="ex-matrixview">
      <h2 className="ex-maptitle">{title}</h2>
      {state.table ? <TwinTable title={title} table={table} /> : <Matrix answer={a} title={title} chosen={state.selected} onChoose={onChoose} onOpen={onOpen} />}
      <MatrixKey />
      {all > a.total_columns && <p className="ex-note">{w.matrix.noColumn(all - a.total_columns)}</p>}
    </div>
  )
}
