import type { Score } from '@/api/types'
import { kit as t } from '@/text/kit'
import { visible, words } from './format'
import css from './kit.module.css'
import { Severity, Unknown } from './marks'

/** Greys of one hue: hue is for severity. The order is the order of the parts. */
const shade = (i: number, n: number) => `color-mix(in srgb, var(--accent) ${Math.round(100 - (i / Math.max(1, n)) * 70)}%, var(--bg))`

/** A score with its whole arithmetic: no number without its parts. */
export function ScoreSum({ score, brief }: { score: Score; brief?: boolean }) {
  const parts = score.parts
  if (brief) {
    const counted = parts.filter((part) => part.points > 0)
    return (
      <span>
        <Severity level={score.level} score={score.total} solid />{' '}
        <span className="muted">{counted.length > 0 ? '= ' + counted.map((part) => `${part.points} ${(t.score.parts[part.name] ?? words(part.name)).toLowerCase()}`).join(' + ') : ''}</span>
      </span>
    )
  }
  return (
    <div className={css.sum}>
      <div className={css.sumBar} role="img" aria-label={t.score.title(score.total)}>
        {parts.map((part, i) => part.points > 0 && <span key={part.name} style={{ width: `${part.points}%`, background: shade(i, parts.length) }} />)}
      </div>
      <table>
        <caption className="visually-hidden">{t.score.title(score.total)}</caption>
        <tbody>
          {parts.map((part, i) => (
            <tr key={part.name}>
              <th scope="row">
                <span className={part.unknown ? `${css.swatch} hatched` : css.swatch} style={part.unknown ? undefined : { background: part.points > 0 ? shade(i, parts.length) : 'var(--sunken)' }} />
                {t.score.parts[part.name] ?? words(part.name)}
              </th>
              <td>{part.unknown ? <Unknown why={t.score.unknown}>?</Unknown> : part.points}<span className="muted"> / {part.of}</span></td>
              <td>{visible(part.because)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
