/// <reference types="vitest/config" />
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { constants, gzipSync } from 'node:zlib'
import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'

// What a browser fetches before it shows the first page may weigh this much.
const firstLoadBudget = 300_000

// Writes a .gz beside each file that gains by it, and fails the build when the
// first load (entry, what it imports statically, their styles) is over budget.
function weigh(): Plugin {
  return {
    name: 'weigh',
    apply: 'build',
    // After everything is written: what stands in the bundle before that is not yet
    // what a browser gets.
    writeBundle(options, bundle) {
      const gz = new Map(
        readdirSync(options.dir!, { recursive: true, encoding: 'utf8' })
          .filter((name) => statSync(join(options.dir!, name)).isFile())
          .map((name) => {
            const source = readFileSync(join(options.dir!, name))
            const packed = gzipSync(source, { level: constants.Z_BEST_COMPRESSION })
            if (source.length > 1024 && packed.length < source.length * 0.9) writeFileSync(join(options.dir!, name + '.gz'), packed)
            return [name, packed.length]
          }),
      )
      const first = new Set<string>(['index.html', 'theme.js'])
      const add = (name: string) => {
        const file = bundle[name]
        if (!file || first.has(name)) return
        first.add(name)
        if (file.type !== 'chunk') return
        file.imports.forEach(add)
        file.viteMetadata?.importedCss.forEach(add)
      }
      for (const file of Object.values(bundle)) if (file.type === 'chunk' && file.isEntry) add(file.fileName)
      const total = [...first].reduce((sum, name) => sum + (gz.get(name) ?? 0), 0)
      this.info(`first load ${(total / 1000).toFixed(1)} kB gz of ${firstLoadBudget / 1000}`)
      if (total > firstLoadBudget) this.error(`first load is ${(total / 1000).toFixed(1)} kB gz, over ${firstLoadBudget / 1000}: make something lazy`)
    },
  }
}

export default defineConfig({
  plugins: [react(), weigh()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  build: {
    outDir: '../internal/web/dist',
    emptyOutDir: true,
    target: 'es2022',
    // The policy is default-src 'self': no data: addresses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 700,
  },
  server: { proxy: Object.fromEntries(['/api', '/auth', '/login'].map((p) => [p, process.env.DROVER_URL ?? 'http://127.0.0.1:8765'])) },
  test: { environment: 'jsdom', include: ['src/**/*.test.{ts,tsx}'], setupFiles: [] },
})
