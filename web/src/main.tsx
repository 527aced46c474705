import '@mantine/core/styles.layer.css'
import './app/tokens.css'
import './app/base.css'
import './app/mantine.css'
import { createRoot } from 'react-dom/client'
import { App } from './app/App'

createRoot(document.getElementById('root')!).render(<App />)
