import { useEffect, useRef } from 'react'
import { prefs } from './prefs'

export type KeyHandler = () => void

// The latest that listens is asked first: a panel's Escape goes before a page's.
const layers: { current: Record<string, KeyHandler> }[] = []
let pending: { prefix: string; until: number } | undefined

const typing = (target: EventTarget | null) => target instanceof HTMLElement && (target.isContentEditable || target.tagName === 'TEXTAREA' || target.tagName === 'SELECT' || (target.tagName === 'INPUT' && !['checkbox', 'radio', 'button'].includes((target as HTMLInputElement).type)))

/** What key was meant: single keys may be remapped. */
function meant(key: string): string {
  const { remap } = prefs()
  const other = Object.entries(remap).find(([, to]) => to === key)
  if (other) return other[0]
  return remap[key] !== undefined && remap[key] !== key ? '' : key
}

function onKeyDown(event: KeyboardEvent) {
  if (event.defaultPrevented || event.isComposing) return
  const command = event.metaKey || event.ctrlKey
  const run = (name: string) => {
    for (let i = layers.length - 1; i >= 0; i--) {
      const handler = layers[i].current[name]
      if (!handler) continue
      event.preventDefault()
      handler()
      return true
    }
    return false
  }
  if (command) {
    if (event.key.toLowerCase() === 'k' && !event.shiftKey && !event.altKey) run('mod+k')
    return
  }
  if (event.altKey) return
  // A dialog has its own keys, and a menu in it.
  if (event.key !== 'Escape' && document.querySelector('[aria-modal="true"], [role="menu"]')) return
  if (typing(event.target)) return
  if (event.key === 'Escape') {
    run('Escape')
    return
  }
  if (!prefs().keys || event.key.length !== 1) return
  const key = meant(event.key)
  if (!key) return
  if (pending && Date.now() < pending.until) {
    const name = `${pending.prefix} ${key}`
    pending = undefined
    if (run(name)) return
  }
  if (layers.some((layer) => Object.keys(layer.current).some((name) => name.startsWith(key + ' ')))) {
    pending = { prefix: key, until: Date.now() + 1500 }
    if (key === 'g') return
  }
  run(key)
}

let started = false

/** Listens to keys while the component is there. Names: "j", "g h", "Escape", "mod+k". Never while somebody types. */
export function useKeys(handlers: Record<string, KeyHandler>) {
  const layer = useRef(handlers)
  layer.current = handlers
  useEffect(() => {
    if (!started) {
      started = true
      document.addEventListener('keydown', onKeyDown)
    }
    layers.push(layer)
    return () => void layers.splice(layers.indexOf(layer), 1)
  }, [])
}

/** Every single-key shortcut, as the help lists them; `name` is what remapping speaks of. */
export const shortcutGroups: { title: 'everywhere' | 'go' | 'lists' | 'graph'; keys: string[] }[] = [
  { title: 'everywhere', keys: ['mod+k', '/', '?', 'y', 'e', 't', 'u', 'Escape'] },
  { title: 'go', keys: ['g h', 'g i', 'g e', 'g f', 'g p', 'g r', 'g s'] },
  { title: 'lists', keys: ['j', 'k', 'Enter', 'o', 'x', '[', ']', 'b', 'v'] },
  { title: 'graph', keys: ['f', 'r', '+', '-', '0'] },
]
