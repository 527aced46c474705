import type { Gap } from '@/graph/types'
import { visible } from '@/kit/format'
import { explore as t } from '@/text/explore'

/** What the answer does not speak of. It is open where the answer is empty, for there it matters most. */
export function Gaps({ gaps, empty }: { gaps: Gap[]; empty: boolean }) {
  if (gaps.length === 0) return null
  return (
    <details className="ex-gaps" open={empty || undefined}>
      <summary>
        <span className="hatched ex-swatch" aria-hidden="true" />
        {t.gaps(gaps.length)}
      </summary>
      <ul>
        {gaps.map((g, i) => (
          <li key={i}>
            <b>{visible(g.system, 80)}</b>: {visible(g.what, 300)}
            {g.rows > 0 && <span className="muted"> ({t.rows(g.rows)})</span>}
            <span className="muted">. {visible(g.why, 300)}</span>
          </li>
        ))}
      </ul>
    </details>
  )
}
