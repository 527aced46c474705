import { Modal } from '@mantine/core'
import { useState } from 'react'
import { useApi, useWrite, write } from '@/api/hooks'
import type { List } from '@/api/types'
import { Ago, Answer, Button, Card, Command, Empty, Field, Name, toast } from '@/kit'
import { visible } from '@/kit/format'
import { kit } from '@/text/kit'
import { settings as t } from '@/text/settings'
import { useMe, useWhyNot } from '../sources/data'
import css from './settings.module.css'

interface Token {
  id: string
  name: string
  user: string
  user_name: string
  grants: string[]
  created: string
  expires: string
  last_used: string | null
}

export const linesOf = (text: string) => text.split('\n').map((line) => line.trim()).filter(Boolean)

/** API tokens: made once shown once, revoked at once. */
export function Tokens() {
  const [everybody, setEverybody] = useState(false)
  const [making, setMaking] = useState(false)
  const [revoking, setRevoking] = useState<Token>()
  const whyNot = useWhyNot()
  const me = useMe()
  const query = useApi<List<Token>>('/tokens', { all: everybody || undefined }, { timeless: true })
  const revoke = useWrite<Token>((one) => write('DELETE', '/tokens/' + encodeURIComponent(one.id)), {
    onDone: (_, one) => {
      setRevoking(undefined)
      toast({ text: t.tokens.revoked(visible(one.name, 80)) })
    },
    onFail: (problem) => toast({ text: visible(problem.message, 400), bad: true }),
  })
  return (
    <Card
      title={t.parts.tokens}
      id="tokens"
      flush
      actions={
        <>
          {!whyNot('user.read') && (
            <Button small on={everybody} onClick={() => setEverybody(!everybody)}>
              {t.sessions.everybody}
            </Button>
          )}
          <Button small look="primary" icon="plus" why={whyNot('token.write') ?? (me.data?.token ? t.tokens.needsSession : undefined)} onClick={() => setMaking(true)}>
            {t.tokens.create}
          </Button>
        </>
      }
    >
      <p className={css.lead}>{t.tokens.help}</p>
      <Answer query={query} small lines={4}>
        {(data) =>
          data.items.length === 0 ? (
            <Empty small title={t.tokens.none} />
          ) : (
            <div className={css.scroll}>
              <table className={css.table} aria-labelledby="tokens">
                <thead>
                  <tr>
                    <th scope="col">{t.tokens.columns.name}</th>
                    {everybody && <th scope="col">{t.tokens.columns.user}</th>}
                    <th scope="col">{t.tokens.columns.grants}</th>
                    <th scope="col">{t.tokens.columns.used}</th>
                    <th scope="col">{t.tokens.columns.expires}</th>
                    <th scope="col">
                      <span className="visually-hidden">{t.tokens.revoke}</span>
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {data.items.map((one) => (
                    <tr key={one.id}>
                      <th scope="row">
                        <Name value={one.name} limit={128} />
                      </th>
                      {everybody && (
                        <td>
                          <Name value={one.user_name || one.user} />
                        </td>
                      )}
                      <td>{one.grants.length === 0 ? t.tokens.all : one.grants.map((grant) => <code key={grant} className={css.grant}>{visible(grant, 200)}</code>)}</td>
                      <td>{one.last_used ? <Ago at={one.last_used} /> : t.tokens.never}</td>
                      <td>
                        <Ago at={one.expires} />
                      </td>
                      <td className={css.end}>
                        <Button small look="danger" aria-label={t.tokens.revokeOne(visible(one.name, 80))} onClick={() => setRevoking(one)}>
                          {t.tokens.revoke}
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
      {making && <Make onClose={() => setMaking(false)} />}
      {revoking && (
        <Modal opened onClose={() => setRevoking(undefined)} title={t.tokens.revokeOne(visible(revoking.name, 80))} closeButtonProps={{ 'aria-label': kit.close }}>
          <div className={css.form}>
            <p>{t.tokens.revokeText(visible(revoking.name, 80))}</p>
            <div className={css.buttons}>
              <Button look="danger" disabled={revoke.isPending} onClick={() => revoke.mutate(revoking)}>
                {t.tokens.revokeOne(visible(revoking.name, 80))}
              </Button>
              <Button onClick={() => setRevoking(undefined)}>{t.tokens.keep}</Button>
            </div>
          </div>
        </Modal>
      )}
    </Card>
  )
}

function Make({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState('')
  const [grants, setGrants] = useState('')
  const [expires, setExpires] = useState('90d')
  // Kept in this component alone: it is gone when the dialog is closed.
  const [value, setValue] = useState('')
  const make = useWrite<void, { value: string }>(() => write('POST', '/tokens', { name: name.trim(), expires, ...(linesOf(grants).length > 0 && { grants: linesOf(grants) }) }), { onDone: (made) => setValue(made.value) })
  const faultAt = (pointer: string) => make.error?.body.errors?.find((one) => one.pointer?.startsWith(pointer))?.detail
  const known = faultAt('/body/name') || faultAt('/body/grants')
  return (
    <Modal opened onClose={onClose} title={t.tokens.create} closeOnClickOutside={!value} closeOnEscape={!value} closeButtonProps={{ 'aria-label': kit.close }}>
      {value ? (
        <div className={css.form}>
          <p role="status">{t.tokens.made}</p>
          <Command text={value} what={t.tokens.value} />
          <Button look="primary" onClick={onClose}>
            {t.tokens.done}
          </Button>
        </div>
      ) : (
        <form
          className={css.form}
          onSubmit={(event) => {
            event.preventDefault()
            if (name.trim()) make.mutate()
          }}
        >
          <Field label={t.tokens.name} help={t.tokens.nameHelp} error={faultAt('/body/name')}>
            <input value={name} required maxLength={128} autoComplete="off" onChange={(event) => setName(event.target.value)} />
          </Field>
          <Field label={t.tokens.grants} help={t.tokens.grantsHelp} error={faultAt('/body/grants')}>
            <textarea rows={2} value={grants} spellCheck={false} onChange={(event) => setGrants(event.target.value)} />
          </Field>
          <Field label={t.tokens.expires}>
            <select value={expires} onChange={(event) => setExpires(event.target.value)}>
              {[7, 30, 90].map((days) => (
                <option key={days} value={`${days}d`}>
                  {t.tokens.days(days)}
                </option>
              ))}
              <option value="365d">{t.tokens.year}</option>
            </select>
          </Field>
          {make.error && !known && (
            <p role="alert" className={css.bad}>
              {visible(make.error.message, 400)}
            </p>
          )}
          <Button type="submit" look="primary" disabled={make.isPending || !name.trim()}>
            {t.tokens.make}
          </Button>
        </form>
      )}
    </Modal>
  )
}
