import { Menu } from '@mantine/core'
import { useApi, write } from '@/api/hooks'
import type { Me } from '@/api/types'
import { IconButton } from '@/kit/Button'
import { visible } from '@/kit/format'
import { Icon, type IconName } from '@/kit/Icon'
import { Kbd, Name } from '@/kit/marks'
import { app as t } from '@/text/app'
import { kit } from '@/text/kit'
import { AsOf } from './AsOf'
import { useGo } from './Link'
import { Recent } from './Recent'
import { setPrefs, usePrefs, type Density, type Theme } from './prefs'
import { useScope } from './scope'
import css from './Shell.module.css'
import { useUrl } from './url'

export interface TopBarProps {
  onSearch: () => void
  onHelp: () => void
  onMenu: () => void
  menuOpen: boolean
  asOfOpen: boolean
  onAsOf: (open: boolean) => void
  recentOpen: boolean
  onRecent: (open: boolean) => void
}

const isMac = typeof navigator !== 'undefined' && /Mac|iPhone|iPad/.test(navigator.platform)
export const commandKey = isMac ? '⌘K' : 'Ctrl K'

export function TopBar({ onSearch, onHelp, onMenu, menuOpen, asOfOpen, onAsOf, recentOpen, onRecent }: TopBarProps) {
  const { asOf } = useScope()
  return (
    <header className={css.bar}>
      <span className={css.menuButton}>
        <IconButton icon="menu" label={t.menu} aria-expanded={menuOpen} aria-controls="rail" onClick={onMenu} />
      </span>
      <button type="button" className={css.search} onClick={onSearch} aria-keyshortcuts={isMac ? 'Meta+K' : 'Control+K'}>
        <Icon name="search" size={15} />
        <span>{t.search}</span>
        <span aria-hidden="true" className={css.searchKey}>
          <Kbd>{commandKey}</Kbd>
        </span>
      </button>
      <span className={css.spring} />
      <AsOf open={asOfOpen} onOpen={onAsOf} />
      <Environment />
      {!asOf && <Recent open={recentOpen} onOpen={onRecent} />}
      <ThemeMenu />
      <IconButton icon="help" label={t.shortcuts.title} onClick={onHelp} />
      <Account onHelp={onHelp} />
    </header>
  )
}

const environments = ['prod', 'staging', 'uat', 'qa', 'test', 'dev', 'sandbox', 'dr']

function Environment() {
  const { env } = useScope()
  const [, set] = useUrl({ env: '' })
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <button type="button" className={css.pick} data-on={env || undefined} aria-label={`${t.env.label}: ${env ? visible(env) : t.env.all}`}>
          <span className={css.pickLabel}>{t.env.label}:</span> <strong>{env ? visible(env) : t.env.all}</strong>
          <Icon name="chevron" size={12} />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => set({ env: undefined })} leftSection={<Icon name="check" size={14} visibility={env ? 'hidden' : undefined} />}>
          {t.env.all}
        </Menu.Item>
        {environments.map((value) => (
          <Menu.Item key={value} onClick={() => set({ env: value })} leftSection={<Icon name="check" size={14} visibility={env === value ? undefined : 'hidden'} />}>
            {value}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}

const themes: { value: Theme; icon: IconName }[] = [
  { value: 'system', icon: 'screen' },
  { value: 'light', icon: 'sun' },
  { value: 'dark', icon: 'moon' },
  { value: 'contrast', icon: 'contrast' },
]
const densities: Density[] = ['compact', 'cosy', 'roomy']

function ThemeMenu() {
  const { theme, density } = usePrefs()
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <IconButton icon={themes.find((one) => one.value === theme)?.icon ?? 'screen'} label={t.theme.label} />
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{t.theme.label}</Menu.Label>
        {themes.map((one) => (
          <Menu.Item key={one.value} leftSection={<Icon name={one.icon} size={14} />} rightSection={theme === one.value ? <Icon name="check" size={14} label="✓" /> : undefined} onClick={() => setPrefs({ theme: one.value })}>
            {t.theme[one.value]}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Label>{t.density.label}</Menu.Label>
        {densities.map((one) => (
          <Menu.Item key={one} rightSection={density === one ? <Icon name="check" size={14} label="✓" /> : undefined} onClick={() => setPrefs({ density: one })}>
            {kit.table.densities[one]}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}

function Account({ onHelp }: { onHelp: () => void }) {
  const me = useApi<Me>('/me', {}, { timeless: true, staleTime: 60_000 })
  const go = useGo()
  const name = me.data?.name || t.me.local
  const initials = visible(name).split(/[\s._-]+/).map((part) => part.charAt(0)).join('').slice(0, 2).toUpperCase()
  const leave = async () => {
    await write('POST', '/session:logout').catch(() => undefined)
    location.assign('/login')
  }
  return (
    <Menu position="bottom-end" width={240}>
      <Menu.Target>
        <button type="button" className={css.pick}>
          <span className={css.avatar} aria-hidden="true">
            {initials || '?'}
          </span>
          <span className="visually-hidden">
            {t.me.label}: {visible(name)}
          </span>
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          <Name value={name} />
          {me.data?.email && (
            <>
              <br />
              <Name value={me.data.email} />
            </>
          )}
          {me.data?.grants && me.data.grants.length > 0 && (
            <>
              <br />
              {t.me.role}: {me.data.grants.map((grant) => visible(grant)).join(', ')}
            </>
          )}
        </Menu.Label>
        <Menu.Divider />
        <Menu.Item leftSection={<Icon name="settings" size={14} />} onClick={() => go('/settings')}>
          {t.me.settings}
        </Menu.Item>
        <Menu.Item leftSection={<Icon name="glossary" size={14} />} onClick={() => go('/glossary')}>
          {t.me.glossary}
        </Menu.Item>
        <Menu.Item leftSection={<Icon name="help" size={14} />} onClick={onHelp}>
          {t.me.shortcuts}
        </Menu.Item>
        <Menu.Item leftSection={<Icon name="code" size={14} />} component="a" href="/api/docs" target="_blank" rel="noreferrer">
          {t.me.docs}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item leftSection={<Icon name="lock" size={14} />} onClick={() => void leave()}>
          {t.me.signOut}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
