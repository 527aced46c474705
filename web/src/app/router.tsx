import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Link, redirect, type ErrorComponentProps } from '@tanstack/react-router'
import { Button } from '@/kit/Button'
import { Page } from '@/kit/Page'
import { Empty, Failed } from '@/kit/states'
import { useEffect } from 'react'
import { get, Problem } from '@/api/client'
import { app as t } from '@/text/app'
import { kit } from '@/text/kit'
import { carry } from './Link'
import { Shell } from './Shell'
import { formatQuery, parseQuery } from './url'

function NotFound() {
  return (
    <Page title={t.notFound.title}>
      <Empty title={t.notFound.text} icon="search" actions={<Link to="/" search={carry()}>{t.notFound.home}</Link>} />
    </Page>
  )
}

/** What browsers and the builder say when a part of the page could not be fetched. */
const notFetched = /dynamically imported module|Unable to preload|Importing a module script failed|error loading dynamically/i

/** The server does not answer: the page waits for it and comes back by itself. */
function Unreachable() {
  useEffect(() => {
    const timer = setInterval(() => void get('/version').then(() => location.reload(), (problem: Problem) => problem.status > 0 && location.reload()), 2000)
    return () => clearInterval(timer)
  }, [])
  return (
    <Page title={kit.offlineTitle}>
      <Empty title={kit.offlineTitle} icon="warning" actions={<Button icon="refresh" onClick={() => location.reload()}>{t.crashed.reload}</Button>}>
        <p role="status">{t.crashed.waits}</p>
      </Empty>
    </Page>
  )
}

function Crashed({ error, reset }: ErrorComponentProps) {
  if (error instanceof Problem) return <Failed problem={error} onRetry={reset} />
  if (notFetched.test(String((error as Error | undefined)?.message))) return <Unreachable />
  return (
    <Page title={t.crashed.title}>
      <Empty title={t.crashed.text} icon="warning" actions={<Button icon="refresh" onClick={() => location.reload()}>{t.crashed.reload}</Button>}>
        <p className="mono">{String((error as Error | undefined)?.message ?? error).slice(0, 300)}</p>
      </Empty>
    </Page>
  )
}

const root = createRootRoute({ notFoundComponent: NotFound, errorComponent: Crashed })
const shell = createRoute({ getParentRoute: () => root, id: 'shell', component: Shell })
const under = () => shell

// One line a page; each is a file of its own that is fetched when it is opened.
const routes = [
  createRoute({ getParentRoute: under, path: '/', component: lazyRouteComponent(() => import('@/pages/home')) }),
  createRoute({ getParentRoute: under, path: '/identities', component: lazyRouteComponent(() => import('@/pages/identities')) }),
  createRoute({ getParentRoute: under, path: '/identities/$id', component: lazyRouteComponent(() => import('@/pages/identity')) }),
  createRoute({ getParentRoute: under, path: '/changes', component: lazyRouteComponent(() => import('@/pages/changes')) }),
  createRoute({ getParentRoute: under, path: '/explore', component: lazyRouteComponent(() => import('@/pages/explore')) }),
  createRoute({ getParentRoute: under, path: '/findings', component: lazyRouteComponent(() => import('@/pages/findings')) }),
  createRoute({ getParentRoute: under, path: '/findings/$id', component: lazyRouteComponent(() => import('@/pages/findings')) }),
  createRoute({ getParentRoute: under, path: '/reports/posture', component: lazyRouteComponent(() => import('@/pages/posture')) }),
  createRoute({ getParentRoute: under, path: '/reports', component: lazyRouteComponent(() => import('@/pages/reports')) }),
  createRoute({ getParentRoute: under, path: '/sources', component: lazyRouteComponent(() => import('@/pages/sources')) }),
  createRoute({ getParentRoute: under, path: '/settings', component: lazyRouteComponent(() => import('@/pages/settings')) }),
  createRoute({ getParentRoute: under, path: '/welcome', component: lazyRouteComponent(() => import('@/pages/welcome')) }),
  createRoute({ getParentRoute: under, path: '/glossary', component: lazyRouteComponent(() => import('@/pages/glossary')) }),
]
const nowhere = createRoute({ getParentRoute: under, path: '$', component: NotFound })

// Names that people type or that older links have.
const others: Record<string, string> = { '/home': '/', '/posture': '/reports/posture', '/identity': '/identities', '/finding': '/findings', '/fixes': '/findings', '/graph': '/explore', '/paths': '/explore', '/diff': '/changes', '/audit': '/settings?part=audit', '/users': '/settings?part=users', '/tokens': '/settings?part=tokens', '/start': '/welcome', '/coverage': '/sources' }
const moved = Object.entries(others).map(([path, to]) =>
  createRoute({
    getParentRoute: under,
    path,
    beforeLoad: ({ search }) => {
      const [pathname, own] = to.split('?')
      throw redirect({ href: pathname + formatQuery({ ...parseQuery(own ?? ''), ...(search as Record<string, string>) }), replace: true })
    },
  }),
)

export const router = createRouter({
  routeTree: root.addChildren([shell.addChildren([...routes, ...moved, nowhere])]),
  parseSearch: parseQuery,
  stringifySearch: formatQuery,
  // A page that fails takes nothing else with it: the way to the others, and back to now, stays.
  defaultErrorComponent: Crashed,
  defaultPreload: 'intent',
  defaultPendingMs: 200,
})
