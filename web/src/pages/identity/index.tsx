import { Menu, Tabs } from '@mantine/core'
import { useParams } from '@tanstack/react-router'
import { address } from '@/api/client'
import { carry, useGo } from '@/app/Link'
import { useScope } from '@/app/scope'
import { shareHere } from '@/app/share'
import { useKeys } from '@/app/shortcuts'
import { useUrl } from '@/app/url'
import { Answer, Button, Card, Copy, follow, Icon, kindIcon, LinkButton, Name, Page, ScoreSum, Severity, shell, ShowAs, Tag } from '@/kit'
import { words } from '@/kit/format'
import { identities } from '@/text/identities'
import { identity as t } from '@/text/identity'
import { isOpen, useBlast, useDetail, useFindingLines, useRisk, type Detail } from './data'
import css from './identity.module.css'
import { GonePage } from './Gone'
import { OwnerCard } from './OwnerCard'
import { Mini, Sentence } from './Summary'
import { AccessTab, ActivityTab, CredentialsTab, DependentsTab, FactsTab, FindingsTab, UseTab } from './tabs'

export default function IdentityPage() {
  const { id } = useParams({ strict: false }) as { id: string }
  const detail = useDetail(id)
  if (!detail.data) {
    return (
      <Page title={id}>
        <Answer query={detail}>{() => null}</Answer>
      </Page>
    )
  }
  if (detail.data.removed) return <GonePage detail={detail.data} removed={detail.data.removed} />
  return <Loaded detail={detail.data} />
}

function Loaded({ detail }: { detail: Detail }) {
  const item = detail.item
  const isIdentity = item.kind === 'identity'
  const acts = isIdentity || item.kind === 'human' || item.kind === 'group' || item.kind === 'role' || item.kind === 'credential' || item.kind === 'workload'
  const { asOf } = useScope()
  const go = useGo()
  const [url, set] = useUrl({ tab: acts && item.kind !== 'credential' ? 'access' : item.kind === 'credential' ? 'credentials' : 'facts' })
  const risk = useRisk(item.id, isIdentity || item.kind === 'credential')
  const blast = useBlast(item.id, acts)
  useKeys({ b: () => go('/explore', { from: item.id }) })
  const open = useFindingLines(detail).lines?.filter(isOpen).length
  const path = `/nodes/${encodeURIComponent(item.id)}`
  const cli = `drover show ${shell(item.id)}${asOf ? ` --as-of ${shell(asOf)}` : ''}`
  const tab = (value: string, label: string, n?: number) => (
    <Tabs.Tab value={value}>
      {label}
      {n !== undefined && n > 0 && <span className={css.n}>{n}</span>}
    </Tabs.Tab>
  )
  return (
    <Page
      title={item.name}
      heading={
        <span className={css.heading}>
          <Icon name={kindIcon(item.kind, item.nhi_type)} size={20} />
          <span>
            <Name value={item.name} limit={400} />
          </span>
          {risk.data && <Severity level={risk.data.score.level} score={risk.data.score.total} solid />}
          {item.tier === 0 && <Tag value="Tier 0" look="tier0" />}
          {item.env && <Tag value={item.env} />}
          {item.verdict && item.verdict.value !== 'nhi' && <Tag value={item.verdict.value} />}
        </span>
      }
      lead={
        <span className={css.meta}>
          <span>{words(item.type)}</span>
          <code>{item.id}</code>
          <Copy text={item.id} what={t.copyId} />
        </span>
      }
      actions={
        <>
          {acts && (
            <LinkButton icon="explore" look="primary" to="/explore" search={carry({ from: item.id })}>
              {t.explore}
            </LinkButton>
          )}
          {isIdentity && (
            <LinkButton to="/explore" search={carry({ from: item.id, to: 'tier0' })}>
              {t.paths}
            </LinkButton>
          )}
          <Button look="quiet" icon="share" onClick={() => void shareHere()}>
            {identities.share}
          </Button>
          <ShowAs cli={cli} api={address(path, { as_of: asOf })} />
          <Menu position="bottom-end">
            <Menu.Target>
              <Button look="quiet" icon="download" data-shortcut="export">
                {identities.export.label}
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item onClick={() => follow(address(path, { as_of: asOf }), `${item.id}.json`)}>{t.exports.json}</Menu.Item>
              <Menu.Item onClick={() => print()}>{identities.export.print}</Menu.Item>
            </Menu.Dropdown>
          </Menu>
        </>
      }
    >
      <Sentence item={item} blast={blast.data} />
      {acts && (
        <section className={css.mini} aria-label={t.path.title}>
          <Mini detail={detail} />
        </section>
      )}
      <div className={css.columns}>
        <Tabs value={url.tab} onChange={(value) => set({ tab: value ?? '' })} keepMounted={false} className={css.main}>
          <Tabs.List aria-label={t.tabs.overview}>
            {acts && tab('access', t.tabs.access)}
            {isIdentity && tab('use', t.tabs.use)}
            {(isIdentity || item.kind === 'credential') && tab('credentials', t.tabs.credentials, isIdentity ? item.credentials : undefined)}
            {tab('dependents', t.tabs.dependents)}
            {tab('findings', t.tabs.findings, open)}
            {tab('activity', t.tabs.activity)}
            {tab('facts', t.tabs.facts)}
          </Tabs.List>
          <Tabs.Panel value="access"><AccessTab detail={detail} /></Tabs.Panel>
          <Tabs.Panel value="use"><UseTab detail={detail} /></Tabs.Panel>
          <Tabs.Panel value="credentials"><CredentialsTab detail={detail} /></Tabs.Panel>
          <Tabs.Panel value="dependents"><DependentsTab detail={detail} /></Tabs.Panel>
          <Tabs.Panel value="findings"><FindingsTab detail={detail} /></Tabs.Panel>
          <Tabs.Panel value="activity"><ActivityTab detail={detail} /></Tabs.Panel>
          <Tabs.Panel value="facts"><FactsTab detail={detail} /></Tabs.Panel>
        </Tabs>
        <div className={css.side}>
          {(isIdentity || detail.owner) && (
            <Card title={t.owner.title} id="owner">
              <OwnerCard detail={detail} />
            </Card>
          )}
          {((isIdentity && !risk.mayNot) || risk.data) && (
            <Card title={risk.data ? t.score.title(risk.data.score.total, risk.data.score.level) : t.score.none} id="risk">
              <Answer query={risk} small lines={5}>
                {(data) => <ScoreSum score={data.score} />}
              </Answer>
            </Card>
          )}
        </div>
      </div>
    </Page>
  )
}
