import { useState } from 'react'
import { useApi, useWrite, write } from '@/api/hooks'
import type { List } from '@/api/types'
import { Ago, Answer, Button, Card, Empty, Name, Tag, toast } from '@/kit'
import { visible } from '@/kit/format'
import { settings as t } from '@/text/settings'
import { useWhyNot } from '../sources/data'
import css from './settings.module.css'

interface Session {
  id: string
  user: string
  name: string
  how: string
  created: string
  last_seen: string | null
  expires: string
  address: string | null
  agent: string | null
  current: boolean
}

/** Where one is signed in; an administrator sees everybody's. */
export function Sessions() {
  const [everybody, setEverybody] = useState(false)
  const whyNot = useWhyNot()
  const query = useApi<List<Session>>('/sessions', { all: everybody || undefined }, { timeless: true })
  const end = useWrite<Session>((one) => (one.current ? write('POST', '/session:logout') : write('DELETE', '/sessions/' + encodeURIComponent(one.id))), {
    onDone: (_, one) => {
      if (one.current) location.assign('/login')
      else toast({ text: t.sessions.ended })
    },
    onFail: (problem) => toast({ text: visible(problem.message, 400), bad: true }),
  })
  return (
    <Card
      title={t.parts.sessions}
      id="sessions"
      flush
      actions={
        whyNot('user.read') ? undefined : (
          <Button small on={everybody} onClick={() => setEverybody(!everybody)}>
            {t.sessions.everybody}
          </Button>
        )
      }
    >
      <p className={css.lead}>{t.sessions.help}</p>
      <Answer query={query} small lines={4}>
        {(data) =>
          data.items.length === 0 ? (
            <Empty small title={t.sessions.none} />
          ) : (
            <div className={css.scroll}>
              <table className={css.table} aria-labelledby="sessions">
                <thead>
                  <tr>
                    <th scope="col">{t.sessions.columns.agent}</th>
                    {everybody && <th scope="col">{t.sessions.columns.who}</th>}
                    <th scope="col">{t.sessions.columns.how}</th>
                    <th scope="col">{t.sessions.columns.address}</th>
                    <th scope="col">{t.sessions.columns.seen}</th>
                    <th scope="col">{t.sessions.columns.expires}</th>
                    <th scope="col">
                      <span className="visually-hidden">{t.sessions.end}</span>
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {data.items.map((one) => (
                    <tr key={one.id}>
                      <th scope="row">
                        <span className={css.clip} title={visible(one.agent ?? one.id, 300)}>
                          <Name value={one.agent ?? one.id} limit={80} />
                        </span>{' '}
                        {one.current && <Tag value={t.sessions.current} />}
                      </th>
                      {everybody && (
                        <td>
                          <Name value={one.name || one.user} />
                        </td>
                      )}
                      <td>{t.sessions.how[one.how] ?? visible(one.how)}</td>
                      <td className="mono">{one.address ? visible(one.address, 60) : ''}</td>
                      <td>
                        <Ago at={one.last_seen ?? one.created} />
                      </td>
                      <td>
                        <Ago at={one.expires} />
                      </td>
                      <td className={css.end}>
                        <Button small aria-label={one.current ? t.sessions.endSelf : t.sessions.endOne(visible(one.agent ?? one.id, 60))} onClick={() => end.mutate(one)}>
                          {one.current ? t.sessions.endSelf : t.sessions.end}
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
  )
}
