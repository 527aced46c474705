import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useApi } from '@/api/hooks'
import { carry } from '@/app/Link'
import type { OwnerItem } from '@/api/types'
import { Ago, Answer, BreaksText, Button, Command, copyText, Grade, Icon, levelOf, LinkButton, Name, NodeLink, Severity, Tag, toast, Unknown } from '@/kit'
import { quote } from '@/kit/filter'
import { absolute, sentence, visible, words } from '@/kit/format'
import { nodeTo } from '@/kit/NodeLink'
import { findings as t } from '@/text/findings'
import { kit } from '@/text/kit'
import type { Finding } from './data'
import { Decisions } from './Decide'
import css from './findings.module.css'

/** The state of a finding, in words; open is what one expects and is not said. */
export function State({ state }: { state: string }) {
  return (
    <span className={css.state} data-state={state} title={t.statesHelp[state]}>
      {state === 'regressed' && <Icon name="undo" size={12} />}
      {t.states[state] ?? words(state)}
    </span>
  )
}

function Part({ name, children }: { name: string; children: ReactNode }) {
  return (
    <section className={css.part}>
      <h3>{name}</h3>
      {children}
    </section>
  )
}

/** A finding in five parts, who answers for it and what can be decided. */
export function FindingPanel({ id }: { id: string }) {
  const query = useApi<{ finding: Finding }>(`/findings/${encodeURIComponent(id)}`)
  return <Answer query={query} lines={12}>{(data) => <Five finding={data.finding} />}</Answer>
}

function Five({ finding }: { finding: Finding }) {
  const holds = finding.state !== 'fixed'
  const accepted = finding.state === 'accepted'
  const blocked = holds ? undefined : t.act.isFixed
  // A command that waits for a name gets the one that is suggested.
  const asks = / OWNER$/.test(finding.fix.command)
  const who = useApi<{ owner: OwnerItem | null }>(`/identities/${encodeURIComponent(finding.subject.ref)}/owner`, {}, { enabled: asks })
  const first = asks ? who.data?.owner?.suggestions?.[0] : undefined
  const command = first && who.data?.owner?.command ? who.data.owner.command : finding.fix.command
  return (
    <div className={css.five}>
      <div className={css.marks}>
        <Severity level={finding.severity} solid />
        <State state={finding.state} />
      </div>
      <Part name={t.parts.what}>
        <p className={css.what}>{sentence(visible(finding.what), finding.subject.name)}</p>
      </Part>
      <Part name={t.parts.why}>
        <p>{sentence(visible(finding.why))}</p>
      </Part>
      <Part name={t.parts.evidence}>
        <ul className={css.evidence}>
          {finding.evidence.map((one, i) => (
            <li key={i}>
              <span>{sentence(visible(one.text))}</span>
              <span className={css.proof}>
                <Grade grade={one.grade} source={one.source} /> <Name value={one.source} />
                {one.at && (
                  <>
                    {' · '}
                    <Ago at={one.at} />
                  </>
                )}
              </span>
            </li>
          ))}
        </ul>
      </Part>
      <Part name={t.parts.fix}>
        <p>{sentence(visible(finding.fix.text))}</p>
        {command ? <Command text={command} what={t.parts.fix} /> : <p className="muted">{t.noCommand}</p>}
        {first && (
          <p>
            {t.suggested(visible(first.name), first.confidence)}{' '}
            <Link {...nodeTo(finding.subject.ref)} hash="owner" search={carry()}>
              {t.chooseOwner}
            </Link>
          </p>
        )}
      </Part>
      <Part name={t.parts.breaks}>
        <BreaksText breaks={finding.breaks} />
      </Part>
      {accepted && finding.exception && (
        <Part name={t.facts.accepted}>
          <p>{visible(finding.exception)}</p>
        </Part>
      )}
      <div className={css.acts}>
        {command && (
          <Button look="primary" icon="copy" onClick={async () => (await copyText(command)) && toast({ text: kit.copied })}>
            {t.act.fixNow}
          </Button>
        )}
        <Decisions target={{ ids: [finding.id], count: 1 }} acts={accepted ? ['reopen', 'assign'] : ['accept', 'assign']} why={{ accept: blocked, assign: blocked }} />
        <LinkButton look="quiet" icon="explore" to="/explore" search={carry({ from: finding.subject.ref })}>
          {t.explore}
        </LinkButton>
      </div>
      <Facts finding={finding} />
    </div>
  )
}

function Facts({ finding }: { finding: Finding }) {
  const by = (field: string, value: string) => carry({ by: 'list', filter: `${field}=${quote(value)}` })
  return (
    <dl className={css.facts}>
      <dt>{t.facts.subject}</dt>
      <dd>
        <NodeLink node={{ ref: finding.subject.ref, name: finding.subject.name, type: finding.subject.type, kind: 'identity' }} /> <Tag value={finding.subject.type} />
      </dd>
      <dt>{t.facts.owner}</dt>
      <dd>{finding.owner ? <Name value={finding.owner} /> : <span className={css.alarm}>{t.nobody}</span>}</dd>
      <dt>{t.facts.assignee}</dt>
      <dd>{finding.assignee ? <Name value={finding.assignee} /> : <span className="muted">{t.nobody}</span>}</dd>
      <dt>{t.facts.risk}</dt>
      <dd>{finding.risk === null || finding.risk === undefined ? <Unknown /> : <Severity level={levelOf(finding.risk)} score={finding.risk} />}</dd>
      {finding.risk !== null && finding.risk !== undefined && levelOf(finding.risk) !== finding.severity && (
        <dd className={css.scales}>
          {t.oneScale}{' '}
          <Link to="/glossary" hash="risk" search={carry()}>
            {t.howRisk}
          </Link>
        </dd>
      )}
      <dt>{t.facts.since}</dt>
      <dd>
        <Ago at={finding.first_seen} /> <span className="muted">{absolute(finding.first_seen)}</span>
      </dd>
      <dt>{t.facts.seen}</dt>
      <dd>
        <Ago at={finding.last_seen} /> {finding.state === 'regressed' && <State state="regressed" />}
      </dd>
      {finding.fixed_at && (
        <>
          <dt>{t.facts.fixedAt}</dt>
          <dd>
            <Ago at={finding.fixed_at} />
          </dd>
        </>
      )}
      {finding.fixed_by && (
        <>
          <dt>{t.facts.fixedBy}</dt>
          <dd>{visible(finding.fixed_by)}</dd>
        </>
      )}
      <dt>{t.facts.check}</dt>
      <dd>
        <Link to="/findings" search={by('check', finding.check)}>
          {visible(finding.check)}
        </Link>
      </dd>
      <dt>{t.facts.controls}</dt>
      <dd className={css.controls}>
        {(finding.controls ?? []).map((control) => (
          <Link key={control} to="/findings" search={by('control', control)}>
            {visible(control)}
          </Link>
        ))}
      </dd>
    </dl>
  )
}
