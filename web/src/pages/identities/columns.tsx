import type { Node } from '@/api/types'
import { Ago, Column, Icon, kindIcon, levelOf, Name, Owner, Severity, Tag, Unknown } from '@/kit'
import { words } from '@/kit/format'
import { identities as t } from '@/text/identities'
import css from './identities.module.css'

const known = (value: string | null | undefined) => (value ? <Name value={words(value)} /> : <Unknown />)

/** Every column that the list can show, in the order that it shows them. */
export const columns: Column<Node>[] = [
  {
    id: 'name', head: t.columns.name, width: 188, grow: true, sort: 'name',
    cell: (row) => (
      <span className={css.name}>
        <Icon name={kindIcon(row.kind, row.nhi_type)} size={14} />
        <span className={css.cut}>
          <Name value={row.name} limit={300} />
        </span>
        {row.tier === 0 && <Tag value="T0" look="tier0" />}
      </span>
    ),
  },
  { id: 'risk', head: t.columns.risk, width: 112, sort: 'risk', first: 'desc', help: t.help.risk, cell: (row) => (row.risk === null || row.risk === undefined ? <Unknown why={t.noRisk} /> : <Severity level={levelOf(row.risk)} score={row.risk} />) },
  { id: 'type', head: t.columns.type, width: 128, sort: 'nhi_type', cell: (row) => known(row.nhi_type) },
  { id: 'env', head: t.columns.env, width: 88, sort: 'env', cell: (row) => (row.env ? <Tag value={row.env} /> : <Unknown />) },
  { id: 'owner', head: t.columns.owner, width: 150, sort: 'owner', cell: (row) => <Owner owner={row.owner} /> },
  { id: 'last_used', head: t.columns.last_used, width: 90, sort: 'last_used', first: 'desc', help: t.help.last_used, cell: (row) => <Ago at={row.last_used?.at} why={t.noUse} /> },
  { id: 'age', head: t.columns.age, width: 62, sort: 'created', align: 'end', help: t.help.age, cell: (row) => (row.created ? <Ago at={row.created} bare /> : <Unknown why={t.noAge}>?</Unknown>) },
  { id: 'lifecycle', head: t.columns.lifecycle, width: 94, sort: 'lifecycle', cell: (row) => (row.lifecycle && row.lifecycle.value !== 'unknown' ? <span title={row.lifecycle.reason}>{words(row.lifecycle.value)}</span> : <Unknown why={row.lifecycle?.reason} />) },
  { id: 'credentials', head: t.columns.credentials, width: 78, sort: 'credentials', first: 'desc', align: 'end', help: t.help.credentials, cell: (row) => row.credentials },
  { id: 'places', head: t.columns.places, width: 76, sort: 'places', first: 'desc', align: 'end', help: t.help.places, cell: (row) => row.places },
  { id: 'system', head: t.columns.system, width: 110, sort: 'system', cell: (row) => <Name value={row.ref.split('/')[0]} /> },
  { id: 'sources', head: t.columns.sources, width: 140, cell: (row) => <Name value={row.sources.join(', ')} /> },
  { id: 'tier', head: t.columns.tier, width: 64, sort: 'tier', align: 'end', cell: (row) => row.tier ?? <Unknown>?</Unknown> },
  { id: 'verdict', head: t.columns.verdict, width: 92, sort: 'verdict', cell: (row) => known(row.verdict?.value) },
  { id: 'unit', head: t.columns.unit, width: 124, sort: 'business_unit', cell: (row) => known(row.business_unit) },
  { id: 'purpose', head: t.columns.purpose, width: 130, sort: 'purpose', cell: (row) => known(row.purpose) },
  { id: 'data_class', head: t.columns.data_class, width: 110, sort: 'data_class', cell: (row) => known(row.data_class) },
  { id: 'criticality', head: t.columns.criticality, width: 100, sort: 'criticality', cell: (row) => known(row.criticality) },
  { id: 'first_seen', head: t.columns.first_seen, width: 104, sort: 'first_seen', first: 'desc', cell: (row) => <Ago at={row.first_seen} /> },
  { id: 'tags', head: t.columns.tags, width: 160, cell: (row) => (row.tags?.length ? row.tags.map((tag) => <Tag key={tag} value={tag} />) : '') },
  { id: 'id', head: t.columns.id, width: 160, sort: 'id', cell: (row) => <code>{row.id}</code> },
]

/** What is shown unless somebody chooses otherwise. */
export const usual = ['name', 'risk', 'type', 'env', 'owner', 'last_used', 'age', 'lifecycle', 'credentials']

/** The fields of the API that hold what the columns show, for an export of exactly this view. */
export const fieldsOf = (ids: string[]) => ['id', ...ids.filter((id) => id !== 'id').map((id) => ({ type: 'nhi_type', age: 'created', unit: 'business_unit', system: 'ref' })[id] ?? id)]

/** The columns that a parameter names; "name" is always there and first. */
export function chosen(parameter: string): Column<Node>[] {
  const ids = parameter ? parameter.split(',') : usual
  const wanted = ids.map((id) => columns.find((column) => column.id === id)).filter((column): column is Column<Node> => !!column)
  return wanted.some((column) => column.id === 'name') ? wanted : [columns[0], ...wanted]
}
