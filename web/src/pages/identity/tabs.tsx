import { useState } from 'react'
import type { Age, Grade as GradeOf, Level } from '@/api/types'
import { useUrl } from '@/app/url'
import { ownUnknown, reachesNothing } from '@/pages/explore/question'
import { Ago, Answer, BreaksText, Button, Card, ChartFrame, Command, Copy, Empty, Grade, Loading, Name, NodeLink, sawNone, Severity, Tag, Unknown } from '@/kit'
import { absolute, capital, count, date, sentence, visible, words } from '@/kit/format'
import { useList } from '@/api/hooks'
import type { Finding } from '@/api/types'
import { verb } from '@/graph/verbs'
import { identity as t } from '@/text/identity'
import { kit } from '@/text/kit'
import { makersOf, useBlast, useCreators, useDependents, useDiff, useFindingLines, useGrants, useReached, useTimeline, type Credential, type Detail, type Diff, type Grant } from './data'
import css from './identity.module.css'

const levelOrder = ['escalate', 'execute', 'secrets', 'permissions', 'delete', 'write', 'read', 'list']
const levelColour: Record<string, Level> = { escalate: 'critical', execute: 'high', secrets: 'high', permissions: 'high', delete: 'medium', write: 'medium', read: 'low', list: 'info' }

