import { MantineProvider } from '@mantine/core'
import { cleanup, fireEvent, render, screen } from '@testing-library/react'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { miniPathOf, type Shown } from './chain'
import { Lanes, type LanesProps } from './Lanes'
import { layLanes } from './layout'
import { MiniPath } from './MiniPath'
import { routesOfPaths } from './routes'
import type { Effect, NodeRef, Path } from './types'

// jsdom has no media queries, which the kit's tooltips ask for.
beforeAll(() => {
  window.matchMedia = ((query: string) => ({ matches: false, media: query, addEventListener() {}, removeEventListener() {}, addListener() {}, removeListener() {}, onchange: null, dispatchEvent: () => false })) as never
})
afterEach(cleanup)

const node = (id: string, over: Partial<NodeRef> = {}): NodeRef => ({ id, ref: 'x/1/t/' + id, name: id, kind: 'identity', type: 'x.role', env: null, tier0: false, ...over })
const effect = (from: NodeRef, to: NodeRef, over: Partial<Effect> = {}): Effect => ({ from: from.ref, to: to.ref, from_name: from.name, to_name: to.name, kind: 'can_assume', grade: 'proven', technique: '', title: '', cite: '', level: '', condition: null, proof: [], also: [], ...over })
const way = (nodes: NodeRef[], over: Partial<Effect> = {}): Path => ({ nodes, edges: nodes.slice(1).map((n, i) => effect(nodes[i]!, n, over)), hops: nodes.length - 1, grade: over.grade ?? 'proven', variant: false })

const nothing = () => {}
function draw(paths: Path[], over: Partial<LanesProps> = {}) {
  const picture = layLanes(routesOfPaths(paths), new Set(over.focus === '#open' ? ['b.s2'] : []))
  return render(
    <MantineProvider>
      <Lanes picture={picture} title="Two ways" route={0} risky chosen="" focus="" view={{ k: 1, x: 0, y: 0 }} onView={nothing} onChoose={nothing} onOpen={nothing} onExpand={nothing} onFocus={nothing} {...over} />
    </MantineProvider>,
  )
}

