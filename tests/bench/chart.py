"""The results as a picture: one panel of bars for each scenario, in SVG that suits light and dark pages."""

from xml.sax.saxutils import escape

WIDTH, LEFT, RIGHT = 860, 250, 170
BAR, GAP, HEADING, FOOT = 16, 7, 46, 18
STYLE = """
  text { font-family: system-ui, sans-serif; font-size: 12px; fill: #1f2933; }
  .title { font-size: 13px; font-weight: 600; } .small { font-size: 11px; fill: #5b6770; }
  .ours { fill: #0f8f83; } .peer { fill: #9aa5ad; } .range { stroke: #1f2933; stroke-width: 1; opacity: .6; }
  .axis { stroke: #c9d1d7; stroke-width: 1; } .page { fill: #ffffff; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e4e9ec; } .small { fill: #9fabb3; } .ours { fill: #2fb8aa; } .peer { fill: #66727a; }
    .range { stroke: #e4e9ec; } .axis { stroke: #3b464d; } .page { fill: #11181c; }
  }
"""
FIGURES = {"seconds": ("seconds, less is better", 1, "{:,.2f} s"),
           "per_second": ("per second, more is better", 1, "{:,.0f}/s"),
           "peak_bytes": ("peak memory in MiB, less is better", 2 ** 20, "{:,.1f} MiB")}


def text(x, y, words, kind="", anchor="start"):
    attributes = (f' class="{kind}"' if kind else "") + (f' text-anchor="{anchor}"' if anchor != "start" else "")
    return f'<text x="{x:.1f}" y="{y:.1f}"{attributes}>{escape(words)}</text>'


def panel(scenario, top):
    """(its elements, its height)"""
    figure = scenario["chart"]
    caption, divisor, form = FIGURES[figure]
    rows = [row for row in scenario["steps"] if figure in row]
    longest = max([row[f"{figure}_range"][1] for row in rows], default=1) or 1
    scale = (WIDTH - LEFT - RIGHT) / longest
    parts = [text(16, top + 18, scenario["title"], "title"),
             text(16, top + 34, f"{scenario['size_told']}; {caption}", "small")]
    for number, row in enumerate(rows):
        y = top + HEADING + number * (BAR + GAP)
        low, high = (LEFT + value * scale for value in row[f"{figure}_range"])
        length, middle = row[figure] * scale, y + BAR / 2
        parts += [text(LEFT - 8, y + 12.5, row["step"], anchor="end"),
                  f'<rect class="{"peer" if row["peer"] else "ours"}" x="{LEFT}" y="{y}" width="{length:.1f}" '
                  f'height="{BAR}" rx="2"/>',
                  f'<line class="range" x1="{low:.1f}" y1="{middle}" x2="{high:.1f}" y2="{middle}"/>',
                  text(max(high, LEFT + length) + 6, y + 12.5, label(row, form, figure, divisor))]
    height = HEADING + len(rows) * (BAR + GAP) + FOOT
    parts.append(f'<line class="axis" x1="{LEFT}" y1="{top + HEADING - 4}" x2="{LEFT}" y2="{top + height - FOOT}"/>')
    return parts, height


def label(row, form, figure, divisor):
    told = form.format(row[figure] / divisor)
    return told if row["peer"] or figure != "seconds" or "ratio" not in row else f"{told} · {row['ratio']:.2f} x"


def as_svg(results, size_of):
    parts, top = [], 64
    for scenario in results["scenarios"]:
        if scenario.get("steps"):
            drawn, height = panel({**scenario, "size_told": size_of(scenario)}, top)
            parts += drawn
            top += height
    machine = results["machine"]
    subject = (f"metaferry {results['metaferry']} and its peers, {results['date'][:10]}: "
               f"medians of {results['rounds']} rounds")
    on = f"{machine['cpu']}, {machine['cores']} cores; the thin line goes from the fastest round to the slowest"
    head = [text(16, 26, subject, "title"), text(16, 44, on, "small"),
            f'<rect class="ours" x="{WIDTH - 180}" y="16" width="12" height="12"/>', text(WIDTH - 163, 26, "metaferry"),
            f'<rect class="peer" x="{WIDTH - 90}" y="16" width="12" height="12"/>', text(WIDTH - 73, 26, "peer")]
    page = f'<rect class="page" width="{WIDTH}" height="{top}"/>'
    body = "\n".join([page, *head, *parts])
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {top}" width="{WIDTH}" height="{top}" '
            f'role="img" aria-label="{escape(subject)}">\n<style>{STYLE}</style>\n{body}\n</svg>\n')
