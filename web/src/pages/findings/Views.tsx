import { Menu } from '@mantine/core'
import { asList, pageOf, ViewsMenu } from '@/kit'
import { findings as t } from '@/text/findings'

interface State {
  filter: string
  sort: string
  by: string
  view: string
}

/** The saved views, those of findings and those that lead to another list. */
export function Views({ url, onPick }: { url: State; onPick: (patch: Record<string, string | undefined>) => void }) {
  const list = url.by === 'list'
  return (
    <ViewsMenu
      value={url.view}
      all={t.all}
      shows={(view) => pageOf[view.noun] === '/findings'}
      onPick={(view) => onPick({ filter: view.filter, sort: view.sort ?? '', view: view.id, panel: '', by: asList(view) ? 'list' : 'fix' })}
      onRemoved={() => onPick({ view: '' })}
      keeps={{ noun: list ? 'findings' : 'fixes', filter: url.filter, sort: list ? url.sort : '', columns: [] }}
      onSaved={(view) => onPick({ view: view.id })}
    >
      <Menu.Item onClick={() => onPick({ filter: '', sort: '', view: '', panel: '', by: 'fix' })}>{t.all}</Menu.Item>
    </ViewsMenu>
  )
}
