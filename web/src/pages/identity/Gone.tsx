import { keepScope } from '@/app/scope'
import { Ago, Icon, kindIcon, LinkButton, Name, Page, Tag } from '@/kit'
import { absolute, visible, words } from '@/kit/format'
import { nodeTo } from '@/kit/NodeLink'
import { identity as t } from '@/text/identity'
import type { Detail } from './data'
import css from './identity.module.css'
import { FactsTab } from './tabs'

type Removal = NonNullable<Detail['removed']>

/** The last moment at which it was there, for as_of. */
export const lastMoment = (removed: Pick<Removal, 'at'>) => new Date(Date.parse(removed.at) - 1).toISOString()

/** Goes along with the environment, to another moment. */
const then = (to: Record<string, string>) => ((prev: Record<string, string | undefined>) => ({ ...keepScope(prev), as_of: undefined, ...to })) as never

/** That it is no more, since when, who had it, and where to see it whole. */
export function Removed({ detail, removed }: { detail: Detail; removed: Removal }) {
  return (
    <div className={css.gone} role="status">
      <p>
        <strong>
          {t.gone.title} <Ago at={removed.at} />
        </strong> <span className="muted">({absolute(removed.at)})</span>
        {removed.sources && removed.sources.length > 0 && <>, {t.gone.by(visible(removed.sources.join(', '), 200))}</>}. {t.gone.text}
      </p>
      <LinkButton look="primary" icon="clock" {...nodeTo(detail.item.id)} search={then({ as_of: lastMoment(removed) })}>
        {t.gone.look}
      </LinkButton>
      <LinkButton icon="compare" to="/changes" search={then({ since: lastMoment(removed) })}>
        {t.gone.changes}
      </LinkButton>
    </div>
  )
}

/** The page of what is no more. Nothing that is asked of the present answers for it. */
export function GonePage({ detail, removed }: { detail: Detail; removed: Removal }) {
  const item = detail.item
  return (
    <Page
      title={item.name}
      heading={
        <span className={css.heading}>
          <Icon name={kindIcon(item.kind, item.nhi_type)} size={20} />
          <span>
            <Name value={item.name} limit={400} />
          </span>
          <Tag value={t.gone.tag} />
        </span>
      }
      lead={
        <span className={css.meta}>
          <span>{words(item.type)}</span>
          <code>{item.id}</code>
        </span>
      }
    >
      <Removed detail={detail} removed={removed} />
      <section className={css.stack}>
        <h2>{t.gone.last}</h2>
        <FactsTab detail={detail} />
      </section>
    </Page>
  )
}
