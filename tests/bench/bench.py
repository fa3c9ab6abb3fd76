#!/usr/bin/env python3
"""Measures metaferry against its peers on data that it makes itself; see docs/performance.md.

Starts its own servers on private folders and loopback ports, and leaves results.json, results.md and chart.svg.
"""
import argparse
import datetime
import json
import os
import sys
import traceback
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE)]

try:
    import psycopg2  # noqa: F401
    import pymysql  # noqa: F401
except ImportError as error:
    sys.exit(f"{error}: run this with the Python of the tests, build/venv/bin/python, which ./test.sh makes")

import tables  # noqa: E402
from chart import as_svg  # noqa: E402
from lab import Lab  # noqa: E402
from machine import machine, metaferry_version  # noqa: E402
from scenarios import SCENARIOS  # noqa: E402
from support.program import program_path  # noqa: E402
from support.servers import ServerUnavailable  # noqa: E402


def arguments():
    listed = "\n".join(f"  {scenario.name:26}{scenario.title}{'' if scenario.in_default else ' (only when named)'}"
                       for scenario in SCENARIOS.values())
    parser = argparse.ArgumentParser(description=__doc__, epilog=f"scenarios:\n{listed}",
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO", help="which; all but the largest without it")
    parser.add_argument("--partitions", type=int, metavar="N", help="the size of every scenario, instead of its own")
    parser.add_argument("--rounds", type=int, metavar="K", help="how often each step is done (5; 1 with --quick)")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="of the data (1)")
    parser.add_argument("--out", type=Path, default=Path("build/bench"), metavar="DIR",
                        help="for the results (build/bench)")
    parser.add_argument("--quick", action="store_true", help="everything tiny: shows that it works, measures nothing")
    options = parser.parse_args()
    unknown = [name for name in options.scenarios if name not in SCENARIOS]
    if unknown:
        parser.error(f"no scenario {', '.join(unknown)}; there are {', '.join(SCENARIOS)}")
    if not program_path().is_file():
        parser.error(f"{program_path()} is not built; METAFERRY can name another program")
    options.scenarios = options.scenarios or [name for name, each in SCENARIOS.items() if each.in_default]
    options.rounds = options.rounds or (1 if options.quick else 5)
    return options


def measured(lab, kind, options):
    """What a scenario tells. It has `problem` when it could not be measured, and `failed` when that is a fault."""
    told = {"scenario": kind.name, "title": kind.title}
    try:
        scenario = kind(lab, options.partitions)
        progress(f"{kind.name}: making data")
        scenario.prepare()
        for number in range(options.rounds):
            progress(f"{kind.name}: round {number + 1} of {options.rounds}")
            scenario.round(number)
        return scenario.told()
    except ServerUnavailable as error:
        return {**told, "problem": f"this machine lacks what it needs: {error}"}
    except Exception as error:  # the others are still worth their time
        traceback.print_exc()
        return {**told, "problem": f"it failed: {(str(error) or repr(error)).splitlines()[0]}", "failed": True}
    finally:
        lab.closing.close()


def progress(words):
    print(f"{datetime.datetime.now():%H:%M:%S} {words}", file=sys.stderr, flush=True)


def save(results, folder):
    (folder / "results.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    (folder / "results.md").write_text(tables.as_markdown(results), encoding="utf-8")
    (folder / "chart.svg").write_text(as_svg(results, tables.size_of), encoding="utf-8")


def main():
    options = arguments()
    options.out.mkdir(parents=True, exist_ok=True)
    now = datetime.datetime.now(datetime.timezone.utc)
    lab = Lab(options.seed, options.quick)
    results = {"date": now.strftime("%Y-%m-%dT%H:%M:%SZ"), "seed": options.seed, "rounds": options.rounds,
               "quick": options.quick, "metaferry": metaferry_version(), "machine": machine(), "versions": lab.versions,
               "scenarios": []}
    print("\n".join(tables.head_lines(results)), flush=True)
    try:
        for name in options.scenarios:
            results["scenarios"].append(measured(lab, SCENARIOS[name], options))
            print(tables.as_text(results["scenarios"][-1]), flush=True)
            save(results, options.out)  # after each: what was measured survives a break
    finally:
        lab.close()
    print(f"{options.out}/results.json, results.md and chart.svg hold all of it.")
    return 1 if any(each.get("failed") for each in results["scenarios"]) else 0


if __name__ == "__main__":
    os.environ.setdefault("NO_COLOR", "1")
    sys.exit(main())
