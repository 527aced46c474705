import { Empty, Page } from '@/kit'
import { app } from '@/text/app'

export default function Placeholder() {
  const title = (app.pages as Record<string, string>)['settings'] ?? 'settings'
  return (
    <Page title={title}>
      <Empty title="Not built yet" />
    </Page>
  )
}
