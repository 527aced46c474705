// The small marks that say what a fact is worth.
import { Tooltip } from '@mantine/core'
import { kit as t } from '@/text/kit'
import type { Grade as GradeOf, Level } from '@/api/types'
import { absolute, pieces, relative, span, visible } from './format'
import css from './kit.module.css'

export const levels: Level[] = ['critical', 'high', 'medium', 'low', 'info']

/** The level of a score, with the bounds that ship: those of risk>=critical in a filter. */
export const levelOf = (score: number): Level => (score >= 65 ? 'critical' : score >= 45 ? 'high' : score >= 25 ? 'medium' : score > 0 ? 'low' : 'info')

/** The shape of a level: the same in tables, graphs and print. */
export function Glyph({ level }: { level: Level }) {
  const shape = {
    critical: <path d="M6 .4 11.6 6 6 11.6.4 6z" />,
    high: <path d="M6 .9 11.7 11H.3z" />,
    medium: <path d="M1.2 1.2h9.6v9.6H1.2z" />,
    low: <circle cx="6" cy="6" r="5" />,
    info: <circle cx="6" cy="6" r="4.2" fill="none" stroke="currentColor" strokeWidth="1.6" />,
  }[level]
  return (
    <svg viewBox="0 0 12 12" width="12" height="12" fill="currentColor" aria-hidden="true" focusable="false">
      {shape}
    </svg>
  )
}

/** Severity as shape, word and colour, always all three. `score` is shown beside the word. */
export function Severity({ level, score, solid }: { level: Level; score?: number; solid?: boolean }) {
  return (
    <span className={`${css.severity} ${css[level]} ${solid ? css.solid : ''}`}>
      <Glyph level={level} />
      {t.severity[level]}
      {score !== undefined && <span> {score}</span>}
    </span>
  )
}

/** How sure a fact is; drawn by the style of its line. */
export function Grade({ grade, source }: { grade: GradeOf; source?: string }) {
  return (
    <Tooltip label={t.grade.help[grade] + (source ? ` ${visible(source)}` : '')}>
      <span className={css.grade} data-grade={grade} tabIndex={0}>
        {grade === 'unknown' ? '? ' : ''}
        {t.grade[grade]}
      </span>
    </Tooltip>
  )
}

/** What nobody knows: hatched, and never zero. `why` says what would tell. */
export function Unknown({ why, children }: { why?: string; children?: string }) {
  return (
    <Tooltip label={why ?? t.unknownHelp} multiline maw={320}>
      <span className={css.unknown}>{children ?? t.unknown}</span>
    </Tooltip>
  )
}

/** A string of a scanned system: shown as text, whatever it holds. Characters that act are named instead. */
export function Name({ value, limit }: { value: string; limit?: number }) {
  const shown = visible(value, limit)
  if (shown === value) return <bdi>{value}</bdi>
  return (
    <bdi>
      {pieces(value, limit).map((piece, i) =>
        piece.control ? (
          <span key={i} className={css.control} title={piece.control}>
            {piece.text}
          </span>
        ) : (
          <span key={i}>{piece.text}</span>
        ),
      )}
    </bdi>
  )
}

/** A moment, as distance; in full on hover. Null is unknown, not never. */
export function Ago({ at, bare, why }: { at: string | null | undefined; bare?: boolean; why?: string }) {
  if (!at) return <Unknown why={why} />
  return (
    <time className={css.time} dateTime={at} title={absolute(at)}>
      {bare ? span(Date.now() - Date.parse(at)) : relative(at)}
    </time>
  )
}

/** What a lifecycle says of use where no moment of it is known: somebody looked, and saw none. Else nobody looked. */
export const sawNone = (row: { last_used?: { at: string } | null; lifecycle?: { value: string; reason: string } | null }): string | undefined =>
  !row.last_used?.at && row.lifecycle && (['idle', 'dormant'].includes(row.lifecycle.value) || row.lifecycle.reason.startsWith('No use in ')) ? visible(row.lifecycle.reason) : undefined

/** When it was last used; that none was seen where somebody looked; unknown where nobody did. */
export function LastUsed({ row, why }: { row: Parameters<typeof sawNone>[0]; why?: string }) {
  const none = sawNone(row)
  return none ? <span title={none}>{t.notSeen}</span> : <Ago at={row.last_used?.at} why={why} />
}

/** A word in a small box: environment, type, tag. */
export function Tag({ value, look }: { value: string; look?: 'tier0' }) {
  return (
    <span className={css.tag} data-look={look}>
      <Name value={value} />
    </span>
  )
}

export function Kbd({ children }: { children: string }) {
  return <kbd className={css.kbd}>{children}</kbd>
}
