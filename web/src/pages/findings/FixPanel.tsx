import { useState } from 'react'
import { useApi } from '@/api/hooks'
import { Answer, Breaks, BreaksText, Button, Command, copyText, Empty, Name, Severity, toast } from '@/kit'
import { count, sentence, visible, words } from '@/kit/format'
import { findings as t } from '@/text/findings'
import type { Fix } from './data'
import { Decisions } from './Decide'
import css from './findings.module.css'

const shown = 8

/** One act: what it changes, what it ends, what may stop. */
export function FixPanel({ id, onOpen }: { id: string; onOpen: (finding: string) => void }) {
  const query = useApi<{ fix: Fix }>(`/fixes/${encodeURIComponent(id)}`)
  if (query.error?.status === 404) return <Empty small title={t.fix.gone} />
  return <Answer query={query} lines={12}>{(data) => <Detail fix={data.fix} onOpen={onOpen} />}</Answer>
}

function Detail({ fix, onOpen }: { fix: Fix; onOpen: (finding: string) => void }) {
  const [all, setAll] = useState(false)
  const [every, setEvery] = useState(false)
  const commands = fix.objects.map((object) => object.command).filter(Boolean)
  const objects = every ? fix.objects : fix.objects.slice(0, shown)
  const closes = all ? fix.closes : fix.closes.slice(0, shown)
  const ids = fix.closes.map((one) => one.id).slice(0, 1000)
  return (
    <div className={css.five}>
      <div className={css.marks}>
        <Severity level={fix.severity} solid />
        <span className={css.state}>{words(fix.action)}</span>
      </div>
      <p className={css.what}>{visible(fix.title)}</p>
      <dl className={css.figures}>
        <div>
          <dt>{t.fix.risk}</dt>
          <dd>{count(fix.risk_removed)}</dd>
        </div>
        <div>
          <dt>{t.fix.closes}</dt>
          <dd>{count(fix.findings)}</dd>
        </div>
        <div>
          <dt>{t.fix.breaks}</dt>
          <dd>
            <Breaks of={fix.breaks} />
          </dd>
        </div>
      </dl>
      <p className="muted">
        {t.fix.howCounted}: {visible(fix.how)}.
      </p>
      <section className={css.part}>
        <h3>{t.parts.breaks}</h3>
        <BreaksText breaks={fix.breaks} />
      </section>
      <div className={css.acts}>
        {commands.length > 0 && (
          <Button look="primary" icon="copy" onClick={async () => (await copyText(commands.join('\n') + '\n')) && toast({ text: t.fix.copied(commands.length) })}>
            {t.fix.allCommands}
          </Button>
        )}
        <Decisions target={{ ids, count: ids.length }} acts={['assign', 'accept']} />
      </div>
      <section className={css.part}>
        <h3>{t.fix.changes(fix.objects.length)}</h3>
        <ol className={css.objects}>
          {objects.map((object, i) => (
            <li key={object.ref + i}>
              <p>{sentence(visible(object.text), object.name)}</p>
              {object.command && <Command text={object.command} />}
            </li>
          ))}
        </ol>
        {fix.objects.length > objects.length && (
          <Button small look="quiet" onClick={() => setEvery(true)}>
            {t.fix.more(fix.objects.length - objects.length)}
          </Button>
        )}
      </section>
      <section className={css.part}>
        <h3>{t.fix.closesHead(fix.findings)}</h3>
        <ul className={css.closes}>
          {closes.map((one) => (
            <li key={one.id}>
              <button type="button" onClick={() => onOpen(one.id)}>
                <Severity level={one.severity} />
                <span>{sentence(visible(one.what))}</span>
              </button>
            </li>
          ))}
        </ul>
        {fix.closes.length > closes.length && (
          <Button small look="quiet" onClick={() => setAll(true)}>
            {t.fix.more(fix.closes.length - closes.length)}
          </Button>
        )}
      </section>
      <section className={css.part}>
        <h3>{t.fix.owners}</h3>
        {fix.owners?.length ? (
          <ul className={css.owners}>
            {fix.owners.map((owner) => (
              <li key={owner}>
                <Name value={owner} />
              </li>
            ))}
          </ul>
        ) : (
          <p className={css.alarm}>{t.fix.nobody}</p>
        )}
      </section>
    </div>
  )
}
