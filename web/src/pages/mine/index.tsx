import { Link } from '@tanstack/react-router'
import { useApi, useList, useMayNot, useWrite, write } from '@/api/hooks'
import type { Level, List, Named, Node } from '@/api/types'
import { carry } from '@/app/Link'
import { useScope } from '@/app/scope'
import { plainType } from '@/graph/text'
import { Ago, Answer, Button, Card, Empty, LinkButton, Name, NodeLink, Page, sawNone, Severity, toast } from '@/kit'
import { kit } from '@/text/kit'
import { visible, words } from '@/kit/format'
import { identities } from '@/text/identities'
import { mine as t } from '@/text/mine'
import css from './mine.module.css'

interface Task {
  id: string
  kind: string
  subject: Named
  what: string
  why: string
  by: string | null
  overdue: boolean
}

interface Fix {
  id: string
  title: string
  severity: Level
  findings: number
}

/** Home of who answers for things: what is theirs, what is asked of them and what should be done, in sentences and without scores. */
export default function MinePage() {
  const { asOf } = useScope()
  const things = useList<Node>('identities', { order_by: 'name' }, { pageSize: 12 })
  const tasks = useApi<List<Task>>('/owner-tasks', { page_size: 8 }, { keep: true })
  const fixes = useApi<List<Fix>>('/fixes', { page_size: 5 }, { keep: true })
  const mayNot = useMayNot('owner.confirm')
  const why = asOf ? identities.bulk.asOf : mayNot
  const confirm = useWrite<string>((id) => write('POST', `/identities/${encodeURIComponent(id)}/owner:confirm`), {
    onDone: () => toast({ text: t.confirmed }),
    onFail: (problem) => toast({ text: visible(problem.message, 300), bad: true }),
  })
  return (
    <Page title={t.title} heading={things.first ? t.heading(things.total) : t.title} lead={tasks.data ? t.tasks(tasks.data.total_size) : undefined}>
      <Answer query={{ ...things, data: things.first }} lines={8}>
        {(first) =>
          first.total_size === 0 ? (
            <Empty title={t.heading(0)} icon="identities">
              {t.empty}
            </Empty>
          ) : (
            <div className={css.stack}>
              {!!tasks.data?.total_size && (
                <Card title={t.tasks(tasks.data.total_size)} id="tasks" flush>
                  <ul className={css.rows}>
                    {tasks.data.items.map((task) => (
                      <li key={task.id}>
                        <div>
                          <NodeLink node={task.subject} /> <strong>{visible(task.what, 200)}</strong>
                          <p className="muted">{visible(task.why, 300)}</p>
                        </div>
                        {task.by && (
                          <span className={css.end}>
                            {task.overdue ? t.overdue : t.by} <Ago at={task.by} />
                          </span>
                        )}
                      </li>
                    ))}
                  </ul>
                </Card>
              )}
              <Card title={t.fixes} id="fixes" flush actions={!!fixes.data?.total_size && <LinkButton small look="quiet" to="/findings" search={carry()}>{t.allFixes(fixes.data.total_size)}</LinkButton>}>
                <Answer query={fixes} lines={3} small>
                  {(list) => (
                    <ul className={css.rows}>
                      {list.items.length === 0 && <li className="muted">{t.noFixes}</li>}
                      {list.items.map((fix) => (
                        <li key={fix.id}>
                          <div className={css.fix}>
                            <Severity level={fix.severity} />
                            <Link to="/findings" search={carry({ panel: fix.id })}>
                              {visible(fix.title, 200)}
                            </Link>
                          </div>
                          <span className={css.end}>{t.closes(fix.findings)}</span>
                        </li>
                      ))}
                    </ul>
                  )}
                </Answer>
              </Card>
              <Card title={t.list} id="list" flush actions={<LinkButton small look="quiet" to="/identities" search={carry()}>{t.all(first.total_size)}</LinkButton>}>
                <ul className={css.rows}>
                  {first.items.map((one) => (
                    <li key={one.id}>
                      <div>
                        <NodeLink node={one} />
                        <p className="muted">
                          {plainType(one.type)}
                          {one.env && <> · <Name value={words(one.env)} limit={40} /></>} · {one.last_used ? <>{t.used} <Ago at={one.last_used.at} /></> : sawNone(one) ? kit.notSeen : t.unused}
                        </p>
                      </div>
                      {one.owner?.confirmed ? (
                        <span className={css.end}>
                          {t.confirmedAt} <Ago at={one.owner.confirmed} />
                        </span>
                      ) : (
                        <Button small icon="check" why={why} disabled={confirm.isPending} aria-label={`${t.still}: ${visible(one.name, 80)}`} onClick={() => confirm.mutate(one.id)}>
                          {t.still}
                        </Button>
                      )}
                    </li>
                  ))}
                </ul>
              </Card>
            </div>
          )
        }
      </Answer>
    </Page>
  )
}
