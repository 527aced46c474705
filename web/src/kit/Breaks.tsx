import { Tooltip } from '@mantine/core'
import { kit as t } from '@/text/kit'
import css from './Breaks.module.css'
import { sentence, visible } from './format'
import { Unknown } from './marks'

export interface BreaksOf {
  text: string
  dependents: number | null
  unknowns: string[] | null
}

/**
 * What an act may stop, in the words of the command line: how many depend on it, "not known" where
 * somebody may and nothing could tell, and "nothing seen" only where everything was looked at.
 */
export function Breaks({ of }: { of: BreaksOf }) {
  const unknowns = of.unknowns?.length ?? 0
  if (of.dependents === null) return <Unknown>{t.breaks.notKnown}</Unknown>
  if (of.dependents === 0) return unknowns > 0 ? <Unknown why={t.breaks.unknowns(unknowns)}>{t.breaks.notKnown}</Unknown> : <span className="muted">{t.breaks.none}</span>
  return (
    <span className={css.breaks}>
      {t.breaks.seen(of.dependents)}
      {unknowns > 0 && (
        <Tooltip label={t.breaks.unknowns(unknowns)}>
          <span className={`${css.more} hatched`} role="img" aria-label={t.breaks.unknowns(unknowns)} />
        </Tooltip>
      )}
    </span>
  )
}

/** The same in full: the sentence, and each thing that nobody could look at. */
export function BreaksText({ breaks }: { breaks: BreaksOf }) {
  const unknowns = breaks.unknowns ?? []
  return (
    <>
      <p>{sentence(visible(breaks.text))}</p>
      {unknowns.length > 0 && (
        <details className={css.unknowns}>
          <summary>
            <span className={`${css.more} hatched`} aria-hidden="true" /> {t.breaks.unknowns(unknowns.length)}
          </summary>
          <ul>
            {unknowns.map((one, i) => (
              <li key={i}>{visible(one)}</li>
            ))}
          </ul>
        </details>
      )}
    </>
  )
}
