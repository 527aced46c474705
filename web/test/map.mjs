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
  return {
    schema: 'drover/v1/graph_map', generation: 1, catalogues: [], not_analysed: [], ids: many((i) => `idn_${i}`), names: many((i) => `svc-prod-thing-${i}`), kinds: ['identity', 'resource'], kind: many((i) => i % 2), types: ['role', 'bucket'], type: many((i) => i % 2),
    tier0: [1, 2, 3], x: many((i) => centre[i % 60][0] + (random() - 0.5) * 0.12), y: many((i) => centre[i % 60][1] + (random() - 0.5) * 0.12), size: many(() => Math.floor(random() * 5)),
    edges: Array.from({ length: links }, () => { const from = Math.floor(random() * things); return [from, (from + 60 * Math.floor(1 + random() * 30)) % things] }).flat(), total: things, unseen: 0,
  }
}

/** Draws the map and pans it by the keys, as somebody who holds an arrow down. Answers with the times between frames, in milliseconds, in order of their length. */
export async function frames(session) {
  const { page } = session
  const body = JSON.stringify(answer())
  await session.context.route('**/api/v1/graph/map**', (route) => route.fulfill({ contentType: 'application/json', body }))
  await session.goto('/explore?view=map')
  const map = page.getByTestId('map')
  await map.locator('canvas').first().waitFor()
  await map.locator('xpath=..').focus()
  await page.evaluate(() => {
    window.frameTimes = []
    let last = performance.now()
    const tick = (now) => (window.frameTimes.push(now - last), (last = now), requestAnimationFrame(tick))
    requestAnimationFrame(tick)
  })
  for (let i = 0; i < 32; i++) await page.keyboard.press(['ArrowLeft', 'ArrowUp', 'ArrowRight', 'ArrowDown'][Math.floor(i / 8) % 4])
  await page.waitForFunction(() => window.frameTimes.length > 20)
  return (await page.evaluate(() => window.frameTimes.slice(1))).sort((a, b) => a - b)
}
