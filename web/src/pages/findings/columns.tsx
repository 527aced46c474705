import { Ago, Breaks, levelOf, Name, Severity, Unknown, type Column } from '@/kit'
import { sentence, visible } from '@/kit/format'
import { findings as t } from '@/text/findings'
import type { Finding } from './data'
import { State } from './FindingPanel'
import css from './findings.module.css'

/** The columns of the list. */
export const columns: Column<Finding>[] = [
  { id: 'severity', head: t.columns.severity, width: 100, sort: 'severity', first: 'desc', cell: (row) => <Severity level={row.severity} /> },
  { id: 'what', head: t.columns.what, width: 240, grow: true, sort: 'name', cell: (row) => <span className={css.cut} title={visible(row.what)}>{sentence(visible(row.what, 400), row.subject.name)}</span> },
  { id: 'risk', head: t.columns.risk, width: 112, sort: 'risk', first: 'desc', cell: (row) => (row.risk === null || row.risk === undefined ? <Unknown>?</Unknown> : <Severity level={levelOf(row.risk)} score={row.risk} />) },
  { id: 'owner', head: t.columns.owner, width: 140, sort: 'owner', cell: (row) => (row.owner ? <Name value={row.owner} /> : <span className={css.alarm}>{t.nobody}</span>) },
  { id: 'state', head: t.columns.state, width: 96, sort: 'state', cell: (row) => <State state={row.state} /> },
  { id: 'since', head: t.columns.since, width: 84, sort: 'first_seen', cell: (row) => <Ago at={row.first_seen} /> },
  { id: 'dependents', head: t.columns.dependents, width: 136, sort: 'dependents', first: 'desc', align: 'end', cell: (row) => <Breaks of={row.breaks} /> },
]
