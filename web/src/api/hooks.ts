import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useMemo } from 'react'
import { useScope } from '@/app/scope'
import { get, Problem, type Params, write, change } from './client'
import type { List, Me } from './types'

export interface ApiOptions {
  enabled?: boolean
  /** Keep showing the last answer while the next one is on its way. */
  keep?: boolean
  /** The answer is the same at any time: do not send as_of. */
  timeless?: boolean
  staleTime?: number
  refetchInterval?: number
}

/** Reads one thing as of the moment that the page stands at. Abandoned when nobody waits for it any more. */
export function useApi<T>(path: string, params: Params = {}, options: ApiOptions = {}) {
  const { asOf } = useScope()
  const all = options.timeless ? params : { ...params, as_of: asOf || undefined }
  return useQuery<T, Problem>({
    queryKey: ['api', path, all],
    queryFn: ({ signal }) => get<T>(path, all, signal),
    enabled: options.enabled,
    staleTime: options.staleTime,
    refetchInterval: options.refetchInterval,
    placeholderData: options.keep ? keepPreviousData : undefined,
  })
}

/** Reads a list page after page; `rows` is what is here so far. */
export function useList<T>(noun: string, params: Params = {}, options: ApiOptions & { pageSize?: number } = {}) {
  const { asOf } = useScope()
  const all: Params = { page_size: options.pageSize ?? 100, ...params, as_of: options.timeless ? undefined : asOf || undefined }
  const query = useInfiniteQuery<List<T>, Problem, { pages: List<T>[] }, unknown[], string>({
    queryKey: ['api', '/' + noun, all],
    queryFn: ({ signal, pageParam }) => get<List<T>>('/' + noun, { ...all, page_token: pageParam, facets: pageParam ? undefined : all.facets }, signal),
    initialPageParam: '',
    getNextPageParam: (last) => last.next_page_token || undefined,
    enabled: options.enabled,
    staleTime: options.staleTime,
    placeholderData: options.keep === false ? undefined : keepPreviousData,
  })
  const pages = query.data?.pages
  const rows = useMemo(() => pages?.flatMap((page) => page.items) ?? [], [pages])
  return { ...query, rows, first: pages?.[0], total: pages?.[0]?.total_size ?? 0, exact: pages?.[0]?.total_exact ?? true }
}

/** Who looks, and what they may do. */
export const useMe = () => useApi<Me>('/me', {}, { timeless: true, staleTime: 60_000 })

/** Why an action cannot be done by who looks; undefined when it can, or is not known: the server decides anyway. */
export function useMayNot(action: string): string | undefined {
  const me = useMe()
  const may = me.data?.may?.[action]
  return may && !may.allowed ? may.reason : undefined
}

/** Changes something and reads again what the page shows. */
export function useWrite<In, Out = unknown>(run: (input: In) => Promise<Out>, options: { onDone?: (out: Out, input: In) => void; onFail?: (problem: Problem, input: In) => void } = {}) {
  const client = useQueryClient()
  return useMutation<Out, Problem, In>({
    mutationFn: run,
    onSuccess: (out, input) => {
      void client.invalidateQueries({ queryKey: ['api'] })
      options.onDone?.(out, input)
    },
    onError: (problem, input) => options.onFail?.(problem, input),
  })
}

export interface ServerEvent {
  id: string
  type: string
  data: unknown
}

/** Listens to the server. The browser reconnects by itself and says where it was (Last-Event-ID). */
export function useEvents(types: string[], onEvent: (event: ServerEvent) => void, enabled = true) {
  const key = types.join(',')
  useEffect(() => {
    if (!enabled || typeof EventSource === 'undefined') return
    const source = new EventSource('/api/v1/events')
    const hear = (event: MessageEvent<string>) => {
      let data: unknown = event.data
      try {
        data = JSON.parse(event.data)
      } catch {
        // A comment or a plain word: handed on as it came.
      }
      onEvent({ id: event.lastEventId, type: event.type, data })
    }
    for (const type of key.split(',')) source.addEventListener(type, hear as EventListener)
    return () => source.close()
    // The caller's function may change at every render; the connection must not.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [key, enabled])
}

export { get, write, change, Problem }
