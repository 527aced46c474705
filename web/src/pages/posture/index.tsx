import { Menu } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { address } from '@/api/client'
import { useApi } from '@/api/hooks'
import { carry, useGo } from '@/app/Link'
import { useScope } from '@/app/scope'
import { shareHere } from '@/app/share'
import { useUrl } from '@/app/url'
import { Ago, Answer, Button, Card, ChartFrame, Command, Empty, follow, LinkButton, Page, Severity, shell, ShowAs, Unknown } from '@/kit'
import { count, percent, visible, words } from '@/kit/format'
import { home } from '@/text/home'
import { posture as t } from '@/text/posture'
import { Trend } from '../home/Trend'
import { Flow } from './Flow'
import { Heat } from './Heat'
import css from './posture.module.css'
import type { Axis, Posture } from './types'

/** How it stands: the score with its sum, controls by environment, what came and went, what was accepted. */
export default function PosturePage() {
  const [url, set] = useUrl({ framework: '', vs: '30d' })
  const { asOf, env } = useScope()
  const go = useGo()
  const query = useApi<Posture>('/posture', { env }, { keep: true })
  const data = query.data
  // The same question of some days before. Where nothing was known then, nothing is compared.
  const days = url.vs in t.vs.periods ? Number.parseInt(url.vs) : 30
  const then = !data || !asOf ? `${days}d` : new Date(Date.parse(data.at) - days * 86_400_000).toISOString().replace(/\.\d+Z$/, 'Z')
  const old = useApi<Posture>('/posture', { env, as_of: then }, { timeless: true, enabled: !!data?.score, staleTime: 60_000 })
  const before = old.data?.score ? old.data : undefined
  const api = address('/posture', { env, as_of: asOf })
  const open = data?.severities.reduce((sum, one) => sum + one.open, 0) ?? 0
  return (
    <Page
      title={t.title}
      lead={
        data && data.state === 'ready' ? (
          <>
            {data.score ? t.lead(data.score.total, data.score.max, open) : t.noScore} {env && home.inEnv(visible(env))} {t.checked} <Ago at={data.checked_at} />.
          </>
        ) : undefined
      }
      actions={
        <>
          <Button look="quiet" icon="share" onClick={() => void shareHere()}>
            {t.share}
          </Button>
          <ShowAs cli={`drover report posture${asOf ? ` --as-of ${shell(asOf)}` : ''}`} api={api} />
          <Menu position="bottom-end">
            <Menu.Target>
              <Button look="quiet" icon="download" data-shortcut="export">
                {t.exports.label}
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              {/* The report is of every environment: of one alone there is this page. */}
              {!env && (['pdf', 'html', 'csv', 'md'] as const).map((format) => (
                <Menu.Item key={format} onClick={() => follow(address('/reports/posture', { format, as_of: asOf }), `posture.${format}`)}>
                  {t.exports[format]}
                </Menu.Item>
              ))}
              <Menu.Item onClick={() => follow(api, 'posture.json')}>{t.exports.json}</Menu.Item>
              <Menu.Item onClick={() => print()}>{t.exports.print}</Menu.Item>
            </Menu.Dropdown>
          </Menu>
        </>
      }
    >
      <Answer query={query} lines={16}>
        {(v) =>
          v.state === 'empty' ? (
            <Empty title={t.empty.title} icon="posture" actions={<Button look="primary" onClick={() => go('/welcome')}>{t.empty.action}</Button>}>
              {t.empty.text}
            </Empty>
          ) : (
            <div className={css.board}>
              {v.state === 'unchecked' && (
                <div className={css.note} role="status">
                  <p>{t.unchecked}</p>
                  <Command text="drover check" />
                </div>
              )}
              <div className={css.two}>
                {v.score && <Score score={v.score} before={before?.score ?? undefined} period={t.vs.periods[`${days}d`]} known={!old.isPending && !old.isFetching} fell={fell(data, before)} choice={<Period value={`${days}d`} onChange={(vs) => set({ vs })} />} />}
                <Maturity axes={v.maturity ?? []} />
              </div>
              <Heat frameworks={v.frameworks ?? []} envs={v.envs ?? []} chosen={url.framework} onChoose={(framework) => set({ framework })} />
              <div className={css.even}>
                <Trend trend={v.trend} env={env} />
                <Flow trend={v.trend} />
              </div>
              <div className={`${css.two} ${css.start}`}>
                <Exceptions exceptions={v.exceptions} />
                <Areas areas={v.areas ?? []} />
              </div>
              <Gaps title={t.failed} items={v.failed} />
              <Gaps title={t.unknowns} items={v.unknowns} />
            </div>
          )
        }
      </Answer>
    </Page>
  )
}

