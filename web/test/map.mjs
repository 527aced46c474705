// How smoothly the map of ten thousand things pans: prints the times between frames.
// What a machine is busy with decides them, so that nothing is asserted of them.

const things = 10_000
const links = 40_000

/** An answer of /graph/map with things and links in clusters, the same each time. */
function answer() {
  let seed = 7
  const random = () => (seed = (seed * 1103515245 + 12345) % 2147483648) / 2147483648
  const many = (make) => Array.from({ length: things }, (_, i) => make(i))
  const centre = Array.from({ length: 60 }, () => [random(), random()])
  const grid = 4095
  const on = (v) => Math.round(Math.min(1, Math.max(0, v)) * grid)
  const to = Array.from({ length: things }, () => new Set())
  for (let i = 0; i < links; i++) {
    const from = Math.floor(random() * things)
    to[from].add((from + 60 * Math.floor(1 + random() * 30)) % things)
  }
  const coded = (i) => {
    let last = i
    return [to[i].size, ...[...to[i]].sort((a, b) => a - b).map((j) => { const step = j - last; last = j; return step })]
  }
  return {
    schema: 'drover/v1/map', generation: 1, catalogues: [], not_analysed: [], named: many((i) => i), ids: many((i) => `idn_${i}`), names: many((i) => `svc-prod-thing-${i}`), kinds: ['identity', 'resource'], kind: many((i) => i % 2), types: ['role', 'bucket'], type: many((i) => i % 2),
    tier0: [1, 2, 3], grid, x: many((i) => on(centre[i % 60][0] + (random() - 0.5) * 0.12)), y: many((i) => on(centre[i % 60][1] + (random() - 0.5) * 0.12)), size: many(() => Math.floor(random() * 5)),
    edges: many(coded).flat(), total: things, unseen: 0,
  }
}

/**
 * Draws the map and pans it as somebody does who holds an arrow down, then as one who
 * drags it. Answers with the times between frames, in milliseconds, in order of their
 * length, of both; and with how long the picture with all its edges takes, once it rests.
 */
export async function frames(session, begin) {
  const { page } = session
  const body = JSON.stringify(answer())
  await session.context.route('**/api/v1/graph/map**', (route) => route.fulfill({ contentType: 'application/json', body }))
  await session.goto('/explore?view=map')
  const map = page.getByTestId('map')
  await map.locator('canvas').first().waitFor()
  await map.locator('xpath=..').focus()
  await begin?.()
  const during = async (move) => {
    await page.evaluate(() => {
      window.frameTimes = []
      let last = performance.now()
      const tick = (now) => (window.frameTimes?.push(now - last), (last = now), window.frameTimes && requestAnimationFrame(tick))
      requestAnimationFrame(tick)
    })
    await move()
    return page.evaluate(() => {
      const times = window.frameTimes.slice(1)
      window.frameTimes = null
      return times
    })
  }
  const sorted = (times) => times.sort((a, b) => a - b)
  const keys = await during(async () => {
    for (let i = 0; i < 96; i++) {
      await page.keyboard.press(['ArrowLeft', 'ArrowUp', 'ArrowRight', 'ArrowDown'][Math.floor(i / 24)])
      await page.waitForTimeout(25) // as a key repeats
    }
  })
  const rest = await during(() => page.waitForTimeout(1000))
  const box = await map.boundingBox()
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2)
  await page.mouse.down()
  const drag = await during(async () => {
    for (let i = 0; i < 96; i++) await page.mouse.move(box.x + box.width / 2 + 200 * Math.sin(i / 15), box.y + box.height / 2 + 120 * Math.cos(i / 15))
  })
  await page.mouse.up()
  return { keys: sorted(keys), drag: sorted(drag), rest: sorted(rest) }
}

/** What draws: a graphics card, or this machine's own processor. */
export const renderer = (page) =>
  page.evaluate(() => {
    const gl = document.createElement('canvas').getContext('webgl')
    const info = gl?.getExtension('WEBGL_debug_renderer_info')
    return String(gl?.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : gl.RENDERER) ?? 'nothing')
  })
