"""How many searches a second a service answers over HTTP, and how long they take (needs wrk).

    python -m tests.benchmarks.load ARCHIVE [--seconds 60] [--path /search] [--workers 2]

Different queries one after another. `refused` are answers 503; `failed` is everything else that is
no 200, and broken connections. The times are of all answers, refusals included. `CPU` is the
service's processor time for each 200, in ms: what a busy machine does not change much. `back` is
how long after the load a single search was answered within 100 ms again.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
from pathlib import Path
from urllib.parse import quote_plus

from tests.benchmarks.questions import questions
from tests.benchmarks.service import Service, running

_CONNECTIONS = (1, 16, 128, 1000)
_SCRIPT = """
local paths = {}
for line in io.lines(%(paths)s) do paths[#paths + 1] = line end
local place, threads = 0, {}
ok, refused, failed = 0, 0, 0
function setup(thread) threads[#threads + 1] = thread end
function request()
  place = place %% #paths + 1
  return wrk.format("GET", paths[place], {["Accept-Encoding"] = "gzip"})
end
function response(status)
  if status == 200 then ok = ok + 1 elseif status == 503 then refused = refused + 1
  else failed = failed + 1 end
end
function done(summary, latency)
  local sums = {ok = 0, refused = 0, failed = 0}
  for _, thread in ipairs(threads) do
    for name in pairs(sums) do sums[name] = sums[name] + thread:get(name) end
  end
  local errors = summary.errors
  local found = '\\n{"ok": %%d, "refused": %%d, "failed": %%d, "s": %%f,' ..
    ' "p50": %%f, "p99": %%f, "max": %%f}\\n'
  io.write(string.format(found,
    sums.ok, sums.refused,
    sums.failed + errors.connect + errors.read + errors.write + errors.timeout,
    summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    latency.max / 1e3))
end
"""

_HEADING = (
    " conns  ok/s   p50 ms   p99 ms   max ms  refused  failed    CPU  back s  MB before   after"
)


def main() -> None:
    if shutil.which("wrk") is None:
        sys.exit("wrk is not installed")
    parser = argparse.ArgumentParser()
    parser.add_argument("archive", type=Path)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--path", default="/api/search?k=10")
    parser.add_argument("--connections", type=int, nargs="+", default=_CONNECTIONS)
    parser.add_argument("--workers", type=int, default=1)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        joint = "&" if "?" in asked.path else "?"
        paths = [f"{asked.path}{joint}q={quote_plus(text)}\n" for text in questions()]
        (folder / "paths").write_text("".join(paths))
        script = folder / "load.lua"
        script.write_text(_SCRIPT % {"paths": json.dumps(str(folder / "paths"))})
        with running(asked.archive, folder / "log", f"--workers={asked.workers}") as service:
            print(f"ready {service.ready_s:.2f} s after the start; {asked.path}")
            print(_HEADING)
            for connections in asked.connections:
                measure(service, script, connections, asked.seconds)


def measure(service: Service, script: Path, connections: int, seconds: int) -> None:
    before, cpu_s = service.memory_mb(), service.cpu_s()
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "20s"]
    said = subprocess.run(
        [*command, "-s", str(script), service.url], capture_output=True, text=True, check=True
    ).stdout
    found = json.loads(said.splitlines()[-1])
    cpu_ms = (service.cpu_s() - cpu_s) * 1000 / max(found["ok"], 1)
    back = recovery_s(service)
    print(
        f"{connections:>6} {found['ok'] / found['s']:>5.0f} {found['p50']:>8.1f}"
        f" {found['p99']:>8.1f} {found['max']:>8.1f} {found['refused']:>8} {found['failed']:>7}"
        f" {cpu_ms:>6.1f} {back:>7.2f} {before:>9.0f} {service.memory_mb():>7.0f}",
        flush=True,
    )


def recovery_s(service: Service) -> float:
    ended = time.monotonic()
    while True:
        asked = time.monotonic()
        try:
            service.get(f"api/search?q={quote_plus('مدينة')}")
        except urllib.error.HTTPError:
            continue
        if time.monotonic() - asked < 0.1:
            return time.monotonic() - ended


if __name__ == "__main__":
    main()
