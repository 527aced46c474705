import { useApi, useWrite, write } from '@/api/hooks'
import type { List } from '@/api/types'
import { carry } from '@/app/Link'
import { useUrl } from '@/app/url'
import { Answer, Button, Card, Icon, LinkButton, Page, toast } from '@/kit'
import { visible } from '@/kit/format'
import { welcome as t } from '@/text/welcome'
import { startScan, useOperation, useWhyNot, type Detected, type Operation } from '../sources/data'
import { Reads } from './Reads'
import { Run, useTold } from './Run'
import css from './welcome.module.css'

/** The word that stands for this machine in a scan. */
const machine = 'machine'

/** First steps: three choices, then what is found as it is found. */
export default function WelcomePage() {
  const [url, set] = useUrl({ op: '', reads: '' })
  const whyNot = useWhyNot()
  const run = useOperation(url.op)
  // Heard from the start: the first rows may come before the answer that names the operation.
  const told = useTold()
  const begin = { onDone: (op: Operation) => set({ op: op.id, reads: undefined }), onFail: (problem: { message: string }) => toast({ text: visible(problem.message, 400), bad: true }) }
  const scan = useWrite<void, Operation>(() => startScan([machine]), begin)
  const demo = useWrite<void, Operation>(() => write('POST', '/demo:load', {}), begin)
  const detected = useApi<List<Detected>>('/sources/detected', {}, { timeless: true, enabled: !whyNot('source.write') })
  const busy = scan.isPending || demo.isPending ? t.run.scanning : undefined
  return (
    <Page title={t.title} lead={t.lead} actions={url.op && run.op?.ended ? <Button onClick={() => set({ op: undefined })}>{t.done.again}</Button> : undefined}>
      {url.op ? (
        <Run key={url.op} run={run} told={told.of(url.op)} />
      ) : (
        <div className={css.stack}>
          <ol className={css.choices}>
            <li className={css.choice}>
              <Icon name="screen" size={22} />
              <h2>{t.scan.title}</h2>
              <p>{t.scan.text}</p>
              <div className={css.foot}>
                <Button look="primary" why={whyNot('scan.run') ?? busy} onClick={() => scan.mutate()}>
                  {t.scan.go}
                </Button>
                <Button look="quiet" icon={url.reads ? 'up' : 'down'} aria-expanded={url.reads !== ''} aria-controls="reads" onClick={() => set({ reads: url.reads ? undefined : 'open' })}>
                  {url.reads ? t.scan.hide : t.scan.see}
                </Button>
              </div>
            </li>
            <li className={css.choice}>
              <Icon name="team" size={22} />
              <h2>{t.demo.title}</h2>
              <p>{t.demo.text}</p>
              <div className={css.foot}>
                <Button why={whyNot('demo.write') ?? busy} onClick={() => demo.mutate()}>
                  {t.demo.go}
                </Button>
              </div>
            </li>
            <li className={css.choice}>
              <Icon name="sources" size={22} />
              <h2>{t.connect.title}</h2>
              <p>{t.connect.text}</p>
              {whyNot('source.write') ? null : (
                <Answer query={detected} small lines={3}>
                  {(data) =>
                    data.items.length === 0 ? (
                      <p>{t.connect.none}</p>
                    ) : (
                      <ul className={css.found}>
                        {data.items.slice(0, 5).map((one) => (
                          <li key={one.kind + one.id}>
                            <span>
                              {visible(one.title, 60)} <span className="mono">{visible(one.id, 60)}</span>
                              <small>{visible(one.why, 160)}</small>
                            </span>
                            {one.configured ? (
                              <span className={css.tick}>
                                <Icon name="check" size={13} /> {t.connect.configured}
                              </span>
                            ) : (
                              <LinkButton small to="/sources" search={carry({ add: one.kind, found: one.id })} aria-label={t.connect.label(visible(one.title, 60), visible(one.id, 60))}>
                                {t.connect.add}
                              </LinkButton>
                            )}
                          </li>
                        ))}
                      </ul>
                    )
                  }
                </Answer>
              )}
              <div className={css.foot}>
                <LinkButton to="/sources" search={carry({ add: 'pick' })}>
                  {t.connect.all}
                </LinkButton>
              </div>
            </li>
          </ol>
          <div id="reads">{url.reads && <Card title={t.scan.list} id="reads-title"><Reads word={machine} /></Card>}</div>
        </div>
      )}
    </Page>
  )
}
