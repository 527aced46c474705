import { Menu, Popover } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useState, type ReactNode } from 'react'
import { address } from '@/api/client'
import { useApi } from '@/api/hooks'
import { carry } from '@/app/Link'
import { useScope } from '@/app/scope'
import { shareHere } from '@/app/share'
import { useUrl } from '@/app/url'
import { Answer, Breaks, Button, Card, ChartFrame, Empty, follow, LinkButton, Page, Severity, shell, ShowAs } from '@/kit'
import { count, date, percent, visible } from '@/kit/format'
import { nodeTo } from '@/kit/NodeLink'
import { home as t } from '@/text/home'
import { identities } from '@/text/identities'
import { Unchecked } from '../findings/Unchecked'
import WelcomePage from '../welcome'
import css from './home.module.css'
import { Trend } from './Trend'
import { Watched } from './Watched'
import type { CoverageRow, Home, Question } from './types'

export default function HomePage() {
  const { asOf, env } = useScope()
  const query = useApi<Home>('/home', { env }, { keep: true })
  const data = query.data
  const [{ op }] = useUrl({ op: '' })
  // The first run begins here and stays here until somebody leaves it, though what it finds makes this page another.
  if (!asOf && (op || (data?.state === 'empty' && !env))) return <WelcomePage />
  return (
    <Page
      title={t.title}
      heading={data ? <Verdict data={data} /> : t.title}
      lead={env ? t.inEnv(visible(env)) : undefined}
      actions={
        data && (
          <>
            {data.score && <HowScore data={data} />}
            <Button look="quiet" icon="share" onClick={() => void shareHere()}>
              {identities.share}
            </Button>
            <ShowAs cli={`drover report executive${asOf ? ` --as-of ${shell(asOf)}` : ''}`} api={address('/home', { env, as_of: asOf })} />
            <Menu position="bottom-end">
              <Menu.Target>
                <Button look="quiet" icon="download" data-shortcut="export">
                  {identities.export.label}
                </Button>
              </Menu.Target>
              <Menu.Dropdown>
                {!env && (['pdf', 'html', 'csv', 'md'] as const).map((format) => (
                  <Menu.Item key={format} onClick={() => follow(address('/reports/executive', { format, as_of: asOf }), `executive.${format}`)}>
                    {t.exports[format]}
                  </Menu.Item>
                ))}
                <Menu.Item onClick={() => follow(address('/home', { env, as_of: asOf }), 'home.json')}>{t.exports.json}</Menu.Item>
                <Menu.Item onClick={() => print()}>{identities.export.print}</Menu.Item>
              </Menu.Dropdown>
            </Menu>
          </>
        )
      }
    >
      <Answer query={query} lines={10}>
        {(data) => (data.state === 'empty' ? env ? <NoSuch env={env} /> : <Start /> : <Board data={data} env={env} />)}
      </Answer>
    </Page>
  )
}

function Start() {
  return (
    <Empty title={t.empty.title} icon="identities" actions={<LinkButton look="primary" to="/welcome" search={carry()}>{t.scan}</LinkButton>}>
      {t.empty.text}
    </Empty>
  )
}

/** The verdict, with each of its numbers leading to the list behind it. */
function Verdict({ data }: { data: Home }) {
  let parts: ReactNode[] = [visible(data.verdict.text)]
  for (const number of data.verdict.numbers) {
    if (!number.noun) continue
    const digits = String(number.n)
    parts = parts.flatMap((part, i): ReactNode[] => {
      if (typeof part !== 'string') return [part]
      const at = part.search(new RegExp(`(?<![\\d.,])${digits}(?![\\d.,]*\\d)`))
      if (at < 0) return [part]
      return [
        part.slice(0, at),
        <Link key={number.what + i} to={number.noun === 'findings' ? '/findings' : '/identities'} search={carry({ filter: number.filter })} className={css.number}>
          {count(number.n)}
        </Link>,
        part.slice(at + digits.length),
      ]
    })
  }
  return <span className={css.verdict}>{parts}</span>
}

