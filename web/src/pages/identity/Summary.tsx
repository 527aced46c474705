import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { Node } from '@/api/types'
import { carry } from '@/app/Link'
import { Answer, LinkButton, Name, sawNone, ScoreSum, Severity, Tag, Unknown } from '@/kit'
import { absolute, capital, relative, sentence, visible, words } from '@/kit/format'
import { nodeTo } from '@/kit/NodeLink'
import { MiniPath } from '@/graph/MiniPath'
import { miniPathOf } from '@/graph/chain'
import type { BlastAnswer } from '@/graph/types'
import { identity as t } from '@/text/identity'
import { ownUnknown, reachesNothing } from '@/pages/explore/question'
import { useBlast, useCreators, useDetail, useFindingLines, useGrants, useNextDue, useRisk, type Detail, type NextDue } from './data'
import css from './identity.module.css'
import { Removed } from './Gone'
import { OwnerCard } from './OwnerCard'

/** What it is, who answers for it, what it opens and whether it is used: in sentences. */
export function Sentence({ item, blast }: { item: Node; blast?: BlastAnswer | null }) {
  const nothing = blast && reachesNothing(blast)
  const own = useGrants(item.id, item.kind === 'identity' && nothing === true)
  const due = useNextDue(item.id, item.kind === 'identity')
  const unknown = ownUnknown(own.data)
  const s = t.sentence
  const parts: ReactNode[] = []
  const what = words(item.nhi_type ?? item.type.split('.').pop() ?? item.kind)
  const [system, tenant] = item.ref.split('/').map((part) => safeDecode(part))
  parts.push(
    <span key="is">
      {what.charAt(0).toUpperCase() + what.slice(1)} in <Name value={system} />
      {tenant && tenant !== '-' && !/^(\d{15,}|[0-9a-f-]{32,36})$/i.test(tenant) && (
        <>
          {' '}
          <span className="muted">
            (<Name value={tenant} limit={60} />)
          </span>
        </>
      )}
      {item.purpose && <> {s.purpose(words(item.purpose))}</>}
      {item.env && <>, {s.env(visible(item.env))}</>}.{' '}
    </span>,
  )
  if (item.kind === 'identity') {
    parts.push(<span key="owner">{!item.owner ? <strong>{s.nobody}</strong> : item.owner.missing === 'left' ? <strong>{s.left(visible(item.owner.name))}</strong> : s.ownedBy(visible(item.owner.name))} </span>)
    parts.push(<span key="use">{item.last_used?.at ? s.usedLast(relative(item.last_used.at)) : (sawNone(item) ?? s.useUnknown)} </span>)
    if (due) parts.push(<Due key="due" due={due} />)
    if (nothing && own.isPending) return <p className={css.sentence}>{parts}</p>
    if (nothing && unknown !== undefined) parts.push(<span key="reach">{s.reachUnknown} <span className="muted">{capital(visible(unknown, 200))}.</span></span>)
    else if (blast) parts.push(<span key="reach">{s.reach(blast.reach.resources, blast.reach.tier0, blast.reach.identities)}</span>)
  }
  return <p className={css.sentence}>{parts}</p>
}

/** What of it is due, and how late that is. */
function Due({ due }: { due: NextDue }) {
  const s = t.sentence
  if (!due.at || due.days === null) return <span>{due.unknown > 0 ? s.dueUnknown : s.dueNone} </span>
  const said = s.due(capital(visible(due.what)), due.days, due.why === 'expires' || due.why === 'stated_end')
  return <span title={absolute(due.at)}>{due.days < 0 ? <strong>{said}</strong> : said} </span>
}

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** Maker, identity, credential, what it opens: one line. */
export function Mini({ detail }: { detail: Detail }) {
  const id = detail.item.id
  const creators = useCreators(id)
  const blast = useBlast(id)
  const own = useGrants(id, detail.item.kind === 'identity' && !!blast.data && reachesNothing(blast.data))
  const steps = miniPathOf(detail as never, creators.data ?? (creators.error ? null : undefined), blast.data ?? (blast.error ? null : undefined), ownUnknown(own.data) !== undefined)
  return (
    <MiniPath
      steps={steps}
      link={(node, children) => (
        <Link {...nodeTo(node.id || (node as { ref?: string }).ref || '')} search={carry()}>
          {children}
        </Link>
      )}
    />
  )
}

/** The first parts of an identity, for the side panel. */
export function IdentitySummary({ id }: { id: string; panel?: boolean }) {
  const detail = useDetail(id)
  // Nothing that is asked of the present answers for what is no more.
  const isIdentity = detail.data?.item.kind === 'identity' && !detail.data.removed
  const risk = useRisk(id, isIdentity)
  const blast = useBlast(id, isIdentity)
  return (
    <Answer query={detail}>
      {(data) => data.removed ? <Removed detail={data} removed={data.removed} /> : (
        <>
          <Sentence item={data.item} blast={blast.data} />
          <div className={css.quick}>
            <LinkButton small icon="external" {...nodeTo(data.item.id)} search={carry()}>
              {t.tabs.overview}
            </LinkButton>
            {isIdentity && (
              <LinkButton small icon="explore" to="/explore" search={carry({ from: data.item.id })}>
                {t.explore}
              </LinkButton>
            )}
          </div>
          {isIdentity && (
            <section>
              <h3>{t.owner.title}</h3>
              <OwnerCard detail={data} />
            </section>
          )}
          {isIdentity && !risk.mayNot && (
            <section>
              <h3>{risk.data ? t.score.title(risk.data.score.total, risk.data.score.level) : t.score.title(0, '…')}</h3>
              <Answer query={risk} small lines={4}>
                {(value) => <ScoreSum score={value.score} />}
              </Answer>
            </section>
          )}
          <section>
            <h3>{t.tabs.findings}</h3>
            <FindingLines detail={data} />
          </section>
          {data.item.lifecycle && (
            <section>
              <h3>{t.use.lifecycle}</h3>
              <p>
                {data.item.lifecycle.value === 'unknown' ? <Unknown /> : <Tag value={words(data.item.lifecycle.value)} />} <span className="muted">{visible(data.item.lifecycle.reason)}</span>
              </p>
            </section>
          )}
        </>
      )}
    </Answer>
  )
}

/** The findings of a thing, a line each. */
export function FindingLines({ detail }: { detail: Detail }) {
  const found = useFindingLines(detail)
  if (!found.lines) return <Answer query={{ ...found, data: undefined }} small lines={2}>{() => null}</Answer>
  const open = found.lines.filter((finding) => finding.state !== 'fixed')
  if (open.length === 0) return <p className="muted">{t.findings.none}</p>
  return (
    <ul className={css.findings}>
      {open.map((finding) => (
        <li key={finding.id}>
          <Severity level={finding.severity} />
          <Link to="/findings/$id" params={{ id: finding.id }} search={carry()}>
            {sentence(visible(finding.what), detail.item.name)}
          </Link>
          {finding.state !== 'open' && <Tag value={words(finding.state)} />}
        </li>
      ))}
    </ul>
  )
}

