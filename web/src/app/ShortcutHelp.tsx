import { Modal, Switch } from '@mantine/core'
import { useState } from 'react'
import { Button } from '@/kit/Button'
import { Kbd } from '@/kit/marks'
import { app as t } from '@/text/app'
import { kit } from '@/text/kit'
import { setPrefs, usePrefs } from './prefs'
import css from './ShortcutHelp.module.css'
import { shortcutGroups } from './shortcuts'
import { commandKey } from './TopBar'

const remappable = (name: string) => name.length === 1

/** Every shortcut; single keys can be changed or switched off. */
export default function ShortcutHelp({ onClose }: { onClose: () => void }) {
  const { keys, remap } = usePrefs()
  const [waiting, setWaiting] = useState('')
  const taken = (key: string, name: string) => shortcutGroups.some((group) => group.keys.some((other) => other !== name && (remap[other] ?? other) === key))
  return (
    <Modal opened onClose={onClose} title={t.shortcuts.title} size={720} closeButtonProps={{ 'aria-label': kit.close }} closeOnEscape={!waiting}>
      <Switch checked={keys} onChange={(event) => setPrefs({ keys: event.currentTarget.checked })} label={t.shortcuts.on} description={t.shortcuts.onHelp} />
      <div className={css.groups}>
        {shortcutGroups.map((group) => (
          <section key={group.title} aria-labelledby={`keys-${group.title}`}>
            <h3 id={`keys-${group.title}`}>{t.shortcuts.groups[group.title]}</h3>
            <dl className={css.list}>
              {group.keys.map((name) => (
                <div key={name} data-off={(!keys && name !== 'mod+k' && name !== 'Escape' && name !== 'Enter') || undefined}>
                  <dt>{t.shortcuts.names[name]}</dt>
                  <dd>
                    {remappable(name) ? (
                      <button
                        type="button"
                        className={css.key}
                        aria-label={t.shortcuts.change(t.shortcuts.names[name])}
                        onClick={() => setWaiting(name)}
                        onBlur={() => setWaiting('')}
                        onKeyDown={(event) => {
                          if (waiting !== name || event.key === 'Tab') return
                          event.preventDefault()
                          event.stopPropagation()
                          setWaiting('')
                          if (event.key.length === 1 && event.key !== ' ' && !taken(event.key, name)) setPrefs({ remap: { ...remap, [name]: event.key } })
                        }}
                      >
                        {waiting === name ? t.shortcuts.press : <Kbd>{remap[name] ?? name}</Kbd>}
                      </button>
                    ) : name === 'mod+k' ? (
                      <Kbd>{commandKey}</Kbd>
                    ) : (
                      name.split(' ').map((part, i) => <Kbd key={i}>{part}</Kbd>)
                    )}
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
      {Object.keys(remap).length > 0 && <Button onClick={() => setPrefs({ remap: {} })}>{t.shortcuts.reset}</Button>}
    </Modal>
  )
}
