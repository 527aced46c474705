import { useVirtualizer } from '@tanstack/react-virtual'
import { Link } from '@tanstack/react-router'
import { useEffect, useRef, type KeyboardEvent, type MouseEvent, type ReactNode } from 'react'
import { kit as t } from '@/text/kit'
import { useKeys } from '@/app/shortcuts'
import { Button } from './Button'
import css from './DataTable.module.css'
import { Icon } from './Icon'

export interface Column<T> {
  id: string
  head: string
  /** In pixels; `grow` takes what is left. */
  width: number
  grow?: boolean
  align?: 'end'
  /** The field that order_by names; without it the column is not sorted by. */
  sort?: string
  /** What a first click on the head asks for. */
  first?: 'asc' | 'desc'
  help?: string
  cell: (row: T) => ReactNode
}

export interface Selection {
  has: (id: string) => boolean
  toggle: (id: string, range?: boolean) => void
  /** Everything that is loaded, or nothing. */
  toggleAll: () => void
  state: 'none' | 'some' | 'all'
}

export interface DataTableProps<T> {
  /** What the rows are, for who hears the table. */
  label: string
  columns: Column<T>[]
  rows: T[]
  rowId: (row: T) => string
  rowName: (row: T) => string
  /** How many there are in all; the table may hold fewer. */
  total: number
  /** `field` or `-field`. */
  sort?: string
  onSort?: (sort: string) => void
  selection?: Selection
  /** Where the keyboard is; -1 is nowhere. */
  cursor?: number
  onCursor?: (index: number) => void
  /** Enter or a click on a row. */
  onOpen?: (row: T) => void
  /** The id of the row that the panel shows. */
  openId?: string
  /** The address of the row's own page: its first cell is a link, so that a new tab works. */
  href?: (row: T) => { to: string; params?: Record<string, string> }
  hasMore?: boolean
  onMore?: () => void
  loadingMore?: boolean
  /** Dimmed while another answer is on its way. */
  stale?: boolean
  rowHeight?: number
  /** Whether j, k, Enter and x act on this table. */
  keys?: boolean
}

