import { Menu } from '@mantine/core'
import { useGo } from '@/app/Link'
import { Icon, ViewsMenu } from '@/kit'
import { identities as t } from '@/text/identities'

const usualSort = { identities: '-risk', credentials: 'expires' }

interface State {
  filter: string
  sort: string
  cols: string
  view: string
}

/** The saved views of identities or of credentials, and those that lead to another list. */
export function Views({ url, noun = 'identities', onPick }: { url: State; noun?: 'identities' | 'credentials'; onPick: (patch: Record<string, string | undefined>) => void }) {
  const go = useGo()
  const [all, others] = noun === 'identities' ? [t.all, t.credentials.all] : [t.credentials.all, t.all]
  return (
    <ViewsMenu
      value={url.view}
      all={all}
      shows={(view) => view.noun === noun}
      onPick={(view) => onPick({ filter: view.filter, sort: view.sort || usualSort[noun], cols: view.columns?.join(',') ?? '', view: view.id, panel: '' })}
      onRemoved={() => onPick({ view: '' })}
      keeps={{ noun, filter: url.filter, sort: url.sort, columns: url.cols ? url.cols.split(',') : [] }}
      onSaved={(view) => onPick({ view: view.id })}
    >
      <Menu.Item onClick={() => onPick({ filter: '', sort: usualSort[noun], cols: '', view: '', panel: '' })} rightSection={!url.view && !url.filter ? <Icon name="check" size={14} label="✓" /> : undefined}>
        {all}
      </Menu.Item>
      <Menu.Item onClick={() => go('/identities', { noun: noun === 'identities' ? 'credentials' : undefined })}>{others}</Menu.Item>
    </ViewsMenu>
  )
}
