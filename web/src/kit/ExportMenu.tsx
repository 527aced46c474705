import { Menu } from '@mantine/core'
import type { ReactNode } from 'react'
import { address } from '@/api/client'
import { kit as t } from '@/text/kit'
import { Button } from './Button'
import { downloadJSON, follow } from './export'
import { visible } from './format'
import { toast } from './Toasts'

export interface ExportMenuProps {
  noun: string
  /** Of how many rows, in which order. */
  help: string
  filter: string
  sort: string | undefined
  asOf: string
  /** The columns of JSON and NDJSON; absent: all. */
  fields?: string
  /** Each form of CSV: what it is called, and its columns; absent: all. */
  csv: [label: string, fields?: string][]
  /** After the label, and before printing. */
  note?: ReactNode
  children?: ReactNode
}

/** Exports of exactly the list that is shown: same rows, same order. */
export function ExportMenu({ noun, help, filter, sort, asOf, fields, csv, note, children }: ExportMenuProps) {
  const params = { filter, order_by: sort, as_of: asOf }
  const as = (format: string, fields?: string) => follow(address('/' + noun, { ...params, fields, format }), `${noun}.${format}`)
  const json = () => downloadJSON(`${noun}.json`, address('/' + noun, { ...params, fields, format: 'ndjson' }), { schema: `drover/v1/${noun}`, filter, order_by: sort, as_of: asOf || null }).catch((error: Error) => toast({ text: visible(error.message), bad: true }))
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button look="quiet" icon="download" data-shortcut="export">
          {t.export.label}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{help}</Menu.Label>
        {note}
        {csv.map(([label, columns]) => (
          <Menu.Item key={label} onClick={() => as('csv', columns)}>
            {label}
          </Menu.Item>
        ))}
        <Menu.Item onClick={() => void json()}>{t.export.json}</Menu.Item>
        <Menu.Item onClick={() => as('ndjson', fields)}>{t.export.ndjson}</Menu.Item>
        {children}
        <Menu.Item onClick={() => print()}>{t.export.print}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
