"""What every scenario is: data, rounds of steps, and goals that its figures are held against."""

import statistics
from typing import NamedTuple


class Goal(NamedTuple):
    what: str
    measured: float
    bound: float
    unit: str = "x"
    at_least: bool = False

    @property
    def met(self):
        return self.measured >= self.bound if self.at_least else self.measured <= self.bound

    def told(self):
        return {"goal": self.what, "measured": self.measured, "bound": self.bound, "unit": self.unit,
                "relation": ">=" if self.at_least else "<=", "met": self.met}


class Scenario:
    """Subclasses say what is done; `take` keeps every single measurement."""

    name = title = ""
    normal, tiny = 1_000_000, 1_000  # sizes: as a rule, partitions
    in_default = True
    base = None  # the step that ratios refer to
    chart = "seconds"  # which figure the chart draws: seconds, per_second or peak_bytes

    def __init__(self, lab, size=None):
        self.lab = lab
        self.size = size or (self.tiny if lab.quick else self.normal)
        self.measurements, self.data, self.notes = [], {}, []

    def prepare(self):
        """Makes what all rounds need; not measured."""

    def round(self, number):
        """Every step once, each in one place of the order: `number` counts from 0."""
        raise NotImplementedError

    def goals(self):
        return []

    def take(self, step, measured, peer=False, objects=None, **more):
        """Notes what a step took in this round; `objects`: how many it got done, for a rate."""
        entry = {"step": step, "peer": peer, "seconds": measured.seconds, "cpu_seconds": measured.cpu_seconds,
                 "peak_bytes": measured.peak_bytes, "processes": [child._asdict() for child in measured.children]}
        if objects:
            entry |= {"objects": objects, "per_second": objects / measured.seconds}
        entry |= more
        self.measurements.append(entry)

    def describe(self, filled, **more):
        self.data |= {"rows": filled.rows, "engine_bytes": filled.bytes, **more}

    def values(self, step, figure="seconds"):
        return [entry[figure] for entry in self.measurements if entry["step"] == step and figure in entry]

    def median(self, step, figure="seconds"):
        return statistics.median(self.values(step, figure))

    def ratio_goal(self, what, step, bound, base=None):
        return Goal(what, self.median(step) / self.median(base or self.base), bound)

    def rows(self):
        """Each step once, with the medians of its rounds."""
        found = []
        for step in dict.fromkeys(entry["step"] for entry in self.measurements):
            row = {"step": step, "peer": any(entry["peer"] for entry in self.measurements if entry["step"] == step)}
            for figure in ("seconds", "cpu_seconds", "peak_bytes", "per_second", "bytes"):
                if values := self.values(step, figure):
                    row |= {figure: statistics.median(values), f"{figure}_range": [min(values), max(values)]}
            if self.base:
                row["ratio"] = row["seconds"] / self.median(self.base)
            found.append(row)
        return found

    def told(self):
        return {"scenario": self.name, "title": self.title, "size": self.size, "chart": self.chart, "base": self.base,
                "data": self.data, "notes": self.notes, "steps": self.rows(),
                "goals": [goal.told() for goal in self.goals()], "measurements": self.measurements}
