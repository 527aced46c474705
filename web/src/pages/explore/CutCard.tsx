import type { CutOption } from '@/graph/types'
import { Button, Icon } from '@/kit'
import { sentence, visible } from '@/kit/format'
import { explore as t } from '@/text/explore'

/** The one change that takes most away, with what it costs others. */
export function CutCard({ cut, tried, onTry }: { cut: { option: CutOption | undefined; loading: boolean }; tried: boolean; onTry: () => void }) {
  if (cut.loading) return <p className="ex-note" role="status">{t.cut.looking}</p>
  const o = cut.option
  if (!o) return null
  const spans = (['targets', 'tier0', 'resources', 'identities'] as const).filter((k) => o.removes[k].before !== o.removes[k].after)
  return (
    <section className="ex-cutcard">
      <h3>
        <Icon name="scissors" size={14} /> {t.cut.title}
      </h3>
      <p>{sentence(visible(o.what, 400))}</p>
      <p className="ex-cutspans">
        {spans.map((k) => (
          <span key={k}>{t.cut.does(o.removes[k].before, o.removes[k].after, t.cut[k])}</span>
        ))}
      </p>
      <p className="muted">{t.cut.loses((o.loses ?? []).length + o.more, (o.unknown ?? []).length)}</p>
      {(o.unknown ?? []).length > 0 && (
        <details className="ex-gaps">
          <summary>
            <span className="hatched ex-swatch" aria-hidden="true" />
            {t.cut.unknown((o.unknown ?? []).length)}
          </summary>
          <ul>
            {(o.unknown ?? []).map((one, i) => (
              <li key={i}>{visible(one, 300)}</li>
            ))}
          </ul>
        </details>
      )}
      <Button small on={tried} onClick={onTry}>
        {tried ? t.cut.tried : t.cut.try}
      </Button>
    </section>
  )
}