/** What the score is compared with. */
function Period({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  return (
    <label className={css.period}>
      {t.vs.label}{' '}
      <select value={value} onChange={(event) => onChange(event.target.value)}>
        {Object.entries(t.vs.periods).map(([id, label]) => (
          <option key={id} value={id}>
            {label}
          </option>
        ))}
      </select>
    </label>
  )
}

/** How many points came or went; a sign and a word, not a colour alone. */
function Delta({ now, was, period }: { now: number; was: number; period?: string }) {
  const by = now - was
  return (
    <span className={css.delta} data-way={by > 0 ? 'up' : by < 0 ? 'down' : undefined}>
      {by > 0 ? '+' : by < 0 ? '−' : '±'}
      {Math.abs(by)}
      {period && ` ${t.vs.since(period, was)}`}
    </span>
  )
}

/** What moved in the same time: a score of whole points holds still while findings come and go. */
function fell(now: Posture | undefined, then: Posture | undefined): string | undefined {
  const open = (v: Posture) => v.severities.reduce((sum, one) => sum + one.open, 0)
  return now && then ? t.vs.moved(open(then), open(now)) : undefined
}

/** The score with every number that it is made of. */
function Score({ score, before, period, known, choice, fell }: { score: NonNullable<Posture['score']>; before?: NonNullable<Posture['score']>; period: string; known: boolean; choice: ReactNode; fell?: string }) {
  const then = (id: string) => before?.parts.find((part) => part.id === id)
  const was = (id: string) => then(id)?.points
  const sum = score.parts.map((part) => part.points).join(' + ')
  const name = (id: string, says: string) => t.score.names[id] ?? visible(says)
  return (
    <ChartFrame title={t.score.title(sum, score.total, score.max)} name="posture-score" actions={choice} table={{ columns: [t.score.part, t.score.points, period, t.score.share, t.score.unknown, t.score.lost], rows: [...score.parts.map((part) => [visible(part.says), `${part.points} / ${part.max}`, was(part.id) ?? null, t.score.of(part.n, part.of), part.unknown, part.lost]), [t.score.sum, `${score.total} / ${score.max}`, before?.total ?? null, '', '', '']] }}>
      <div className={css.score}>
        <p className={css.total}>
          <strong>{score.total}</strong> <span className="muted">/ {score.max}</span>
          <span className={css.vs}>{before ? <Delta now={score.total} was={before.total} period={period} /> : known ? <Unknown why={t.vs.why(period)}>{t.vs.unknown(period)}</Unknown> : <span className="muted" role="status">{t.vs.wait(period)}</span>}</span>
          {before && fell && <span className={css.vs}>{fell}</span>}
        </p>
        <ul className={css.parts}>
          {score.parts.map((part) => (
            <li key={part.id}>
              <span className={css.partName}>{name(part.id, part.says)}</span>
              <span className={css.points}>
                {was(part.id) !== undefined && was(part.id) !== part.points && <Delta now={part.points} was={was(part.id)!} />} {part.points} <span className="muted">/ {part.max}</span>
              </span>
              <span className={css.track} aria-hidden="true">
                <span className={css.got} style={{ width: `${(part.points / Math.max(1, part.max)) * 100}%` }} />
                <span className="hatched" style={{ width: `${(part.lost / Math.max(1, part.max)) * 100}%` }} />
              </span>
              <span className={css.sub}>
                {t.score.of(part.n, part.of)} ({percent(part.n, part.of)}){then(part.id) && ` · ${t.vs.was(then(part.id)!.n, then(part.id)!.of)}`}{part.unknown > 0 && ` · ${count(part.unknown)} ${t.score.unknown.toLowerCase()}`}
                {part.lost > 0 && `: ${t.score.lostN(part.lost)}`}
              </span>
            </li>
          ))}
        </ul>
        <p className="muted">{visible(score.how)}</p>
      </div>
    </ChartFrame>
  )
}

function Maturity({ axes }: { axes: Axis[] }) {
  return (
    <ChartFrame title={t.maturity.title(axes.filter((axis) => axis.level === null).length, axes.flatMap((axis) => axis.level ?? []), axes.filter((axis) => axis.level !== null && axis.level === Math.min(...axes.flatMap((one) => one.level ?? []))).map((axis) => t.maturity.names[axis.axis] ?? axis.axis))} name="maturity" table={{ columns: [t.maturity.axis, t.maturity.level, t.maturity.best, t.maturity.share, t.maturity.why], rows: axes.map((axis) => [t.maturity.names[axis.axis] ?? axis.axis, axis.level, axis.at_best, axis.of > 0 ? t.score.of(axis.n, axis.of) : null, axis.why || axis.says]) }}>
      <ul className={css.axes}>
        {axes.map((axis) => (
          <li key={axis.axis} title={visible(axis.says)}>
            <span>{t.maturity.names[axis.axis] ?? words(axis.axis)}</span>
            <span className={css.steps} aria-hidden="true">
              {[1, 2, 3, 4, 5].map((step) => (
                <span key={step} className={axis.level === null || (step > axis.level && step <= (axis.at_best ?? 0)) ? 'hatched' : undefined} data-on={(axis.level !== null && step <= axis.level) || undefined} />
              ))}
            </span>
            {axis.level === null ? <Unknown why={visible(axis.why)} /> : <span className={css.level}><span className="visually-hidden">{t.maturity.of(axis.level)}</span><span aria-hidden="true">{axis.level}</span></span>}
            <span className={css.sub}>
              {axis.level === null ? (
                visible(axis.why)
              ) : (
                <>
                  {axis.missing > 0 ? axis.filter ? <Link to="/identities" search={carry({ filter: axis.filter })}>{t.maturity.missing(axis.missing)}</Link> : t.maturity.missing(axis.missing) : t.maturity.top}
                  {axis.at_best !== null && axis.at_best > axis.level && ` · ${t.maturity.upTo(axis.at_best)}`}
                </>
              )}
            </span>
          </li>
        ))}
      </ul>
    </ChartFrame>
  )
}

function Exceptions({ exceptions }: { exceptions: Posture['exceptions'] }) {
  const items = exceptions?.items ?? []
  return (
    <Card
      title={t.exceptions.title(items.length, exceptions?.findings ?? 0)}
      id="exceptions"
      flush={items.length > 0}
      actions={
        items.length > 0 ? (
          <LinkButton small look="quiet" to="/findings" search={carry({ by: 'list', filter: 'state=accepted' })}>
            {t.exceptions.show}
          </LinkButton>
        ) : undefined
      }
    >
      {items.length === 0 ? (
        <p className="muted">{t.exceptions.none}</p>
      ) : (
        <table className={css.table}>
          <thead>
            <tr>
              <th scope="col">{t.exceptions.worst}</th>
              <th scope="col">{t.exceptions.says}</th>
              <th scope="col">{t.exceptions.findings}</th>
              <th scope="col">{t.exceptions.until}</th>
            </tr>
          </thead>
          <tbody>
            {items.slice(0, 100).map((item, i) => (
              <tr key={i}>
                <td>
                  <Severity level={item.worst} />
                </td>
                <td className={css.says}>{visible(item.says)}</td>
                <td>{count(item.findings)}</td>
                <td>{item.lapsed ? <span className={css.alarm}>{t.exceptions.lapsed}</span> : item.until ? <Ago at={item.until} /> : <span className="muted">{t.exceptions.inText}</span>}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Card>
  )
}

function Areas({ areas }: { areas: Posture['areas'] }) {
  return (
    <Card title={t.areas.title} id="areas" flush>
      <table className={css.table}>
        <thead>
          <tr>
            <th scope="col">{t.areas.area}</th>
            <th scope="col">{t.areas.worst}</th>
            <th scope="col">{t.areas.findings}</th>
            <th scope="col">{t.areas.checks}</th>
          </tr>
        </thead>
        <tbody>
          {areas.map((area) => (
            <tr key={area.area}>
              <th scope="row">
                <Link to="/findings" search={carry({ filter: `area=${area.area}` })}>
                  {words(area.area)}
                </Link>
              </th>
              <td>{area.worst ? <Severity level={area.worst} /> : <span className="muted">–</span>}</td>
              <td>{count(area.findings)}</td>
              <td>{count(area.checks)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Card>
  )
}

function Gaps({ title, items }: { title: string; items: string[] | null }) {
  if (!items?.length) return null
  return (
    <Card title={title} id={title.replace(/\W/g, '-')}>
      <ul className={css.gaps}>
        {items.map((one, i) => (
          <li key={i}>{visible(one)}</li>
        ))}
      </ul>
    </Card>
  )
}
