import { useSyncExternalStore } from 'react'

export type Theme = 'system' | 'light' | 'dark' | 'contrast'
export type Density = 'compact' | 'cosy' | 'roomy'

/** What a person likes, kept in this browser. What a view shows is in the address instead. */
export interface Prefs {
  theme: Theme
  density: Density
  /** Single-key shortcuts can be switched off (WCAG 2.1.4) or given other keys. */
  keys: boolean
  remap: Record<string, string>
  railClosed: boolean
}

const store = 'drover.prefs'
const defaults: Prefs = { theme: 'system', density: 'compact', keys: true, remap: {}, railClosed: false }

function read(): Prefs {
  try {
    return { ...defaults, ...(JSON.parse(localStorage.getItem(store) ?? '{}') as Partial<Prefs>) }
  } catch {
    return defaults
  }
}

let current = read()
const listeners = new Set<() => void>()

export function setPrefs(patch: Partial<Prefs>) {
  current = { ...current, ...patch }
  try {
    localStorage.setItem(store, JSON.stringify(current))
  } catch {
    // Storage may be full or forbidden: the choice holds until the page is left.
  }
  listeners.forEach((listener) => listener())
}

export function usePrefs(): Prefs {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => current,
  )
}

export const prefs = () => current