describe('lanes on the page', () => {
  const [a, b, t] = [node('a'), node('b', { kind: 'credential' }), node('t', { kind: 'resource', tier0: true })]
  const paths = [way([a, b, t]), way([a, t], { grade: 'inferred' })]

  it('are the same markup for the same question', () => {
    const one = draw(paths).container.innerHTML
    cleanup()
    expect(draw(JSON.parse(JSON.stringify(paths)) as Path[]).container.innerHTML.replace(/mantine-\w+/g, '')).toBe(one.replace(/mantine-\w+/g, ''))
  })

  it('have a named button for each thing and each step, one of them in the order of tabs', () => {
    const { container } = draw(paths)
    const things = [...container.querySelectorAll('[data-id]')]
    expect(things).toHaveLength(3 + 3)
    for (const el of things) expect([el.getAttribute('role'), (el.getAttribute('aria-label') ?? '').length > 2]).toEqual(['button', true])
    expect(things.filter((el) => el.getAttribute('tabindex') === '0')).toHaveLength(1)
    expect(screen.getByRole('button', { name: /^t, resource, .*tier 0/ })).toBeTruthy()
  })

  it('draw confidence as line style and red on the selected way alone', () => {
    const { container } = draw(paths)
    expect(container.querySelectorAll('.gx-edge.gx-dashed')).toHaveLength(1)
    expect(container.querySelectorAll('.gx-risky')).toHaveLength(2)
    cleanup()
    expect(draw(paths, { risky: false }).container.querySelectorAll('.gx-risky, .gx-onpath')).toHaveLength(0)
  })

  it('are walked by keys, opened by Enter and o, focused by f', () => {
    const onChoose = vi.fn()
    const onOpen = vi.fn()
    const onFocus = vi.fn()
    const { container } = draw(paths, { onChoose, onOpen, onFocus })
    const at = (id: string) => [...container.querySelectorAll<SVGElement>('[data-id]')].find((el) => el.dataset.id === id)!
    at('a').focus()
    fireEvent.keyDown(at('a'), { key: 'ArrowRight' })
    expect((document.activeElement as SVGElement).dataset.id).toBe('a>b')
    fireEvent.keyDown(document.activeElement!, { key: 'ArrowRight' })
    expect((document.activeElement as SVGElement).dataset.id).toBe('b')
    fireEvent.keyDown(document.activeElement!, { key: 'Enter' })
    fireEvent.keyDown(document.activeElement!, { key: 'o' })
    fireEvent.keyDown(document.activeElement!, { key: 'f' })
    expect([onChoose.mock.calls, onOpen.mock.calls, onFocus.mock.calls]).toEqual([[['b']], [['b']], [['b']]])
  })

  it('open and close bundles by plus and minus', () => {
    const onExpand = vi.fn()
    const { container } = draw(
      Array.from({ length: 9 }, (_, i) => way([node('s' + i), t])),
      { onExpand },
    )
    const bundle = container.querySelector('[data-id="b.s2"]')!
    expect(bundle.getAttribute('aria-expanded')).toBe('false')
    fireEvent.keyDown(bundle, { key: '+' })
    fireEvent.keyDown(bundle, { key: '-' })
    expect(onExpand.mock.calls).toEqual([['b.s2', true], ['b.s2', false]])
  })

  it('show hostile names as text, whatever they hold', () => {
    const evil = node('evil', { name: '<img src=x onerror=alert(1)>\u202egpj.exe\u0000"\'&', type: 'x.<b>' })
    const { container } = draw([way([evil, t], { title: '<svg onload=alert(1)>', kind: 'escalates', level: 'escalate' })])
    expect(container.querySelectorAll('img, b, script, svg svg')).toHaveLength(0)
    expect(container.textContent).not.toMatch(/[\u202e\u0000]/)
    for (const el of container.querySelectorAll('*')) for (const a of el.attributes) expect(a.value).not.toMatch(/[\u202e\u0000]/)
  })
})

describe('the short chain', () => {
  const show: Shown = { item: { id: 'i', ref: 'x/1/t/bot', name: 'bot\u202e', kind: 'identity', type: 'x.role', tier: 0, places: 3 }, edges: [{ direction: 'in', kind: 'authenticates', ref: 'k', name: 'key of bot', type: 'x.key', grade: 'proven' }] }

  it('says what is not known instead of leaving it out', () => {
    const steps = miniPathOf(show, undefined, null)
    expect(steps).toHaveLength(4)
    render(<MiniPath steps={steps} />)
    expect(screen.getAllByRole('listitem')).toHaveLength(4)
    expect(screen.getByText('creator not known')).toBeTruthy()
    expect(screen.getByText('what it reaches is not known')).toBeTruthy()
    expect(screen.getByText('found in 3 places')).toBeTruthy()
    expect(document.body.textContent).not.toContain('\u202e')
  })

  it('says of a maker who left that they left', () => {
    const made = (left: boolean | null) => ({ schema: '', subject: node('bot'), chain: [{ ...node('Priya'), created: 'x/1/t/bot', how: 'created', depth: 1, grade: 'proven', proof: 'audit log', left }], human: true, generation: 1, catalogues: [], not_analysed: [] })
    render(<MiniPath steps={miniPathOf(show, made(true), null)} />)
    expect(screen.getByText('(left)')).toBeTruthy()
    expect(miniPathOf(show, made(false), null)[0]!.mark).toBeUndefined()
    expect(miniPathOf(show, made(null), null)[0]!.mark).toBeUndefined()
  })

  it('tells nothing reached from not known', () => {
    const blast = { schema: '', subject: node('bot'), reach: { resources: 0, by_level: {}, by_data_class: {}, by_env: {}, tier0: 0, identities: 0, hops: 0 }, holds: [], holds_total: 0, next: [], next_total: 0, tier0: [], paths: [], cut: null, generation: 1, catalogues: [], not_analysed: [] }
    expect(miniPathOf(show, null, blast)[3]!.missing).toBe('nothing seen that it reaches')
  })
})
