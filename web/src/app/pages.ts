import type { Me } from '@/api/types'
import type { IconName } from '@/kit/Icon'

export interface PageEntry {
  path: string
  name: 'home' | 'identities' | 'explore' | 'findings' | 'posture' | 'reports' | 'sources' | 'settings' | 'glossary' | 'welcome'
  icon: IconName
  /** The right without which there is nothing on it. */
  needs?: string
  /** The second key of "g x". */
  key?: string
  bottom?: boolean
  /** Reached from elsewhere than the rail. */
  hidden?: boolean
}

/** The pages of the rail, in its order. */
export const pages: PageEntry[] = [
  { path: '/', name: 'home', icon: 'home', key: 'h', needs: 'risk.read' },
  { path: '/identities', name: 'identities', icon: 'identities', key: 'i', needs: 'identity.read' },
  { path: '/explore', name: 'explore', icon: 'explore', key: 'e', needs: 'graph.read' },
  { path: '/findings', name: 'findings', icon: 'findings', key: 'f', needs: 'finding.read' },
  { path: '/reports/posture', name: 'posture', icon: 'posture', key: 'p', needs: 'risk.read' },
  { path: '/reports', name: 'reports', icon: 'reports', key: 'r', needs: 'report.read' },
  { path: '/sources', name: 'sources', icon: 'sources', key: 's', bottom: true, needs: 'source.read' },
  { path: '/settings', name: 'settings', icon: 'settings', bottom: true },
  { path: '/glossary', name: 'glossary', icon: 'glossary', bottom: true, hidden: true },
  { path: '/welcome', name: 'welcome', icon: 'sources', bottom: true, hidden: true, needs: 'source.read' },
]

/** Whether there is something on a page for who looks; as long as nobody knows who that is, there is. Home there always is. */
export const mayOpen = (page: PageEntry, me: Me | undefined) => page.name === 'home' || !page.needs || me?.may?.[page.needs]?.allowed !== false
