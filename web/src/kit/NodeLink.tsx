import { Link } from '@tanstack/react-router'
import { Icon, kindIcon } from './Icon'
import { Name } from './marks'
import css from './NodeLink.module.css'

/** The address of anything that has an id. Identities have a page; other things have the same page, told in fewer words. */
export const nodeTo = (id: string) => ({ to: '/identities/$id' as const, params: { id } })

/** A thing by its icon and name, leading to its page. */
export function NodeLink({ node, plain }: { node: { id?: string; ref?: string; name: string; kind?: string; type?: string; nhi_type?: string | null }; plain?: boolean }) {
  const target = node.id || node.ref
  const body = (
    <>
      {!plain && <Icon name={kindIcon(node.kind ?? 'identity', node.nhi_type)} size={14} className={css.icon} />}
      <span className={css.name}>
        <Name value={node.name} />
      </span>
    </>
  )
  if (!target) return <span className={css.node}>{body}</span>
  return (
    <Link {...nodeTo(target)} search={((prev: Record<string, string>) => ({ as_of: prev.as_of, env: prev.env })) as never} className={css.node}>
      {body}
    </Link>
  )
}