/** A table of any length: only the rows in sight are in the page, further ones are fetched as one comes near them. */
export function DataTable<T>(props: DataTableProps<T>) {
  const { columns, rows, rowId, rowName, selection, cursor = -1, onCursor, onOpen, href, hasMore, onMore, loadingMore } = props
  const scroller = useRef<HTMLDivElement>(null)
  const rowHeight = props.rowHeight ?? 32
  const virtual = useVirtualizer({ count: rows.length, getScrollElement: () => scroller.current, estimateSize: () => rowHeight, overscan: 16, scrollPaddingStart: 36 })
  useEffect(() => virtual.measure(), [rowHeight, virtual])
  const items = virtual.getVirtualItems()
  const last = items.at(-1)?.index ?? -1
  useEffect(() => {
    if (hasMore && !loadingMore && last >= rows.length - 40) onMore?.()
  }, [hasMore, loadingMore, last, rows.length, onMore])

  const move = (to: number) => {
    const next = Math.max(0, Math.min(rows.length - 1, to))
    onCursor?.(next)
    virtual.scrollToIndex(next)
    // The row may be drawn only after the scroll.
    requestAnimationFrame(() => scroller.current?.querySelector<HTMLElement>(`[data-row="${next}"] a, [data-row="${next}"] button`)?.focus({ preventScroll: true }))
  }
  const at = (index: number) => (index >= 0 && index < rows.length ? rows[index] : undefined)
  useKeys(
    props.keys === false
      ? {}
      : {
          j: () => move(cursor + 1),
          k: () => move(Math.max(0, cursor - 1)),
          x: () => {
            const row = at(cursor)
            if (row) selection?.toggle(rowId(row))
          },
        },
  )
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const inRow = (event.target as HTMLElement).closest('[data-row]')
    if (!inRow) return
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 20, PageUp: -20 }[event.key]
    if (step) {
      event.preventDefault()
      move(Number(inRow.getAttribute('data-row')) + step)
    }
  }
  const above = items[0]?.start ?? 0
  const below = virtual.getTotalSize() - (items.at(-1)?.end ?? 0)
  const span = columns.length + (selection ? 1 : 0)
  const fixed = columns.reduce((sum, column) => sum + column.width, selection ? 36 : 0)

  return (
    <div ref={scroller} className={css.scroller} data-stale={props.stale || undefined} tabIndex={-1}>
      <table className={css.table} aria-label={props.label} aria-rowcount={props.total + 1} aria-busy={props.stale || undefined} style={{ minWidth: fixed }} onKeyDown={onKeyDown}>
        <colgroup>
          {selection && <col style={{ width: 36 }} />}
          {columns.map((column) => (
            <col key={column.id} style={column.grow ? undefined : { width: column.width }} />
          ))}
        </colgroup>
        <thead>
          <tr aria-rowindex={1}>
            {selection && (
              <th scope="col" className={css.check}>
                <label>
                  <input type="checkbox" className="box" aria-label={t.table.selectAll} checked={selection.state === 'all'} ref={(input) => void (input && (input.indeterminate = selection.state === 'some'))} onChange={selection.toggleAll} />
                </label>
              </th>
            )}
            {columns.map((column) => (
              <Head key={column.id} column={column} sort={props.sort} onSort={props.onSort} />
            ))}
          </tr>
        </thead>
        <tbody>
          {above > 0 && (
            <tr aria-hidden="true">
              <td colSpan={span} style={{ height: above, padding: 0, border: 0 }} />
            </tr>
          )}
          {items.map((item) => {
            const row = rows[item.index]
            const id = rowId(row)
            const selected = selection?.has(id)
            const open = (event: MouseEvent) => {
              if ((event.target as HTMLElement).closest('a,button,input,label') || getSelection()?.toString()) return
              onCursor?.(item.index)
              onOpen?.(row)
            }
            return (
              <tr key={id} data-row={item.index} aria-rowindex={item.index + 2} aria-selected={selected} data-cursor={item.index === cursor || undefined} data-open={id === props.openId || undefined} style={{ height: rowHeight }} onClick={onOpen && open}>
                {selection && (
                  <td className={css.check}>
                    <label>
                      <input type="checkbox" className="box" aria-label={t.table.select(rowName(row))} checked={selected} onChange={(event) => selection.toggle(id, (event.nativeEvent as unknown as globalThis.MouseEvent).shiftKey)} />
                    </label>
                  </td>
                )}
                {columns.map((column, i) => (
                  <td key={column.id} data-end={column.align === 'end' || undefined}>
                    {i === 0 && href ? (
                      <Link
                        {...(href(row) as { to: string })}
                        search={keepOnly as never}
                        className={css.link}
                        onFocus={() => onCursor?.(item.index)}
                        onClick={(event) => {
                          if (!onOpen || event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return
                          event.preventDefault()
                          onCursor?.(item.index)
                          onOpen(row)
                        }}
                      >
                        {column.cell(row)}
                      </Link>
                    ) : (
                      column.cell(row)
                    )}
                  </td>
                ))}
              </tr>
            )
          })}
          {below > 0 && (
            <tr aria-hidden="true">
              <td colSpan={span} style={{ height: below, padding: 0, border: 0 }} />
            </tr>
          )}
        </tbody>
      </table>
      {hasMore ? (
        <div className={css.foot}>
          <Button small look="quiet" onClick={onMore} disabled={loadingMore}>
            {loadingMore ? t.table.loadingMore : t.table.more}
          </Button>
        </div>
      ) : (
        rows.length > 30 && <div className={css.foot}>{t.table.end(rows.length)}</div>
      )}
    </div>
  )
}

const keepOnly = (search: Record<string, string | undefined>) => ({ as_of: search.as_of, env: search.env })

function Head<T>({ column, sort, onSort }: { column: Column<T>; sort?: string; onSort?: (sort: string) => void }) {
  const by = column.sort
  const now = by && sort === by ? 'asc' : by && sort === '-' + by ? 'desc' : undefined
  const next = now === 'asc' ? '-' + by : now === 'desc' ? by! : column.first === 'desc' ? '-' + by : by!
  return (
    <th scope="col" title={column.help} data-end={column.align === 'end' || undefined} aria-sort={now === 'asc' ? 'ascending' : now === 'desc' ? 'descending' : undefined}>
      {by && onSort ? (
        <button type="button" onClick={() => onSort(next)} data-on={now} aria-label={t.table.sortBy(column.head)}>
          {column.head}
          <Icon name={now === 'asc' ? 'up' : now === 'desc' ? 'down' : 'sort'} size={11} />
        </button>
      ) : (
        column.head
      )}
    </th>
  )
}
