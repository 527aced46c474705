import type { OwnerOf } from '@/api/types'
import { kit as t } from '@/text/kit'
import { Icon } from './Icon'
import css from './kit.module.css'
import { Name } from './marks'

const missingWords: Record<string, string> = { left: t.owner.left, empty: t.owner.empty, unconfirmed: t.owner.unconfirmed }

/** Who answers for something. None, left, empty and unconfirmed are four different states. */
export function Owner({ owner, suggestions }: { owner: OwnerOf | null; suggestions?: number }) {
  if (!owner) {
    return (
      <span className={css.owner} title={t.owner.noneHelp}>
        <span className={css.alarm}>{t.owner.none}</span>
        {!!suggestions && <span className={css.dim}>({t.owner.suggestions(suggestions)})</span>}
      </span>
    )
  }
  const team = owner.kind !== 'human'
  return (
    <span className={css.owner} title={owner.inherited_from ? t.owner.inherited(owner.inherited_from) : undefined}>
      <span className={css.avatar} data-team={team || undefined}>
        <Icon name={team ? 'team' : 'user'} size={11} label={team ? t.owner.team : t.owner.person} />
      </span>
      <span className={css.ownerName}>
        <Name value={owner.name} />
      </span>
      {owner.missing && <span className={css.alarm} title={t.owner.missing[owner.missing]}>{missingWords[owner.missing] ?? owner.missing}</span>}
    </span>
  )
}
