import { Link, useLocation } from '@tanstack/react-router'
import { Fragment } from 'react'
import { carry } from '@/app/Link'
import { useUrl } from '@/app/url'
import { Empty, Field, Icon, Page } from '@/kit'
import { glossary as t, type Term } from '@/text/glossary'
import css from './glossary.module.css'

const byID = new Map(Object.values(t.terms).flatMap((terms) => terms.map((term) => [term.id, term])))

const has = (term: Term, word: string) => `${term.term} ${term.also ?? ''} ${term.text}`.toLowerCase().includes(word)

/** The words of the trade and of Drover, each leading to where it can be seen. */
export default function GlossaryPage() {
  const [url, set] = useUrl({ q: '' })
  const meant = useLocation({ select: (location) => location.hash })
  const word = url.q.trim().toLowerCase()
  const groups = Object.entries(t.terms)
    .map(([group, terms]) => ({ group, terms: terms.filter((term) => !word || has(term, word)) }))
    .filter(({ terms }) => terms.length > 0)
  const total = groups.reduce((n, { terms }) => n + terms.length, 0)
  return (
    <Page title={t.title} lead={t.lead}>
      <div className={css.tools}>
        <Field label={t.find}>
          <input type="search" value={url.q} maxLength={80} data-shortcut="filter" onChange={(event) => set({ q: event.target.value }, { replace: true })} />
        </Field>
        <p className="muted" role="status">
          {t.count(total)}
        </p>
      </div>
      {groups.length === 0 ? (
        <Empty title={t.none} icon="search" />
      ) : (
        groups.map(({ group, terms }) => (
          <section key={group} className={css.group} aria-labelledby={`group-${group}`}>
            <h2 id={`group-${group}`}>{t.groups[group]}</h2>
            <dl className={css.terms}>
              {terms.map((term) => (
                <div key={term.id} className={css.term} id={term.id} data-meant={term.id === meant || undefined}>
                  <dt>
                    {term.term}
                    {term.also && (
                      <span className={css.also}>
                        {t.also} {term.also}
                      </span>
                    )}
                  </dt>
                  <dd>
                    <p>{term.text}</p>
                    {(term.to || term.see) && (
                      <p className={css.links}>
                        {term.to && (
                          <Link to={term.to.path} search={carry(term.to.query)} className={css.live}>
                            {term.to.label}
                            <Icon name="right" size={12} />
                          </Link>
                        )}
                        {term.see && (
                          <span className={css.see}>
                            {t.see}{' '}
                            {term.see.map((id, i) => (
                              <Fragment key={id}>
                                {i > 0 && ', '}
                                <a
                                  href={`#${id}`}
                                  onClick={(event) => {
                                    event.preventDefault()
                                    if (url.q) set({ q: '' }, { replace: true })
                                    requestAnimationFrame(() => requestAnimationFrame(() => jump(id)))
                                  }}
                                >
                                  {byID.get(id)?.term ?? id}
                                </a>
                              </Fragment>
                            ))}
                          </span>
                        )}
                      </p>
                    )}
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))
      )}
    </Page>
  )
}

/** Brings a word into sight and tells who cannot see which one it is. */
function jump(id: string) {
  const term = document.getElementById(id)
  if (!term) return
  term.tabIndex = -1
  term.scrollIntoView({ block: 'center' })
  term.focus({ preventScroll: true })
}
