import { IdentitySummary } from '../identity/Summary'
import css from './identities.module.css'

/** An identity in the side panel: the same parts as its page, the first of them. */
export function Preview({ id }: { id: string }) {
  return (
    <div className={css.preview}>
      <IdentitySummary id={id} panel />
    </div>
  )
}