export function AccessTab({ detail }: { detail: Detail }) {
  const id = detail.item.id
  const blast = useBlast(id)
  const grants = useGrants(id)
  const reached = useReached(id)
  return (
    <div className={css.stack}>
      <Answer query={blast} small>
        {(data) => {
          const levels = Object.entries(data.reach.by_level ?? {}).sort((a, b) => levelOrder.indexOf(a[0]) - levelOrder.indexOf(b[0]))
          const most = levels.length > 0 ? (t.access.levels[levels.reduce((a, b) => (b[1] > a[1] ? b : a))[0]] ?? '') : ''
          const max = Math.max(1, ...levels.map(([, n]) => n))
          const why = ownUnknown(grants.data)
          const unknown = reachesNothing(data) && why !== undefined
          if (reachesNothing(data) && grants.isPending) return <Loading lines={3} />
          return (
            <ChartFrame title={unknown ? t.access.unknown : t.access.title(data.reach.resources, most)} name="access-by-level" table={{ columns: [t.access.level, t.access.resources], rows: levels.map(([level, n]) => [level, n]) }}>
              {levels.length > 0 && (
                <ul className={css.bars}>
                  {levels.map(([level, n]) => (
                    <li key={level}>
                      <span>{t.access.levels[level] ?? words(level)}</span>
                      <span className={css.track}>
                        <span style={{ width: `${(n / max) * 100}%`, background: `var(--${levelColour[level] ?? 'info'})`, borderColor: `var(--${levelColour[level] ?? 'info'}-edge)` }} />
                      </span>
                      <span>{count(n)}</span>
                    </li>
                  ))}
                </ul>
              )}
              {unknown ? (
                <div className={`${css.unknownBox} hatched`}>
                  <p>{capital(visible(why, 200))}.</p>
                </div>
              ) : (
                <p className="muted">{t.access.becomes(data.reach.identities)}</p>
              )}
              {data.cut && (
                <p className={css.cut}>
                  <strong>{t.access.cut}:</strong> {visible(data.cut.what)} <span className="muted">({t.access.cutTo(data.cut.removes.resources.before, data.cut.removes.resources.after)})</span>
                </p>
              )}
            </ChartFrame>
          )
        }}
      </Answer>
      <Card title={t.access.own} flush>
        <Answer query={grants} small>
          {(data) => {
            const unknown = ownUnknown(data)
            if (unknown !== undefined) return <Empty small title={t.access.ownUnknown}>{capital(visible(unknown, 200))}.</Empty>
            return data.items.length === 0 ? <Empty small title={t.access.ownEmpty} /> : <Grants items={data.items} />
          }}
        </Answer>
      </Card>
      <Card title={t.access.reached} flush>
        <Answer query={reached} small>
          {(data) => data.items.length === 0 ? (
            <Empty small title={ownUnknown(grants.data) === undefined ? t.access.title(0, '') : t.access.unknown} />
          ) : (
            <div className={css.scroll} tabIndex={0} role="group" aria-label={t.access.reached}>
              <table className={css.table}>
                <thead>
                  <tr>
                    <th scope="col">{t.access.on}</th>
                    <th scope="col">{t.access.level}</th>
                    <th scope="col">{t.access.hops}</th>
                    <th scope="col">{t.access.via}</th>
                    <th scope="col">{t.access.grade}</th>
                  </tr>
                </thead>
                <tbody>
                  {data.items.map((row) => (
                    <tr key={row.ref + row.level}>
                      <td>
                        <NodeLink node={row} /> {row.tier0 && <Tag value="T0" look="tier0" />}
                      </td>
                      <td>{t.access.levels[row.level] ?? words(row.level)}</td>
                      <td>{row.hops}</td>
                      <td>{row.via ? <NodeLink node={row.via} plain /> : '–'}</td>
                      <td>
                        <Grade grade={row.grade} />
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          )}
        </Answer>
      </Card>
      {grants.data && <NotAnalysed age={grants.data} system={detail.item.ref.split('/')[0]} />}
    </div>
  )
}

function Grants({ items }: { items: Grant[] }) {
  const [all, setAll] = useState(false)
  const shown = all ? items : items.slice(0, 12)
  return (
    <div className={css.scroll} tabIndex={0} role="group" aria-label={t.access.own}>
      <table className={css.table}>
        <thead>
          <tr>
            <th scope="col">{t.access.level}</th>
            <th scope="col">{t.access.action}</th>
            <th scope="col">{t.access.on}</th>
            <th scope="col">{t.access.why}</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((grant, i) => (
            <tr key={i}>
              <td className={css.short}>{t.access.levels[grant.level] ?? words(grant.level)}</td>
              <td>
                <Pattern of={grant.actions} />
              </td>
              <td>
                <Pattern of={grant.resources} />
                {grant.condition && (
                  <div className="muted">
                    {t.access.condition} <code>{visible(grant.condition, 400)}</code>
                  </div>
                )}
              </td>
              <td>
                {grant.proof.slice(0, 2).map((proof, j) => (
                  <div key={j}>{proof.text ? sentence(visible(proof.text, 400)) : <code>{visible(proof.statement, 400)}</code>}</div>
                ))}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {items.length > shown.length && (
        <Button small look="quiet" onClick={() => setAll(true)}>
          {kit.facets.more(items.length - shown.length)}
        </Button>
      )}
    </div>
  )
}

function Pattern({ of }: { of: { in?: string[]; not_in?: string[] } | null }) {
  if (!of) return <Unknown />
  const list = of.in ?? []
  const not = of.not_in ?? []
  return (
    <code className={css.pattern}>
      {list.slice(0, 6).map((one) => visible(one, 200)).join(', ') || t.access.all}
      {list.length > 6 && ` +${list.length - 6}`}
      {not.length > 0 && ` ${t.access.except} ${not.slice(0, 4).map((one) => visible(one, 200)).join(', ')}`}
    </code>
  )
}

/** What was not looked at: what concerns this thing's system first, the rest on demand. */
function NotAnalysed({ age, system }: { age: Age; system: string }) {
  const near = age.not_analysed.filter((one) => one.system === system)
  if (near.length === 0) return null
  return (
    <Card title={t.access.notAnalysed}>
      <ul className={css.notAnalysed}>
        {near.map((one, i) => (
          <li key={i}>
            <span className={`${css.hatch} hatched`} aria-hidden="true" />
            {visible(one.what)} <span className="muted">({visible(one.why)})</span>
          </li>
        ))}
      </ul>
    </Card>
  )
}

export function UseTab({ detail }: { detail: Detail }) {
  const item = detail.item
  const seen = detail.evidence
  const granted = Number(item.attrs.granted_permissions)
  const used = Array.isArray(item.attrs.used_permissions) ? item.attrs.used_permissions.length : undefined
  const runs = detail.edges.filter((edge) => edge.kind === 'runs_as' && edge.direction === 'in')
  return (
    <div className={css.stack}>
      <Card title={t.use.last}>
        {item.last_used ? (
          <p>
            <Ago at={item.last_used.at} /> <span className="muted">({absolute(item.last_used.at)})</span> <Grade grade={item.last_used.grade} source={item.last_used.source} /> <code>{visible(item.last_used.source)}</code>
          </p>
        ) : sawNone(item) ? null : (
          <div className={`${css.unknownBox} hatched`}>
            <p>{t.use.unknown}</p>
          </div>
        )}
        {item.lifecycle && <p className="muted">{visible(item.lifecycle.reason)}</p>}
        {used !== undefined && granted > 0 && <p>{t.access.used(used, granted)}</p>}
      </Card>
      {seen.length > 0 && (
        <Card title={t.use.source} flush>
          <div className={css.scroll} tabIndex={0} role="group" aria-label={t.use.source}>
            <table className={css.table}>
              <tbody>
                {seen.map((one, i) => (
                  <tr key={i}>
                    <th scope="row">{words(one.claim)}</th>
                    <td>{one.value ? <code>{visible(one.value, 300)}</code> : ''}</td>
                    <td data-end>{one.count !== undefined ? count(one.count) : ''}</td>
                    <td>
                      <Ago at={one.at} />
                    </td>
                    <td>
                      <code>{visible(one.source)}</code>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </Card>
      )}
      <Card title={t.use.runs} flush>
        {runs.length === 0 ? <Empty small title={t.use.noRuns} /> : (
          <ul className={css.lines}>
            {runs.map((edge) => (
              <li key={edge.ref}>
                <NodeLink node={{ ref: edge.ref, name: edge.name, kind: 'workload' }} /> <span className="muted">{visible(edge.type)}</span> <Grade grade={edge.grade} source={edge.proof} />
              </li>
            ))}
          </ul>
        )}
      </Card>
    </div>
  )
}

export function CredentialsTab({ detail }: { detail: Detail }) {
  const refs = detail.members.length > 0 ? detail.members.map((member) => member.ref) : [detail.item.ref]
  const filter = detail.item.kind === 'credential' ? `ref="${detail.item.ref}"` : `identity=${refs.slice(0, 20).map((ref) => `"${ref.replace(/(["\\])/g, '\\$1')}"`).join(',')}`
  const list = useList<Credential>('credentials', { filter }, { pageSize: 100 })
  return (
    <Answer query={{ data: list.first, error: list.error, isPending: list.isPending, refetch: list.refetch }} small>
      {() => (list.rows.length === 0 ? <Empty small title={t.credentials.none}>{t.credentials.noneText}</Empty> : <div className={css.stack}>{list.rows.map((one) => <CredentialCard key={one.id} one={one} />)}</div>)}
    </Answer>
  )
}

function CredentialCard({ one }: { one: Credential }) {
  const noEnd = one.attrs?.no_expiry === true
  return (
    <Card title={<NodeLink node={{ ...one, kind: 'credential' }} />} actions={one.status ? <Tag value={words(one.status)} /> : <Unknown />}>
      <dl className={css.facts}>
        <div>
          <dt>{t.credentials.age}</dt>
          <dd>
            <Ago at={one.created} bare />
          </dd>
        </div>
        <div>
          <dt>{t.credentials.rotated}</dt>
          <dd>
            <Ago at={one.rotated} />
          </dd>
        </div>
        <div>
          <dt>{t.credentials.expires}</dt>
          <dd>{noEnd && !one.expires ? t.credentials.noEnd : <Ago at={one.expires} />}</dd>
        </div>
        <div>
          <dt>{t.credentials.lastUsed}</dt>
          <dd>
            <Ago at={one.last_used?.at} />
          </dd>
        </div>
        {one.fingerprint && (
          <div>
            <dt>{t.credentials.fingerprint}</dt>
            <dd>
              <code>{visible(one.fingerprint)}</code>
            </dd>
          </div>
        )}
      </dl>
      <h3 className={css.sub}>
        {t.credentials.places} <span className="muted">{one.places?.length || ''}</span>
      </h3>
      {!one.places?.length ? (
        <p className="muted">{t.credentials.noPlaces}</p>
      ) : (
        <ul className={css.places}>
          {one.places.map((place) => (
            <li key={place.ref} data-public={place.exposure === 'public' || undefined}>
              <code>{visible(place.name, 400)}</code>
              <span className={place.exposure === 'public' ? css.alarm : 'muted'}>{t.credentials.exposure[place.exposure ?? 'unknown'] ?? visible(place.exposure ?? '')}</span>
              {place.author && (
                <span className="muted">
                  {t.credentials.author} {visible(place.author)}
                </span>
              )}
              {place.in_head === false && <span className="muted">{t.credentials.notInHead}</span>}
            </li>
          ))}
        </ul>
      )}
    </Card>
  )
}

export function DependentsTab({ detail }: { detail: Detail }) {
  const deps = useDependents(detail.item.id)
  return (
    <Answer query={deps} small>
      {(data) => (
        <Card flush title={t.dependents.title(data.things, data.proven, data.not_analysed.length)}>
          {data.items.length > 0 && (
            <div className={css.scroll} tabIndex={0} role="group" aria-label={t.tabs.dependents}>
              <table className={css.table}>
                <thead>
                  <tr>
                    <th scope="col">{t.dependents.what}</th>
                    <th scope="col">{t.dependents.how}</th>
                    <th scope="col">{t.dependents.through}</th>
                    <th scope="col">{t.dependents.sure}</th>
                    <th scope="col">{t.dependents.last}</th>
                    <th scope="col">{t.dependents.proof}</th>
                  </tr>
                </thead>
                <tbody>
                  {data.items.map((one, i) => (
                    <tr key={one.ref + i}>
                      <td>
                        <NodeLink node={one} />
                      </td>
                      <td>{visible(one.how)}</td>
                      <td>{one.through ? <NodeLink node={one.through} plain /> : '–'}</td>
                      <td>
                        <Grade grade={one.grade} />
                      </td>
                      <td>
                        <Ago at={one.last_used} />
                      </td>
                      <td className="muted" data-long>
                        {visible(one.proof, 200)}
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          )}
          {data.total > data.items.length && <p className={css.rest}>{t.dependents.rest(data.items.length, data.total)}</p>}
        </Card>
      )}
    </Answer>
  )
}

export function FindingsTab({ detail }: { detail: Detail }) {
  const found = useFindingLines(detail)
  const ids = found.lines?.map((one) => one.id) ?? []
  const list = useList<Finding>('findings', { filter: `id=${ids.join(',')}` }, { enabled: ids.length > 0, pageSize: 200 })
  if (!found.lines) return <Answer query={{ ...found, data: undefined }} small>{() => null}</Answer>
  if (ids.length === 0) return <Empty small title={t.findings.none}>{t.findings.noneText}</Empty>
  return (
    <Answer query={{ data: list.first, error: list.error, isPending: list.isPending, refetch: list.refetch }} small>
      {() => (
        <div className={css.stack}>
          {list.rows.map((finding) => (
            <Card
              key={finding.id}
                    title={
                <span className={css.findingHead}>
                  <Severity level={finding.severity} solid /> {sentence(visible(finding.what), finding.subject.name)}
                </span>
              }
              actions={<Tag value={words(finding.state)} />}
            >
              <dl className={css.five}>
                <dt>{t.findings.why}</dt>
                <dd>{sentence(visible(finding.why))}</dd>
                <dt>{t.findings.evidence}</dt>
                <dd>
                  <ul>
                    {finding.evidence.map((one, i) => (
                      <li key={i}>
                        {sentence(visible(one.text))} <Grade grade={one.grade} source={one.source} />
                      </li>
                    ))}
                  </ul>
                </dd>
                <dt>{t.findings.fix}</dt>
                <dd>
                  <p>{sentence(visible(finding.fix.text))}</p>
                  {finding.fix.command && <Command text={finding.fix.command} />}
                </dd>
                <dt>{t.findings.breaks}</dt>
                <dd>
                  <BreaksText breaks={finding.breaks} />
                </dd>
              </dl>
            </Card>
          ))}
        </div>
      )}
    </Answer>
  )
}

const periods = ['7d', '30d', '90d', '365d']

export function ActivityTab({ detail }: { detail: Detail }) {
  const [url, set] = useUrl({ since: '90d' })
  const diff = useDiff(detail.item.id, url.since)
  const timeline = useTimeline(detail.item.id)
  const creators = useCreators(detail.item.id)
  return (
    <div className={css.stack}>
      <Card title={t.activity.made}>
        <p>
          {t.activity.created}: {detail.item.created ? date(detail.item.created) : <Unknown />} · {t.activity.first}: {detail.item.first_seen ? date(detail.item.first_seen) : <Unknown />}
        </p>
        <Answer query={creators} small lines={2}>
          {(data) =>
            (data.chain ?? []).length === 0 ? (
              <p className="muted">{t.activity.noMaker}</p>
            ) : (
              <ol className={css.chain}>
                {makersOf(data).map(({ one, of, level }, i) => (
                  <li key={i} data-level={Math.min(level, 6)}>
                    <NodeLink node={one} /> {one.left && <span className={css.alarm}>{t.activity.left} </span>}
                    <span className="muted">
                      {verb(one.how)} <Name value={of} limit={90} />
                    </span>{' '}
                    <Grade grade={one.grade as GradeOf} source={one.proof} />
                  </li>
                ))}
              </ol>
            )
          }
        </Answer>
      </Card>
      <Card title={t.activity.timeline} flush>
        <Answer query={timeline} small>
          {(data) =>
            data.items.length === 0 ? (
              <Empty small title={t.activity.none} />
            ) : (
              <ol className={css.timeline}>
                {data.items.map((one, i) => (
                  <li key={i}>
                    <Ago at={one.at} />
                    <span>
                      {visible(one.what)}
                      {one.who && <span className="muted"> {t.activity.by(visible(one.who))}</span>}
                    </span>
                    {one.source && <code className="muted">{visible(one.source)}</code>}
                  </li>
                ))}
                {data.more > 0 && <li className="muted">{t.activity.earlier(data.more)}</li>}
              </ol>
            )
          }
        </Answer>
      </Card>
      <Card
        title={t.activity.changes}
        flush
        actions={
          <div className={css.quick} role="group" aria-label={t.activity.since}>
            {periods.map((period) => (
              <Button key={period} small look="quiet" on={url.since === period} onClick={() => set({ since: period })}>
                {t.activity.days(period.slice(0, -1))}
              </Button>
            ))}
          </div>
        }
      >
        <Answer query={diff} small>
          {(data) => <Changes diff={data} />}
        </Answer>
      </Card>
    </div>
  )
}

/** What was added, changed and taken away between two moments. */
export function Changes({ diff, limit = 200 }: { diff: Diff; limit?: number }) {
  const [shown, setShown] = useState(limit)
  if (diff.items.length === 0) return <Empty small title={t.activity.none}>{t.activity.noneText}</Empty>
  return (
    <>
      <ul className={css.changes}>
        {diff.items.slice(0, shown).map((one, i) => (
          <li key={i}>
            <span className={css.change} data-change={one.change}>
              {one.change === 'added' ? '+' : one.change === 'removed' ? '−' : '~'}
              <span className="visually-hidden">{t.activity[one.change]}</span>
            </span>
            <span className={css.changeWhat}>
              {!one.to && words(one.kind ?? one.what)} <NodeLink node={{ ref: one.ref, name: one.name || nameOf(one.ref) }} plain />
              {one.to && (
                <>
                  {` ${one.what === 'edge' ? words(one.kind ?? one.what) : '→'} `}
                  <NodeLink node={{ ref: one.to, name: one.to_name || nameOf(one.to) }} plain />
                </>
              )}
              {Object.entries(one.fields ?? {}).map(([field, value]) => (
                <span key={field} className={css.field}>
                  {words(field)}: <code>{show(value.from)}</code> → <code>{show(value.to)}</code>
                </span>
              ))}
            </span>
          </li>
        ))}
      </ul>
      {diff.items.length > shown && (
        <Button look="quiet" onClick={() => setShown(shown + 500)}>
          {kit.facets.more(diff.items.length - shown)}
        </Button>
      )}
    </>
  )
}

/** What of a ref tells a person most: what it is, and its own id. */
function nameOf(ref: string): string {
  const [, , type, ...id] = ref.split('/').map((part) => {
    try {
      return decodeURIComponent(part)
    } catch {
      return part
    }
  })
  return id.length > 0 ? `${words(type.replace(/^[a-z]+\./, ''))} ${id.join('/').replace(/^name:/, '')}` : ref
}

const show = (value: unknown) => (value === null || value === undefined ? kit.unknown : visible(typeof value === 'string' ? value : JSON.stringify(value), 200))

export function FactsTab({ detail }: { detail: Detail }) {
  const item = detail.item
  const [all, setAll] = useState(false)
  const edges = all ? detail.edges : detail.edges.slice(0, 60)
  return (
    <div className={css.stack}>
      <Card title={t.facts.verdict} flush>
        <div className={css.scroll} tabIndex={0} role="group" aria-label={t.facts.verdict}>
        <table className={css.table}>
          <tbody>
            {Object.entries(detail.values ?? {}).map(([name, value]) => (
              <tr key={name}>
                <th scope="row">{words(name)}</th>
                <td>{words(String(value.value))}</td>
                <td className="muted">{visible(value.reason)}</td>
                <td>
                  <Grade grade={value.grade} source={value.source} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
        </div>
      </Card>
      <Card title={t.facts.attrs} flush>
        <div className={css.scroll} tabIndex={0} role="group" aria-label={t.facts.attrs}>
          <table className={css.table}>
            <tbody>
              <tr>
                <th scope="row">ref</th>
                <td>
                  <code>{visible(item.ref)}</code> <Copy text={item.ref} what="ref" />
                </td>
              </tr>
              <tr>
                <th scope="row">{t.facts.sources}</th>
                <td>{item.sources.map((source) => visible(source)).join(', ')}</td>
              </tr>
              {Object.entries(item.attrs ?? {}).map(([name, value]) => (
                <tr key={name}>
                  <th scope="row">
                    <Name value={name} limit={120} />
                  </th>
                  <td>
                    <code>{visible(typeof value === 'string' ? value : JSON.stringify(value), 2000)}</code>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </Card>
      {item.aliases.length > 0 && (
        <Card title={t.facts.aliases}>
          <ul className={css.plain}>
            {item.aliases.map((alias) => (
              <li key={alias}>
                <code>{visible(alias)}</code> <Copy text={alias} what={t.facts.aliases} />
              </li>
            ))}
          </ul>
        </Card>
      )}
      <Card title={`${t.facts.edges} ${count(detail.edges.length)}`} flush>
        <div className={css.scroll} tabIndex={0} role="group" aria-label={t.facts.edges}>
          <table className={css.table}>
            <tbody>
              {edges.map((edge, i) => (
                <tr key={i}>
                  <td>{edge.direction === 'in' ? '←' : '→'}<span className="visually-hidden">{t.facts[edge.direction]}</span></td>
                  <th scope="row">{words(edge.kind)}</th>
                  <td>
                    <NodeLink node={{ ref: edge.ref, name: edge.name }} plain />
                  </td>
                  <td className="muted">{visible(edge.type)}</td>
                  <td>
                    <Grade grade={edge.grade} source={edge.proof} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
        {detail.edges.length > edges.length && (
          <Button look="quiet" onClick={() => setAll(true)}>
            {kit.facets.more(detail.edges.length - edges.length)}
          </Button>
        )}
      </Card>
    </div>
  )
}
