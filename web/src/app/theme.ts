import { useEffect, useSyncExternalStore } from 'react'
import { usePrefs, type Theme } from './prefs'

const darkQuery = () => matchMedia('(prefers-color-scheme: dark)')
const contrastQuery = () => matchMedia('(prefers-contrast: more)')

function watch(query: () => MediaQueryList) {
  return (listener: () => void) => {
    const list = query()
    list.addEventListener('change', listener)
    return () => list.removeEventListener('change', listener)
  }
}

export function resolve(theme: Theme, dark: boolean, contrast: boolean): { scheme: 'light' | 'dark'; high: boolean } {
  return {
    scheme: theme === 'dark' || (theme !== 'light' && dark) ? 'dark' : 'light',
    high: theme === 'contrast' || (theme === 'system' && contrast),
  }
}

/** The theme that is on: light or dark, and whether contrast is high. Follows the system live. */
export function useTheme() {
  const { theme } = usePrefs()
  const dark = useSyncExternalStore(watch(darkQuery), () => darkQuery().matches)
  const contrast = useSyncExternalStore(watch(contrastQuery), () => contrastQuery().matches)
  const { scheme, high } = resolve(theme, dark, contrast)
  useEffect(() => {
    const root = document.documentElement
    root.setAttribute('data-mantine-color-scheme', scheme)
    if (high) root.setAttribute('data-contrast', 'high')
    else root.removeAttribute('data-contrast')
  }, [scheme, high])
  return { theme, scheme, high }
}

/** The value of a colour token now, for what draws on a canvas; hex, as it stands in tokens.css. */
export const token = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim()
