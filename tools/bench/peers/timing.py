"""What the peers have in common: how a call is timed, and how the results are printed. The same rules as in ../measure.mjs."""

import argparse
import json
import os
import statistics
import time

WARM_UP_SECONDS = 0.7
REPEAT_SECONDS = 0.4


def arguments(description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--json", action="store_true", help="print one line: a list of {name, ms} or {name, perSecond}")
    parser.add_argument("--only", help="one benchmark by name")
    parser.add_argument("--repeats", type=int, default=7, help="timed repeats, of which the median counts")
    parser.add_argument("--threads", type=int, default=1, help="processor cores to use")
    return parser.parse_args()


def use_cores(count):
    """Before the package is imported: its thread pools are as large as the process may have cores."""
    os.environ["OMP_NUM_THREADS"] = str(count)
    os.environ["MKL_NUM_THREADS"] = str(count)
    os.environ["OPENBLAS_NUM_THREADS"] = str(count)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, set(sorted(os.sched_getaffinity(0))[:count]))


def spin(call, seconds):
    """Calls until the time is over; seconds a call."""
    start = time.perf_counter()
    calls = 0
    while True:
        call()
        calls += 1
        elapsed = time.perf_counter() - start
        if elapsed >= seconds:
            return elapsed / calls


def milliseconds(call, repeats, per=1):
    """The median of the repeats, after a warm-up. A call must have finished its work when it returns."""
    for _ in range(3):
        call()
    spin(call, WARM_UP_SECONDS)
    return 1000 * statistics.median(spin(call, REPEAT_SECONDS) for _ in range(repeats)) / per


def chosen(benchmarks, only):
    """The benchmarks to run: a dict of functions by name."""
    if only is None:
        return benchmarks
    if only not in benchmarks:
        raise SystemExit(f"no benchmark is named '{only}'; there are {', '.join(benchmarks)}")
    return {only: benchmarks[only]}


def report(results, as_json):
    if as_json:
        print(json.dumps(results))
        return
    for result in results:
        amount = f"{result['ms']:.4g} ms" if result.get("ms") is not None else f"{result['perSecond']:.4g} a second" if "perSecond" in result else "goal not reached"
        print(f"{result['name']:<20} {amount:>20}")
