import { createTheme, MantineProvider, Menu, Modal, Popover, Tooltip } from '@mantine/core'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { useEffect } from 'react'
import { Problem } from '@/api/client'
import { usePrefs } from './prefs'
import { router } from './router'
import { useTheme } from './theme'

const mantine = createTheme({
  respectReducedMotion: true,
  components: {
    // Locking the scroll writes a style element, which the policy refuses; the
    // page scrolls in <main>, which a modal covers.
    Modal: Modal.extend({ defaultProps: { lockScroll: false, transitionProps: { duration: 100 }, overlayProps: { color: 'var(--shade)', backgroundOpacity: 1 } } }),
    Menu: Menu.extend({ defaultProps: { shadow: 'none', transitionProps: { duration: 80 } } }),
    Popover: Popover.extend({ defaultProps: { shadow: 'none', transitionProps: { duration: 80 } } }),
    Tooltip: Tooltip.extend({ defaultProps: { openDelay: 350, multiline: true, maw: 360, transitionProps: { duration: 80 }, events: { hover: true, focus: true, touch: false } } }),
  },
})

const nonce = () => document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? ''

const client = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      refetchOnWindowFocus: false,
      // A refusal stays one; only what was not reached or broke is tried again.
      retry: (failures, error) => failures < 2 && (!(error instanceof Problem) || error.status >= 500),
      retryDelay: (failures) => 300 * 2 ** failures,
    },
  },
})

export function App() {
  const { scheme } = useTheme()
  const { density } = usePrefs()
  useEffect(() => document.documentElement.setAttribute('data-density', density), [density])
  return (
    <MantineProvider theme={mantine} forceColorScheme={scheme} getStyleNonce={nonce} withCssVariables={false} withGlobalClasses={false}>
      <QueryClientProvider client={client}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  )
}
