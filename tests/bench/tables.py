"""The results as a table for a terminal and as one in Markdown."""

HEAD = ("", "seconds", "ratio", "CPU s", "peak MiB", "per second")


def cells(row):
    ratio, rate = row.get("ratio"), row.get("per_second")
    return [row["step"], f"{row['seconds']:.2f}", f"{ratio:.2f}" if ratio is not None else "",
            f"{row['cpu_seconds']:.2f}", f"{row['peak_bytes'] / 2**20:.1f}", f"{rate:,.0f}" if rate else ""]


def size_of(scenario):
    data = scenario["data"]
    parts = [f"{scenario['size']:,} {data.get('counted', 'partitions')}"]
    if "rows" in data:
        parts.append(f"{data['rows']:,} rows")
    if "dump_bytes" in data:
        parts.append(f"{data['dump_bytes'] / 1e6:,.0f} MB as a dump")
    return ", ".join(parts)


def goal_line(goal):
    def number(value):
        return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.2f}"
    relation = {"<=": "at most", ">=": "at least"}[goal["relation"]]
    verdict = "met" if goal["met"] else "not met"
    return f"{verdict}: {goal['goal']} = {number(goal['measured'])} {goal['unit']}, {relation} {number(goal['bound'])}"


def as_text(scenario):
    lines = ["", f"{scenario['scenario']}: {scenario['title']}"]
    if "problem" in scenario:
        return "\n".join([*lines, f"  {scenario['problem']}", ""])
    rows = [HEAD, *map(cells, scenario["steps"])]
    width = max(len(row[0]) for row in rows)
    lines.append(f"  {size_of(scenario)}")
    lines += ["  " + row[0].ljust(width) + "".join(cell.rjust(12) for cell in row[1:]) for row in rows]
    lines += [f"  {note}" for note in scenario["notes"]]
    lines += [f"  {goal_line(goal)}" for goal in scenario["goals"]]
    return "\n".join(lines) + "\n"


def head_lines(results):
    machine = results["machine"]
    return [f"metaferry {results['metaferry']}, {results['date']}, seed {results['seed']}, "
            f"medians of {results['rounds']} rounds.",
            f"{machine['cpu']}, {machine['cores']} cores, {machine['memory_bytes'] / 2**30:.0f} GiB, "
            f"Linux {machine['kernel']}."]


def as_markdown(results):
    lines = [*head_lines(results), ""]
    for scenario in results["scenarios"]:
        lines += [f"### {scenario['title']}", ""]
        if "problem" in scenario:
            lines += [f"Not measured: {scenario['problem']}", ""]
            continue
        lines += [f"`{scenario['scenario']}`: {size_of(scenario)}.", ""]
        lines += ["| step | seconds | ratio | CPU s | peak MiB | per second |", "|---|--:|--:|--:|--:|--:|"]
        for row in scenario["steps"]:
            name, *others = cells(row)
            name = name.replace("|", "\\|") + (" (peer)" if row["peer"] else "")
            lines.append(f"| {' | '.join([name, *others])} |")
        lines += ["", *(f"- {note}" for note in scenario["notes"])]
        lines += [f"- {goal_line(goal)}".replace("|", "\\|") for goal in scenario["goals"]]
        lines.append("")
    versions = ", ".join(f"{name} {version}" for name, version in results["versions"].items())
    return "\n".join([*lines, f"Versions: {versions}."]) + "\n"
