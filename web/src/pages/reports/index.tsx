import { address } from '@/api/client'
import { useApi } from '@/api/hooks'
import type { List } from '@/api/types'
import { carry } from '@/app/Link'
import { useScope } from '@/app/scope'
import { shareHere } from '@/app/share'
import { useUrl } from '@/app/url'
import { Answer, Button, Card, Empty, follow, LinkButton, Page, shell, ShowAs, Unknown } from '@/kit'
import { absolute, count, visible } from '@/kit/format'
import { reports as t } from '@/text/reports'
import { numbers } from './numbers'
import css from './reports.module.css'
import type { Report, ReportItem } from './types'

const order = ['executive', 'four-questions', 'posture', 'inventory']
const formatOrder = ['pdf', 'html', 'csv', 'json', 'md', 'txt']
const rank = (list: string[], value: string) => (list.includes(value) ? list.indexOf(value) : list.length)

/** Every report with what it answers, its numbers, and its forms. */
export default function Reports() {
  const [url, set] = useUrl({ report: 'executive' })
  const { asOf } = useScope()
  const query = useApi<List<ReportItem>>('/reports', {}, { timeless: true, staleTime: 300_000 })
  const items = [...(query.data?.items ?? [])].sort((a, b) => rank(order, a.name) - rank(order, b.name))
  const now = items.find((item) => item.name === url.report) ?? items[0]
  return (
    <Page
      title={t.title}
      lead={t.lead}
      actions={
        <>
          <Button look="quiet" icon="share" onClick={() => void shareHere()}>
            {t.share}
          </Button>
          {now && <ShowAs cli={`drover report ${shell(now.name)}${asOf ? ` --as-of ${shell(asOf)}` : ''}`} api={address(`/reports/${encodeURIComponent(now.name)}`, { as_of: asOf })} />}
        </>
      }
    >
      <Answer query={query} lines={10}>
        {() =>
          !now ? (
            <Empty title={t.none.title} icon="reports">
              {t.none.text}
            </Empty>
          ) : (
            <div className={css.board}>
              <ul className={css.list} aria-label={t.list}>
                {items.map((item) => (
                  <li key={item.name}>
                    <button type="button" aria-pressed={item.name === now.name} onClick={() => set({ report: item.name })}>
                      <strong>{visible(item.title)}</strong>
                      <span>{t.answers[item.name] ?? t.other}</span>
                    </button>
                  </li>
                ))}
              </ul>
              <Preview key={now.name} item={now} />
            </div>
          )
        }
      </Answer>
    </Page>
  )
}

function Preview({ item }: { item: ReportItem }) {
  const { asOf } = useScope()
  const path = `/reports/${encodeURIComponent(item.name)}`
  const query = useApi<Report>(path, { format: 'json', limit: 1 }, { keep: true })
  const title = visible(item.title)
  const formats = [...item.formats].sort((a, b) => rank(formatOrder, a) - rank(formatOrder, b))
  const at = query.data?.at ?? asOf
  const stamp = at && !Number.isNaN(Date.parse(at)) ? new Date(at).toISOString().slice(0, 10) : 'now'
  return (
    <Card
      id="report"
      title={title}
      actions={
        item.name === 'posture' ? (
          <LinkButton small look="quiet" to="/reports/posture" search={carry()}>
            {t.postureLink}
          </LinkButton>
        ) : undefined
      }
    >
      <div className={css.preview}>
        <section>
          <h3>{t.download}</h3>
          <div className={css.formats}>
            {formats.map((format, i) => (
              <Button key={format} icon="download" look={i === 0 ? 'primary' : undefined} title={t.formatsHelp[format]} aria-label={t.downloadAs(title, t.formats[format] ?? format)} onClick={() => follow(address(path, { format, as_of: asOf }), `drover-${item.name}-${stamp}.${format}`)}>
                {t.formats[format] ?? visible(format)}
              </Button>
            ))}
          </div>
        </section>
        <Answer query={query} small lines={8}>
          {(report) => {
            const rows = numbers(report)
            return (
              <>
                <p className={css.at}>
                  {t.asOf} <time dateTime={report.at}>{absolute(report.at)}</time> · {t.generation(report.generation)}
                  <br />
                  {t.asOfHelp}
                </p>
                <section>
                  <h3>{t.preview}</h3>
                  <table className={css.numbers}>
                    <thead className="visually-hidden">
                      <tr>
                        <th scope="col">{t.number}</th>
                        <th scope="col">{t.value}</th>
                        <th scope="col">{t.unknown}</th>
                      </tr>
                    </thead>
                    <tbody>
                      {rows.map((row, i) => (
                        <tr key={i}>
                          <th scope="row">{row.name}</th>
                          <td>{row.value ?? <Unknown />}</td>
                          <td>
                            {row.unknown > 0 && (
                              <>
                                <span className={`${css.swatch} hatched`} aria-hidden="true" /> {count(row.unknown)} {t.unknown.toLowerCase()}
                              </>
                            )}
                          </td>
                        </tr>
                      ))}
                    </tbody>
                  </table>
                </section>
                {report.unknowns && report.unknowns.length > 0 && (
                  <section>
                    <h3>{t.unknowns}</h3>
                    <ul className={css.gaps}>
                      {report.unknowns.map((one, i) => (
                        <li key={i}>{visible(one)}</li>
                      ))}
                    </ul>
                  </section>
                )}
              </>
            )
          }}
        </Answer>
      </div>
    </Card>
  )
}
