import { useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback, useMemo } from 'react'

export type Query = Record<string, string>

/** A query string as plain words: what a person reads, types and mails. */
export function parseQuery(text: string): Query {
  const query: Query = {}
  for (const [key, value] of new URLSearchParams(text)) if (value !== '') query[key] = value
  return query
}

/** The other way; keys in the order given, empty ones left out; ":", ",", "/" stay readable. */
export function formatQuery(query: Record<string, unknown>): string {
  const params = new URLSearchParams()
  for (const [key, value] of Object.entries(query)) if (value !== undefined && value !== null && value !== '') params.set(key, String(value))
  const text = params.toString().replace(/%3A/g, ':').replace(/%2C/g, ',').replace(/%2F/g, '/').replace(/%28/g, '(').replace(/%29/g, ')').replace(/%40/g, '@')
  return text ? '?' + text : ''
}

export interface SetOptions {
  /** No step for Back: for what changes while one types. */
  replace?: boolean
}

/**
 * The state of a page, which lives in its address and nowhere else. A value
 * that equals its default is not written. Setting keeps what others wrote.
 */
export function useUrl<T extends Record<string, string>>(defaults: T): [T, (patch: Partial<Record<keyof T & string, string>> & Record<string, string | undefined>, options?: SetOptions) => void] {
  const search = useSearch({ strict: false }) as Query
  const navigate = useNavigate()
  const stable = JSON.stringify(defaults)
  const state = useMemo(() => {
    const out: Record<string, string> = { ...(JSON.parse(stable) as T) }
    for (const key of Object.keys(out)) if (search[key] !== undefined) out[key] = search[key]
    return out as T
  }, [search, stable])
  const set = useCallback(
    (patch: Record<string, string | undefined>, options: SetOptions = {}) => {
      const base = JSON.parse(stable) as Record<string, string>
      void navigate({
        to: '.',
        replace: options.replace,
        resetScroll: false,
        search: ((prev: Query) => {
          const next: Query = { ...prev }
          for (const [key, value] of Object.entries(patch)) {
            if (value === undefined || value === '' ? !base[key] || value === undefined : value === base[key]) delete next[key]
            else next[key] = value ?? ''
          }
          return next
        }) as never,
      })
    },
    [navigate, stable],
  )
  return [state, set as never]
}
