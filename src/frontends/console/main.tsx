/** The console: a page for the one who runs the broker. */
import { render } from 'preact'
import './style/base.css'
import './style/controls.css'
import './style/parts.css'
import 'uplot/dist/uPlot.min.css'
import { App } from './app.tsx'
import { applyTheme } from './parts/theme.ts'

applyTheme()
render(<App />, document.getElementById('root')!)
