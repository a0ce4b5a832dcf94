/** A chart of a few lines over time. */
import { useEffect, useRef } from 'preact/hooks'
import uPlot from 'uplot'
import { timeWindow } from '../lib/figures.ts'
import { useStore } from './hooks.ts'
import { isDark } from './theme.ts'

export interface Line {
  readonly label: string
  /** The name of a colour of the style sheet: `--line-1`. */
  readonly color: string
}

export interface ChartProps {
  readonly title: string
  readonly hint?: string
  readonly lines: readonly Line[]
  /** Seconds, then a column for each line. */
  readonly columns: readonly (readonly (number | null)[])[]
  readonly format: (value: number) => string
  /** The scale is cut at powers of two. */
  readonly isBytes?: boolean
  /** Changes when the columns have grown. */
  readonly tick: number
}

const byteSteps = Array.from({ length: 44 }, (_, i) => 2 ** i)
const height = 150
/** Half a time label: the last one stands below the right edge. */
const labelRoom = 26
/** The scale reaches at least so far, so that an idle server does not look busy. */
const floors = { count: 1 }

export function Chart({ title, hint, lines, columns, format, isBytes = false, tick }: ChartProps) {
  const place = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | undefined>(undefined)
  const dark = useStore(isDark)
  useEffect(() => {
    const element = place.current!
    plot.current = new uPlot(
      optionsOf(lines, format, isBytes, element.clientWidth),
      columns as uPlot.AlignedData,
      element,
    )
    const observer = new ResizeObserver(() => plot.current?.setSize({ width: element.clientWidth, height }))
    observer.observe(element)
    return () => {
      observer.disconnect()
      plot.current?.destroy()
    }
  }, [dark])
  useEffect(() => plot.current?.setData(columns as uPlot.AlignedData), [tick])
  return (
    <figure class="chart card">
      <figcaption>
        <span class="chart-title">{title}</span>
        {hint && <span class="hint">{hint}</span>}
        <span class="legend">
          {lines.map(({ label, color }, i) => {
            const value = columns[i + 1]?.at(-1)
            return (
              <span key={label} class="legend-item">
                <i style={{ background: `var(${color})` }} />
                {label} <b>{value === null || value === undefined ? '–' : format(value)}</b>
              </span>
            )
          })}
        </span>
      </figcaption>
      <div ref={place} class="plot" role="img" aria-label={describe(title, lines, columns, format)} />
    </figure>
  )
}

function describe(
  title: string,
  lines: readonly Line[],
  columns: ChartProps['columns'],
  format: ChartProps['format'],
): string {
  const values = lines.map(({ label }, i) => {
    const value = columns[i + 1]?.at(-1)
    return `${label} ${value === null || value === undefined ? 'none' : format(value)}`
  })
  return `${title}: ${values.join(', ')}`
}

function optionsOf(
  lines: readonly Line[],
  format: (value: number) => string,
  isBytes: boolean,
  width: number,
): uPlot.Options {
  const style = getComputedStyle(document.documentElement)
  const color = (name: string): string => style.getPropertyValue(name).trim()
  const font = `11px ${style.fontFamily}`
  const axis = { stroke: color('--faint'), font, ticks: { show: false } }
  return {
    width: Math.max(width, 50),
    height,
    legend: { show: false },
    padding: [null, labelRoom, null, null],
    cursor: { y: false, points: { size: 6 } },
    scales: {
      x: { time: true, range: (_plot, first, last) => timeWindow(first, last, Date.now() / 1000) },
      y: { range: (_plot, _min, max) => [0, Math.max((max ?? 0) * 1.1, floors.count)] },
    },
    axes: [
      { ...axis, grid: { show: false }, space: 90, size: 24, values: (_plot, splits) => splits.map(clock) },
      {
        ...axis,
        grid: { stroke: color('--rule'), width: 1 },
        size: 62,
        space: 34,
        ...(isBytes ? { incrs: byteSteps } : {}),
        values: (_plot, splits) => splits.map((value) => format(value)),
      },
    ],
    series: [
      {},
      ...lines.map((line) => ({
        label: line.label,
        stroke: color(line.color),
        width: 1.75,
        fill: `color-mix(in srgb, ${color(line.color)} 8%, transparent)`,
        points: { show: false },
        spanGaps: false,
      })),
    ],
  }
}

function clock(seconds: number): string {
  const date = new Date(seconds * 1000)
  const two = (value: number): string => String(value).padStart(2, '0')
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
}
