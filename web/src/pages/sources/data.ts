import { useQueryClient } from '@tanstack/react-query'
import { useCallback, useEffect, useRef, useState } from 'react'
import { useScope } from '@/app/scope'
import { sources } from '@/text/sources'
import { useApi, useMe, useEvents, write, type Problem } from '@/api/hooks'

/** How a source is and how its last scan went. */
export interface SourceState {
  id: string
  kind: string
  origin: 'file' | 'store' | 'default' | 'path' | 'scan'
  state: 'enabled' | 'disabled' | 'not configured'
  last_status: 'ok' | 'partial' | 'failed' | null
  last_ok: string | null
  sections: number
  sections_ok: number
  options: string[]
  every: string | null
  next_scan: string | null
  failures: number
}

export interface Scope {
  name: string
  why: string
  grant: string
}

export interface Section {
  name: string
  coverage: string
  status: 'ok' | 'partial' | 'failed' | string
  objects: number
  error: string | null
  notes?: { where: string; text: string; lost?: boolean; unread?: boolean }[]
  scan: string
  observed: string | null
  last_ok: string | null
}

export interface SourceDetail {
  source: SourceState
  title: string
  options: Record<string, string[]>
  sections: Section[]
  scopes: Scope[]
}

export interface Option {
  name: string
  help: string
  type: string
  default: string
  example: string
  required: boolean
  secret: boolean
  advanced: boolean
  file_only: boolean
  values: string[] | null
}

export interface Connector {
  name: string
  title: string
  doc: string
  verified: string
  paths: string
  file_only: string
  options: Option[]
  scopes: Scope[] | null
  sources: string[] | null
}

export interface Detected {
  id: string
  kind: string
  title: string
  options: Record<string, string>
  why: string
  configured: boolean
}

/** What a scan would read. */
export interface Read {
  source: string
  what: string
  where: string
  found: boolean
}

/** What was done with a source. */
export interface Done {
  id: string
  done: string
  note?: string
  error?: string
}

export interface ScanResult {
  id: string
  status: string
  counts: { identities: number; credentials: number; humans: number; resources: number }
  sources: { id: string; kind: string; status: string; error?: string }[]
}

export interface Operation {
  id: string
  kind: string
  target: string
  state: 'running' | 'done' | 'failed' | 'cancelled' | 'interrupted' | 'undone'
  progress: { done: number; all: number | null; says: string }
  started: string
  ended: string | null
  error: { code: string; detail: string } | null
  result: { scan?: ScanResult; check?: unknown } | null
}

export const sourcePath = (id: string) => '/sources/' + encodeURIComponent(id)

/** Scans; words are ids of sources or kinds. */
export const startScan = (words: string[]) => write<Operation>('POST', '/scans', { words })

/** Follows work that the server does until it ends, whoever began it. Cancel ends it; what it has done stands. */
export function useOperation(id: string, onEnd?: (op: Operation) => void) {
  const client = useQueryClient()
  const [live, setLive] = useState<Operation>()
  const ended = useRef('')
  // Asked for as well, for when the stream of events is cut by something between.
  const query = useApi<Operation>('/operations/' + encodeURIComponent(id), {}, { timeless: true, enabled: id !== '', refetchInterval: live && live.id === id && live.ended ? undefined : 2000 })
  useEvents(
    ['operation'],
    (event) => {
      const op = (event.data as { data?: Operation } | null)?.data
      if (op?.id === id) setLive((before) => ({ ...op, result: op.result ?? before?.result ?? null }))
    },
    id !== '',
  )
  const asked = query.data?.id === id ? query.data : undefined
  const told = live?.id === id ? live : undefined
  const op = asked?.ended ? asked : (told ?? asked)
  useEffect(() => {
    if (!op?.ended || ended.current === op.id) return
    if (!asked?.ended) {
      // The event says that it ended; what it came to is in the answer.
      void query.refetch()
      return
    }
    ended.current = op.id
    void client.invalidateQueries({ queryKey: ['api'] })
    onEnd?.(asked)
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [op?.id, op?.ended, asked?.ended])
  const cancel = useCallback(() => write<Operation>('POST', `/operations/${encodeURIComponent(id)}:cancel`).then(() => query.refetch()), [id, query])
  return { op, error: query.error as Problem | null, cancel, running: !!op && !op.ended }
}

export { useMe }

/** Says why the caller may not do something, or not while they look at the past; undefined when they may, or when nobody knows yet (the server decides in the end). */
export function useWhyNot() {
  const me = useMe()
  const { asOf } = useScope()
  return useCallback((action: string) => {
    const may = me.data?.may?.[action]
    return may && !may.allowed ? may.reason || `It takes the right ${action}.` : asOf && !action.endsWith('.read') ? sources.asOf : undefined
  }, [me.data, asOf])
}
