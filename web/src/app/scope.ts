import { useSearch } from '@tanstack/react-router'
import { useMemo } from 'react'

/** What every page shares and keeps when one goes to another: moment and environment. */
export interface Scope {
  /** RFC 3339, a date, or an age such as 7d; empty is now. */
  asOf: string
  /** One environment, or empty for all. */
  env: string
}

/** The names of the parameters that go along from page to page. */
export const scopeKeys = ['as_of', 'env'] as const

export function useScope(): Scope {
  const search = useSearch({ strict: false }) as Record<string, string | undefined>
  const asOf = search.as_of ?? ''
  const env = search.env ?? ''
  return useMemo(() => ({ asOf, env }), [asOf, env])
}

/** What of a query goes along to another page. */
export function keepScope(search: Record<string, string | undefined>): Record<string, string> {
  const kept: Record<string, string> = {}
  for (const key of scopeKeys) if (search[key]) kept[key] = search[key]
  return kept
}
