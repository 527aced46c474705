import { MantineProvider } from '@mantine/core'
import { cleanup, render } from '@testing-library/react'
import { afterEach, beforeAll, expect, it } from 'vitest'
import { Breaks } from './Breaks'
import { sentence } from './format'

beforeAll(() => {
  window.matchMedia = ((query: string) => ({ matches: false, media: query, addEventListener() {}, removeEventListener() {}, addListener() {}, removeListener() {}, onchange: null, dispatchEvent: () => false })) as never
})
afterEach(cleanup)

// "Nothing seen" is what somebody acts on: it may stand only where everything was looked at.
it.each([
  [{ text: '', dependents: 0, unknowns: [] }, 'nothing seen'],
  [{ text: '', dependents: 0, unknowns: null }, 'nothing seen'],
  [{ text: '', dependents: 0, unknowns: ['who used the role'] }, 'not known'],
  [{ text: '', dependents: null, unknowns: null }, 'not known'],
  [{ text: '', dependents: 9, unknowns: null }, '9 dependents'],
  [{ text: '', dependents: 1, unknowns: ['a', 'b'] }, '1 dependent'],
])('says of %j what is known', (of, want) => {
  const { container } = render(
    <MantineProvider>
      <Breaks of={of} />
    </MantineProvider>,
  )
  expect(container.querySelector('span')?.textContent).toBe(want)
  expect(container.querySelectorAll('[role="img"]').length).toBe(of.dependents && of.unknowns?.length ? 1 : 0)
})

it.each([
  ['database role svc-x administers it', 'svc-x', 'Database role svc-x administers it'],
  ['is a superuser, who passes by', '', 'Is a superuser, who passes by'],
  ['grafana may read all', 'grafana', 'grafana may read all'],
  ['svc-bi-export has no owner', '', 'svc-bi-export has no owner'],
  ['s3:GetObject is allowed', '', 's3:GetObject is allowed'],
  ['IAM role x', '', 'IAM role x'],
  ['', '', ''],
])('begins %j as a sentence', (text, name, want) => expect(sentence(text, name)).toBe(want))
