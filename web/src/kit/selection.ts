import { useCallback, useMemo, useState } from 'react'
import type { Selection } from './DataTable'

export interface Selected extends Selection {
  ids: string[]
  count: number
  clear: () => void
  /** All that match are meant, not only those that are loaded. */
  all: boolean
  selectAllMatching: () => void
}

/** Which rows are chosen. Starts anew whenever `key`, the question behind the rows, changes. */
export function useSelection(loaded: string[], total: number, key: string): Selected {
  const [state, setState] = useState({ key, ids: new Set<string>(), all: false, last: '' })
  const now = state.key === key ? state : { key, ids: new Set<string>(), all: false, last: '' }
  const toggle = useCallback(
    (id: string, range?: boolean) =>
      setState((before) => {
        const base = before.key === key ? before : { key, ids: new Set<string>(), all: false, last: '' }
        const ids = new Set(base.all ? loaded : base.ids)
        const on = !ids.has(id)
        const from = loaded.indexOf(base.last)
        const to = loaded.indexOf(id)
        const touched = range && from >= 0 && to >= 0 ? loaded.slice(Math.min(from, to), Math.max(from, to) + 1) : [id]
        for (const one of touched) if (on) ids.add(one)
        else ids.delete(one)
        return { key, ids, all: false, last: id }
      }),
    [loaded, key],
  )
  const clear = useCallback(() => setState({ key, ids: new Set(), all: false, last: '' }), [key])
  return useMemo(() => {
    const chosen = now.all ? total : now.ids.size
    const everyLoaded = loaded.length > 0 && (now.all || loaded.every((id) => now.ids.has(id)))
    return {
      has: (id: string) => now.all || now.ids.has(id),
      toggle,
      toggleAll: () => setState({ key, ids: everyLoaded ? new Set() : new Set(loaded), all: false, last: '' }),
      state: everyLoaded ? 'all' : chosen > 0 ? 'some' : 'none',
      ids: [...now.ids],
      count: chosen,
      clear,
      all: now.all,
      selectAllMatching: () => setState({ key, ids: new Set(loaded), all: true, last: '' }),
    }
  }, [now, loaded, total, key, toggle, clear])
}
