import type { IconName } from '@/kit/Icon'

export interface PageEntry {
  path: string
  name: 'home' | 'identities' | 'explore' | 'findings' | 'posture' | 'reports' | 'sources' | 'settings' | 'glossary'
  icon: IconName
  /** The second key of "g x". */
  key?: string
  bottom?: boolean
  /** Reached from elsewhere than the rail. */
  hidden?: boolean
}

/** The pages of the rail, in its order. */
export const pages: PageEntry[] = [
  { path: '/', name: 'home', icon: 'home', key: 'h' },
  { path: '/identities', name: 'identities', icon: 'identities', key: 'i' },
  { path: '/explore', name: 'explore', icon: 'explore', key: 'e' },
  { path: '/findings', name: 'findings', icon: 'findings', key: 'f' },
  { path: '/reports/posture', name: 'posture', icon: 'posture', key: 'p' },
  { path: '/reports', name: 'reports', icon: 'reports', key: 'r' },
  { path: '/sources', name: 'sources', icon: 'sources', key: 's', bottom: true },
  { path: '/settings', name: 'settings', icon: 'settings', bottom: true },
  { path: '/glossary', name: 'glossary', icon: 'glossary', bottom: true, hidden: true },
]
