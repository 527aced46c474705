import { Modal } from '@mantine/core'
import { useState } from 'react'
import { change, get, useApi, useWrite, write } from '@/api/hooks'
import type { List } from '@/api/types'
import { Ago, Answer, Button, Card, Empty, Field, Name, toast } from '@/kit'
import { count, visible } from '@/kit/format'
import { kit } from '@/text/kit'
import { settings as t } from '@/text/settings'
import { useWhyNot } from '../sources/data'
import { linesOf } from './Tokens'
import css from './settings.module.css'

interface User {
  id: string
  name: string
  email: string | null
  kind: string
  grants: string[]
  created: string
  last_seen: string | null
  sessions: number
  tokens: number
  signs_in: string[]
}

const pathOf = (user: User) => '/users/' + encodeURIComponent(user.id)

/** Who may do what. */
export function Users() {
  const whyNot = useWhyNot()
  const query = useApi<List<User>>('/users', { page_size: 1000 }, { timeless: true })
  const [open, setOpen] = useState<{ user?: User; remove?: boolean }>()
  return (
    <>
      <Card
        title={t.parts.users}
        id="users"
        flush
        actions={
          <Button small look="primary" icon="plus" why={whyNot('user.admin')} onClick={() => setOpen({})}>
            {t.users.add}
          </Button>
        }
      >
        <p className={css.lead}>{t.users.help}</p>
        <Answer query={query} small lines={5}>
          {(data) =>
            data.items.length === 0 ? (
              <Empty small title={t.users.none} />
            ) : (
              <div className={css.scroll}>
                <table className={css.table} aria-labelledby="users">
                  <thead>
                    <tr>
                      <th scope="col">{t.users.columns.name}</th>
                      <th scope="col">{t.users.columns.grants}</th>
                      <th scope="col">{t.users.columns.signs}</th>
                      <th scope="col">{t.users.columns.seen}</th>
                      <th scope="col">{t.users.columns.open}</th>
                      <th scope="col">
                        <span className="visually-hidden">{t.users.change}</span>
                      </th>
                    </tr>
                  </thead>
                  <tbody>
                    {data.items.map((user) => (
                      <tr key={user.id}>
                        <th scope="row">
                          <Name value={user.name} limit={128} /> <span className={css.small}>{user.email ? visible(user.email, 120) : (t.users.kinds[user.kind] ?? visible(user.kind))}</span>
                        </th>
                        <td>{user.grants.length === 0 ? <span className="muted">{t.users.nothing}</span> : user.grants.map((grant) => <code key={grant} className={css.grant}>{visible(grant, 200)}</code>)}</td>
                        <td className="muted">{user.signs_in.map((how) => visible(how)).join(', ')}</td>
                        <td>{user.last_seen ? <Ago at={user.last_seen} /> : t.users.never}</td>
                        <td>
                          {count(user.sessions)}, {count(user.tokens)}
                        </td>
                        <td className={css.end}>
                          <Button small why={whyNot('user.grant')} aria-label={t.users.changeOne(visible(user.name, 80))} onClick={() => setOpen({ user })}>
                            {t.users.change}
                          </Button>{' '}
                          <Button small look="danger" why={whyNot('user.admin')} aria-label={t.users.removeOne(visible(user.name, 80))} onClick={() => setOpen({ user, remove: true })}>
                            {t.users.remove}
                          </Button>
                        </td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </div>
            )
          }
        </Answer>
      </Card>
      <Card title={t.users.roles} id="roles">
        <dl className={css.pairs}>
          {Object.entries(t.users.roleTexts).map(([role, text]) => (
            <div key={role} className={css.pair}>
              <dt>{role}</dt>
              <dd>{text}</dd>
            </div>
          ))}
        </dl>
      </Card>
      {open && (open.remove ? <Remove user={open.user!} onClose={() => setOpen(undefined)} /> : <Edit user={open.user} onClose={() => setOpen(undefined)} />)}
    </>
  )
}

function Edit({ user, onClose }: { user?: User; onClose: () => void }) {
  const [name, setName] = useState('')
  const [email, setEmail] = useState('')
  const [kind, setKind] = useState('person')
  const [grants, setGrants] = useState((user?.grants ?? []).join('\n'))
  const [warnings, setWarnings] = useState<string[]>()
  const save = useWrite<void, { warnings?: string[] }>(
    async () => {
      if (!user) return write('POST', '/users', { name: name.trim(), kind, grants: linesOf(grants), ...(email.trim() && { email: email.trim() }) })
      await get(pathOf(user))
      return change('PUT', pathOf(user), { grants: linesOf(grants) })
    },
    {
      onDone: (out) => {
        toast({ text: user ? t.users.changed(visible(user.name, 80)) : t.users.added(visible(name.trim(), 80)) })
        if (out?.warnings?.length) setWarnings(out.warnings)
        else onClose()
      },
    },
  )
  if (warnings)
    return (
      <Modal opened onClose={onClose} title={t.users.warned} closeButtonProps={{ 'aria-label': kit.close }}>
        <div className={css.form}>
          <ul role="alert">
            {warnings.map((text) => (
              <li key={text}>{visible(text, 600)}</li>
            ))}
          </ul>
          <Button look="primary" onClick={onClose}>
            {t.users.understood}
          </Button>
        </div>
      </Modal>
    )
  return (
    <Modal opened onClose={onClose} title={user ? t.users.changeOne(visible(user.name, 80)) : t.users.add} closeButtonProps={{ 'aria-label': kit.close }}>
      <form
        className={css.form}
        onSubmit={(event) => {
          event.preventDefault()
          save.mutate()
        }}
      >
        {user ? (
          <p className="muted">{t.users.changeHelp}</p>
        ) : (
          <>
            <Field label={t.users.name}>
              <input value={name} required maxLength={128} autoComplete="off" onChange={(event) => setName(event.target.value)} />
            </Field>
            <Field label={t.users.kind}>
              <select value={kind} onChange={(event) => setKind(event.target.value)}>
                {Object.entries(t.users.kinds).map(([value, label]) => (
                  <option key={value} value={value}>
                    {label}
                  </option>
                ))}
              </select>
            </Field>
            {kind === 'person' && (
              <Field label={t.users.email} help={t.users.emailHelp}>
                <input type="email" value={email} maxLength={254} autoComplete="off" onChange={(event) => setEmail(event.target.value)} />
              </Field>
            )}
          </>
        )}
        <Field label={t.users.grants} help={t.users.grantsHelp} error={save.error ? visible(save.error.message, 400) : undefined}>
          <textarea rows={3} value={grants} spellCheck={false} onChange={(event) => setGrants(event.target.value)} />
        </Field>
        <Button type="submit" look="primary" disabled={save.isPending || (!user && !name.trim())}>
          {user ? t.users.save : t.users.add}
        </Button>
      </form>
    </Modal>
  )
}

function Remove({ user, onClose }: { user: User; onClose: () => void }) {
  const [typed, setTyped] = useState('')
  const [reassign, setReassign] = useState('')
  const remove = useWrite<void, { sessions: number; tokens: number }>(
    async () => {
      await get(pathOf(user))
      const to = reassign.trim()
      return change('DELETE', pathOf(user) + (to ? '?reassign=' + encodeURIComponent(to) : ''), undefined, pathOf(user))
    },
    {
      onDone: (out) => {
        toast({ text: t.users.removed(visible(user.name, 80), out?.sessions ?? 0, out?.tokens ?? 0) })
        onClose()
      },
    },
  )
  return (
    <Modal opened onClose={onClose} title={t.users.removeOne(visible(user.name, 80))} closeButtonProps={{ 'aria-label': kit.close }}>
      <form
        className={css.form}
        onSubmit={(event) => {
          event.preventDefault()
          if (typed === user.name) remove.mutate()
        }}
      >
        <p>{t.users.removeText}</p>
        <Field label={t.users.reassign} help={t.users.reassignHelp} error={remove.error ? visible(remove.error.message, 400) : undefined}>
          <input value={reassign} maxLength={256} autoComplete="off" onChange={(event) => setReassign(event.target.value)} />
        </Field>
        <Field label={t.users.typed(visible(user.name, 80))}>
          <input value={typed} autoComplete="off" spellCheck={false} onChange={(event) => setTyped(event.target.value)} />
        </Field>
        <div className={css.buttons}>
          <Button type="submit" look="danger" disabled={typed !== user.name || remove.isPending}>
            {t.users.removeOne(visible(user.name, 80))}
          </Button>
          <Button onClick={onClose}>{t.users.keep}</Button>
        </div>
      </form>
    </Modal>
  )
}