function HowScore({ data }: { data: Home }) {
  const [open, setOpen] = useState(false)
  const score = data.score!
  return (
    <Popover opened={open} onChange={setOpen} width={480} position="bottom-end" trapFocus returnFocus>
      <Popover.Target>
        <Button look="quiet" icon="posture" onClick={() => setOpen(!open)}>
          {t.how}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <h2>{t.score(score.total, score.max)}</h2>
        <p className="muted">{visible(score.how)}</p>
        <table className={css.how}>
          <tbody>
            {score.parts.map((part) => (
              <tr key={part.id}>
                <th scope="row">{visible(part.says)}</th>
                <td>
                  {part.points} <span className="muted">/ {part.max}</span>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
        <LinkButton to="/reports/posture" search={carry()} small>
          {t.posture}
        </LinkButton>
      </Popover.Dropdown>
    </Popover>
  )
}

function NoSuch({ env }: { env: string }) {
  const [, set] = useUrl({ env: '' })
  return <Empty title={t.noEnv(visible(env))} icon="filter" actions={<Button onClick={() => set({ env: undefined })}>{t.allEnvs}</Button>} />
}

function Board({ data, env }: { data: Home; env: string }) {
  return (
    <div className={css.board}>
      <Watched news={data.watched ?? []} />
      <Questions data={data} env={env} />
      <div className={css.two}>
        <div className={css.column}>
          <Fixes data={data} />
          <Trend trend={data.trend} env={env} />
        </div>
        <div className={css.column}>
          <Coverage data={data} />
          <Due data={data} />
        </div>
      </div>
      {(data.unknowns ?? []).length > 0 && (
        <Card title={t.unknowns}>
          <ul className={css.unknowns}>
            {(data.unknowns ?? []).map((text) => (
              <li key={text}>
                <span className={`${css.hatch} hatched`} aria-hidden="true" />
                {visible(text)}
              </li>
            ))}
          </ul>
        </Card>
      )}
    </div>
  )
}

const pageOf = (noun: string) => (noun === 'findings' ? '/findings' : '/identities')

function Questions({ data, env }: { data: Home; env: string }) {
  return (
    <section aria-label={t.questions.title}>
      <ul className={css.questions}>
        {data.questions.map((question) => (
          <QuestionCard key={question.id} question={question} extra={question.id === 'many' && data.ratio !== null && !env ? t.questions.ratio(data.ratio) : undefined} />
        ))}
      </ul>
    </section>
  )
}

function QuestionCard({ question: q, extra }: { question: Question; extra?: string }) {
  const list = q.shown ?? q.others
  const part = (n: number) => `${q.of > 0 ? (n / q.of) * 100 : 0}%`
  const number = <strong>{count(q.n)}</strong>
  return (
    <li className={css.question}>
      <h2>{visible(q.question || t.questions.names[q.id] || q.id)}</h2>
      <p className={css.big}>
        {list ? (
          <Link to={pageOf(list.noun)} search={carry({ filter: list.filter })} title={visible(q.means)}>
            {number}
          </Link>
        ) : (
          number
        )}{' '}
        <span className="muted">of {count(q.of)}</span>
        <span className={css.share}>{percent(q.n, q.of)}</span>
      </p>
      <div className={css.strip} role="img" aria-label={`${count(q.n)} ${t.questions.yes}, ${count(q.known_not)} ${t.questions.no}, ${count(q.unknown)} ${t.questions.unknown}`}>
        <span style={{ width: part(q.n) }} data-part="yes" />
        <span style={{ width: part(q.known_not) }} data-part="no" />
        <span style={{ width: part(q.unknown) }} className="hatched" />
      </div>
      <p className={css.small}>
        {q.unknown > 0 && (q.not_known ? <Link to={pageOf(q.not_known.noun)} search={carry({ filter: q.not_known.filter })}>{t.questions.plus(q.unknown)}</Link> : <span title={visible(q.unknown_as)}>{t.questions.plus(q.unknown)}</span>)}
        {q.known_not > 0 && q.others && q.shown && (
          <Link to={pageOf(q.others.noun)} search={carry({ filter: q.others.filter })}>
            {count(q.known_not)} {q.id === 'many' ? t.questions.people : t.questions.no}
          </Link>
        )}
        {extra && <span>{extra}</span>}
      </p>
    </li>
  )
}

function Fixes({ data }: { data: Home }) {
  const { top, total } = data.fixes
  return (
    <Card
      title={data.state === 'unchecked' ? t.fixes.unknown : t.fixes.title(total)}
      flush
      actions={
        total > 0 && (
          <LinkButton look="quiet" small to="/findings" search={carry()}>
            {t.fixes.all(total)}
          </LinkButton>
        )
      }
    >
      {data.state === 'unchecked' ? (
        <Unchecked small />
      ) : top.length === 0 ? (
        <Empty small title={t.fixes.none} />
      ) : (
        <table className={css.fixes}>
          <thead>
            <tr>
              <th scope="col" colSpan={2}>
                <span className="visually-hidden">{t.fixes.title(1)}</span>
              </th>
              <th scope="col" title={t.fixes.cutHelp}>
                {t.fixes.cut}
              </th>
              <th scope="col">{t.fixes.closes}</th>
              <th scope="col">{t.fixes.breaks}</th>
            </tr>
          </thead>
          <tbody>
            {top.map((fix, i) => (
              <tr key={fix.id}>
                <td className={css.rank}>{i + 1}</td>
                <th scope="row">
                  <Severity level={fix.severity} />
                  <Link to="/findings" search={carry({ panel: fix.id })}>
                    {visible(fix.title)}
                  </Link>
                </th>
                <td>
                  <strong>{fix.risk_removed > 0 ? `−${count(fix.risk_removed)}` : '0'}</strong>
                </td>
                <td>{count(fix.findings)}</td>
                <td title={visible(fix.breaks.text)}>
                  <Breaks of={fix.breaks} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Card>
  )
}

const rowsShown = 24

/** Where each source sees and where nothing does: what is not known is hatched. */
function Coverage({ data }: { data: Home }) {
  const c = data.coverage
  const connected = c.rows.filter((row) => row.id)
  // A kind that a demonstration stands for is not missing.
  const not = c.rows.filter((row) => !row.id && !connected.some((one) => one.id === 'demo.' + row.kind))
  const cellsOf = (row: CoverageRow) => c.capabilities.map((_, i) => row.cells[i])
  return (
    <ChartFrame
      title={t.coverage.title(c.seen, c.stale, not.length)}
      name="coverage"
      table={{ columns: [t.coverage.source, ...c.capabilities.map((one) => t.coverage.capabilities[one] ?? one)], rows: c.rows.map((row) => [row.id || row.title, ...cellsOf(row).map((cell) => (cell ? `${t.coverage.states[cell.state] ?? cell.state}${cell.n ? ` ${cell.n}` : ''}` : null))]) }}
    >
      <div className={css.coverage} role="table" aria-label={t.coverage.title(c.seen, c.stale, not.length)}>
        <div role="row" className={css.covHead}>
          <span role="columnheader">{t.coverage.source}</span>
          {c.capabilities.map((one) => (
            <span role="columnheader" key={one}>
              {t.coverage.capabilities[one] ?? one}
            </span>
          ))}
        </div>
        {connected.slice(0, rowsShown).map((row) => (
          <div role="row" key={row.id}>
            <span role="rowheader" title={visible(row.says)}>
              {visible(row.id.replace(/^demo\./, ''))}
            </span>
            {cellsOf(row).map((cell, i) => (
              <span role="cell" key={i} title={cell && visible(cell.says)}>
                <span className={cell && ['unknown', 'not_connected'].includes(cell.state) ? `${css.cell} hatched` : css.cell} data-state={cell?.state ?? 'unknown'} />
                <span className="visually-hidden">{t.coverage.states[cell?.state ?? 'unknown'] ?? cell?.state}</span>
              </span>
            ))}
          </div>
        ))}
      </div>
      {connected.length > rowsShown && <p className={css.small}>{t.coverage.others(connected.length - rowsShown)}</p>}
      <ul className={css.covKey} aria-label={t.coverage.key}>
        {(['seen', 'partly', 'stale', 'failed', 'unknown', 'none'] as const)
          .filter((state) => connected.some((row) => cellsOf(row).some((cell) => (cell?.state ?? 'unknown') === state)))
          .map((state) => (
            <li key={state}>
              <span className={state === 'unknown' ? `${css.cell} hatched` : css.cell} data-state={state} aria-hidden="true" />
              {t.coverage.states[state]}
            </li>
          ))}
      </ul>
      {not.length > 0 && (
        <p className={css.notConnected}>
          <span className={`${css.hatch} hatched`} aria-hidden="true" />
          {t.coverage.notConnected(not.map((row) => visible(row.title)).slice(0, 6).join(', '))}
          {not.length > 6 && ` +${not.length - 6}`}
        </p>
      )}
      <p className={css.small}>
        <Link to="/sources" search={carry()}>
          {t.coverage.more}
        </Link>
        {c.unseen > 0 && <span>{t.coverage.unseen(c.unseen)}</span>}
      </p>
    </ChartFrame>
  )
}

function Due({ data }: { data: Home }) {
  const due = data.due
  const weekday = new Intl.DateTimeFormat(undefined, { weekday: 'short', timeZone: 'UTC' })
  return (
    <ChartFrame title={t.due.title(due.total, due.overdue)} name="due" table={{ columns: [...t.due.table], rows: due.items.map((item) => [item.name, item.why === 'expires' ? t.due.expires : t.due.rotate, date(item.at), t.due.days(item.days)]) }}>
      <ol className={css.week}>
        {due.days.map((day) => (
          <li key={day.day} data-busy={day.expire + day.rotate > 0 || undefined}>
            <span>{weekday.format(new Date(day.day))}</span>
            <strong>{day.expire + day.rotate || '·'}</strong>
          </li>
        ))}
      </ol>
      {due.items.length === 0 ? (
        <p className="muted">{t.due.none}</p>
      ) : (
        <ul className={css.dueList}>
          {due.items.slice(0, 7).map((item) => (
            <li key={item.id + item.why}>
              <Link {...nodeTo(item.id)} search={carry()}>
                {visible(item.name)}
              </Link>
              <span className={item.days < 0 ? css.late : 'muted'}>
                {item.why === 'expires' ? t.due.expires : t.due.rotate} {t.due.days(item.days)}
              </span>
            </li>
          ))}
          {due.items.length > 7 && <li className="muted">{t.due.others(due.items.length - 7)}</li>}
        </ul>
      )}
    </ChartFrame>
  )
}
