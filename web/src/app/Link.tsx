import { useNavigate } from '@tanstack/react-router'
import { useCallback } from 'react'
import { keepScope, useScope } from './scope'
import { formatQuery } from './url'

/** Goes to another page and takes moment and environment along. */
export function useGo() {
  const navigate = useNavigate()
  const scope = useScope()
  return useCallback(
    (to: string, search: Record<string, string | undefined> = {}) => {
      void navigate({ href: to + formatQuery({ ...search, as_of: scope.asOf, env: scope.env }) } as never)
    },
    [navigate, scope],
  )
}

/** For `search` of a Link: takes moment and environment along, and nothing else but what is given. */
export const carry = (extra: Record<string, string | undefined> = {}) => ((prev: Record<string, string | undefined>) => ({ ...extra, ...keepScope(prev) })) as never
