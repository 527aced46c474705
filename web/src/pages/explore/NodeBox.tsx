import { useEffect, useId, useMemo, useRef, useState, type KeyboardEvent } from 'react'
import { useApi } from '@/api/hooks'
import { Glyph, shapeOf, shapeWord } from '@/graph/Glyph'
import { plainType } from '@/graph/text'
import { Icon, Name } from '@/kit'
import { explore as t } from '@/text/explore'
import { useLabel } from './question'

/** A Hit is one thing that the search found. */
interface Hit {
  id: string
  name: string
  kind: string
  type: string
  nhi_type?: string | null
  tier0?: boolean
}

interface SearchAnswer {
  groups: { group: string; hits: { id: string; name: string; type?: string }[] | null }[] | null
}

export interface Suggestion {
  value: string
  label: string
  note: string
}

// What can stand at an end of a way, by its group in the answer; checks, findings and pages cannot.
const kinds: Record<string, string> = { identities: 'identity', credentials: 'credential', humans: 'human', groups: 'group', roles: 'role', resources: 'resource', workloads: 'workload', policies: 'policy', places: 'place', vendors: 'vendor' }

export function hitsOf(a: SearchAnswer | undefined): Hit[] {
  return (a?.groups ?? []).flatMap((g) => {
    const kind = kinds[g.group]
    return kind ? (g.hits ?? []).filter((h) => h.id).map((h) => ({ id: h.id, name: h.name, kind, type: h.type ?? '' })) : []
  })
}

/** A box for one end of a way: search as one types, or a filter taken as it stands. */
export function NodeBox({ label, value, hint, suggestions, onChange, autoFocus }: { label: string; value: string; hint: string; suggestions: Suggestion[]; onChange: (value: string) => void; autoFocus?: boolean }) {
  const id = useId()
  const name = useLabel(value)
  const [text, setText] = useState<string>()
  const [open, setOpen] = useState(false)
  const [at, setAt] = useState(-1)
  const input = useRef<HTMLInputElement>(null)
  const typed = (text ?? '').trim()
  const slow = useLate(typed, 120)
  const search = useApi<SearchAnswer>('/search', { q: slow }, { enabled: open && slow.length > 0, keep: true })
  const options = useMemo<(Suggestion & { hit?: Hit })[]>(() => {
    if (!typed) return suggestions
    const hits = slow ? hitsOf(search.data) : []
    return hits.map((hit) => ({ value: hit.id, label: hit.name, note: plainType(hit.type || hit.kind), hit }))
  }, [typed, slow, search.data, suggestions])

  useEffect(() => setText(undefined), [value])
  useEffect(() => {
    if (autoFocus) input.current?.focus()
  }, [autoFocus])
  const take = (v: string) => {
    setOpen(false)
    setAt(-1)
    setText(undefined)
    if (v !== value) onChange(v)
  }
  const onKeyDown = (e: KeyboardEvent<HTMLInputElement>) => {
    if (e.key === 'ArrowDown' || e.key === 'ArrowUp') {
      e.preventDefault()
      if (!open) return setOpen(true)
      const n = options.length
      if (n > 0) setAt((i) => (e.key === 'ArrowDown' ? (i + 1) % n : (i - 1 + n) % n))
    } else if (e.key === 'Enter') {
      e.preventDefault()
      const chosen = options[at]
      if (open && chosen) take(chosen.value)
      else if (text !== undefined) take(exact(options, typed) ?? typed)
    } else if (e.key === 'Escape' && open) {
      e.preventDefault()
      e.stopPropagation()
      setOpen(false)
      setText(undefined)
    }
  }
  return (
    <div className="ex-box">
      <label htmlFor={id + 'i'}>{label}</label>
      <div className="ex-field">
        <input
          id={id + 'i'}
          ref={input}
          role="combobox"
          autoComplete="off"
          spellCheck={false}
          aria-expanded={open}
          aria-controls={open ? id + 'l' : undefined}
          aria-autocomplete="list"
          aria-activedescendant={open && at >= 0 ? `${id}o${at}` : undefined}
          placeholder={hint}
          value={text ?? (value ? name : '')}
          onChange={(e) => {
            setText(e.target.value)
            setAt(-1)
            setOpen(true)
          }}
          onFocus={(e) => {
            e.target.select()
          }}
          onClick={() => setOpen(true)}
          onKeyDown={onKeyDown}
          onBlur={() => {
            setOpen(false)
            if (text !== undefined && typed === '') take('')
            else setText(undefined)
          }}
        />
        {value && (
          <button type="button" className="ex-clear" aria-label={t.clear(label)} onClick={() => take('')}>
            <Icon name="close" size={12} />
          </button>
        )}
      </div>
      {open && (
        <div className="ex-pop">
          {!typed && <p className="ex-poptitle" id={id + 't'}>{t.suggested}</p>}
          <ul role="listbox" id={id + 'l'} aria-label={label}>
            {options.map((o, i) => (
              <li
                key={o.value}
                id={`${id}o${i}`}
                role="option"
                aria-selected={i === at}
                className="ex-option"
                onPointerDown={(e) => e.preventDefault()}
                onClick={() => take(o.value)}
                onPointerMove={() => setAt(i)}
              >
                {o.hit ? <Glyph shape={shapeOf(o.hit)} size={18} label={shapeWord(shapeOf(o.hit))} tier0={o.hit.tier0} /> : <Icon name="filter" size={14} />}
                <span className="ex-optionname">
                  <Name value={o.label} limit={120} />
                </span>
                <span className="ex-optionnote">{o.note}</span>
              </li>
            ))}
          </ul>
          {typed && slow === typed && !search.isFetching && options.length === 0 && <p className="ex-popempty">{t.noneFound}</p>}
        </div>
      )}
      <span className="visually-hidden" role="status">
        {open && typed && !search.isFetching ? t.found(options.length) : ''}
      </span>
    </div>
  )
}

/** exact is the one hit that has just the typed name: Enter means it. */
function exact(options: (Suggestion & { hit?: Hit })[], typed: string): string | undefined {
  const same = options.filter((o) => o.hit?.name === typed)
  return same.length === 1 ? same[0]!.value : undefined
}

function useLate<T>(value: T, ms: number): T {
  const [late, setLate] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setLate(value), ms)
    return () => clearTimeout(timer)
  }, [value, ms])
  return late
}
