import type { IdentityColumns, Node } from '@/api/types'
import { Ago, Column, Icon, kindIcon, LastUsed, levelOf, Name, Owner, sawNone, Severity, Tag, Unknown } from '@/kit'
import { absolute, count, date, relative, visible, words } from '@/kit/format'
import { kit } from '@/text/kit'
import { identities as t } from '@/text/identities'
import { Due, Reach, Use } from './cells'
import css from './identities.module.css'

/** A row of the list: the item, and beside it what is read after it. undefined: it is on its way; null: it could not be read. */
export type Row = Node & { more?: IdentityColumns | null }

const known = (value: string | null | undefined) => (value ? <Name value={words(value)} /> : <Unknown />)

/** Every column that the list can show, in the order that it shows them. */
export const columns: Column<Row>[] = [
  {
    id: 'name', head: t.columns.name, width: 172, grow: true, sort: 'name',
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
  { id: 'risk', head: t.columns.risk, width: 110, sort: 'risk', first: 'desc', help: t.help.risk, cell: (row) => (row.risk === null || row.risk === undefined ? <Unknown why={t.noRisk} /> : <Severity level={levelOf(row.risk)} score={row.risk} />) },
  { id: 'type', head: t.columns.type, width: 98, sort: 'nhi_type', cell: (row) => known(row.nhi_type) },
  { id: 'env', head: t.columns.env, width: 80, sort: 'env', cell: (row) => (row.env ? <Tag value={row.env} /> : <Unknown />) },
  { id: 'owner', head: t.columns.owner, width: 116, sort: 'owner', cell: (row) => <Owner owner={row.owner} /> },
  { id: 'reach', head: t.columns.reach, width: 104, align: 'end', help: t.help.reach, cell: (row) => <Reach row={row} /> },
  { id: 'activity', head: t.columns.activity, width: 110, help: t.help.activity, cell: (row) => <Use row={row} /> },
  { id: 'last_used', head: t.columns.last_used, width: 86, sort: 'last_used', first: 'desc', help: t.help.last_used, cell: (row) => <LastUsed row={row} why={t.noUse} /> },
  { id: 'age', head: t.columns.age, width: 56, sort: 'created', align: 'end', help: t.help.age, cell: (row) => (row.created ? <Ago at={row.created} bare /> : <Unknown why={t.noAge}>?</Unknown>) },
  { id: 'next_due', head: t.columns.next_due, width: 144, help: t.help.next_due, cell: (row) => <Due row={row} /> },
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
export const usual = ['name', 'risk', 'type', 'owner', 'reach', 'activity', 'last_used', 'age', 'next_due']

/** Those that are read after the list, row by row. */
export const later = ['reach', 'activity', 'next_due']

/** The fields of the API that hold what the columns show, for an export of exactly this view. */
export const fieldsOf = (ids: string[]) => ['id', ...ids.filter((id) => id !== 'id').map((id) => ({ type: 'nhi_type', age: 'created', unit: 'business_unit', system: 'ref' })[id] ?? id)]

/** The columns that a parameter names; "name" is always there and first. */
export function chosen(parameter: string): Column<Row>[] {
  const ids = parameter ? parameter.split(',') : usual
  const wanted = ids.map((id) => columns.find((column) => column.id === id)).filter((column): column is Column<Row> => !!column)
  return wanted.some((column) => column.id === 'name') ? wanted : [columns[0], ...wanted]
}

const date0 = (at: string | null | undefined) => (at ? date(at) : kit.unknown)

/** What a column says, as words: for what is copied. */
export function textOf(row: Row, id: string): string {
  const or = (value: string | null | undefined) => (value ? words(value) : kit.unknown)
  const more = row.more
  switch (id) {
    case 'name':
      return visible(row.name, 300)
    case 'risk':
      return row.risk === null || row.risk === undefined ? kit.unknown : `${kit.severity[levelOf(row.risk)]} ${row.risk}`
    case 'type':
      return or(row.nhi_type)
    case 'owner':
      return row.owner ? visible(row.owner.name) + (row.owner.missing ? ` (${row.owner.missing})` : '') : kit.owner.none
    case 'last_used':
      return row.last_used?.at ? absolute(row.last_used.at) : sawNone(row) ? kit.notSeen : kit.unknown
    case 'age':
      return row.created ? relative(row.created) : kit.unknown
    case 'first_seen':
      return date0(row.first_seen)
    case 'lifecycle':
      return or(row.lifecycle?.value)
    case 'verdict':
      return or(row.verdict?.value)
    case 'system':
      return visible(row.ref.split('/')[0])
    case 'unit':
      return or(row.business_unit)
    case 'tier':
      return row.tier === null ? kit.unknown : String(row.tier)
    case 'credentials':
    case 'places':
      return count(row[id])
    case 'sources':
    case 'tags':
      return (row[id] ?? []).map((text) => visible(text)).join(', ')
    case 'reach':
      return more?.reach ? t.reach.text(more.reach.things, more.reach.exact, more.reach.tier0) : kit.unknown
    case 'activity':
      return more?.activity && more.activity.unknown < more.activity.days.length ? t.use.text(more.activity.used, more.activity.quiet, more.activity.unknown) : kit.unknown
    case 'next_due':
      return !more?.next_due ? kit.unknown : more.next_due.at ? `${date(more.next_due.at)}: ${visible(more.next_due.what)}` : more.next_due.unknown > 0 ? kit.unknown : t.due.none
    default:
      return or((row as unknown as Record<string, string | null>)[id])
  }
}
