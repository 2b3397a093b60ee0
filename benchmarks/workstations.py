#!/usr/bin/env python3
"""Measures what 5,000 workstations ask of one PostgreSQL: gates and heartbeats per second by pgbench,
with the very statements that `xppkg` sends, beside `SELECT 1`; the plan of the gate's statement; and
how the payload's table grows over 50 releases. Fails where something is over its bound.

workstations.py BUILD SUPPORT: SUPPORT is tests/support
"""
import pathlib
import random
import re
import subprocess
import sys
import tempfile

from measure import quiet
from place import BUILD, DURABLE, PACKAGE, XPPKG, Vendor, client, database, workstation

WORKSTATIONS = 5000
DECISIONS = 1000  # one a week for twenty years
CLIENTS = 8
RELEASES = 50
MIB = 1024 * 1024
LEAST_RATE = 0.5    # gates per second / SELECT 1 per second, each with a connection of its own
MOST_GROWTH = 1.25  # the payload's table after the last release / after a fifth of them
NAME = "PC-1"       # of the workstation whose statements are taken


def logged(server, command):
    """[(statement, {number: value})] that a command sends, from the server's own log."""
    log = pathlib.Path(server.folder, "log")
    server.sql("ALTER DATABASE site SET log_statement = 'all'")
    before = log.stat().st_size
    quiet(*command)
    server.sql("ALTER DATABASE site RESET log_statement")
    text = log.read_bytes()[before:].decode()
    found = re.findall(r"LOG:  execute <unnamed>: (.*)\n(?:.*DETAIL:  parameters: (.*)\n)?", text)
    return [(sql, {number: value.replace("''", "'")
                   for number, value in re.findall(r"\$(\d+) = '((?:[^']|'')*)'", values)})
            for sql, values in found]


def without_colons(sql):
    """The same statement, in whose literals pgbench sees no variables."""
    return re.sub(r"'(?:[^':]|'')*:(?:[^']|'')*'",
                  lambda match: "(" + match.group().replace(":", "' || chr(58) || '") + ")", sql)


def one_of_many(statements):
    """A pgbench script of the statements, for any of the workstations, and its variables."""
    lines, variables = [f"\\set n random(1, {WORKSTATIONS})"], {}
    for sql, values in statements:
        def value(match):
            text = values[match.group(1)]
            if text == NAME:
                return "('PC-' || :n)"
            name = next((name for name, known in variables.items() if known == text),
                        f"v{len(variables)}")
            variables[name] = text
            return f":{name}"
        lines.append(re.sub(r"\$(\d+)", value, without_colons(sql)) + ";")
    return "\n".join(lines) + "\n", variables


class Load:
    def __init__(self, work, address, server):
        self.work, self.server = work, server
        words, self.env = client("postgresql", address, server)
        self.words = words[words.index("-h"):-1]

    def per_second(self, script, variables, *options):
        """Transactions per second; one for each workstation."""
        file = self.work / "script"
        file.write_text(script, encoding="utf-8")
        defined = [f"-D{name}={value}" for name, value in variables.items()]
        done = subprocess.run(
            ["pgbench", "-n", "-M", "extended", "-c", str(CLIENTS), "-j", "2", "-t",
             str(WORKSTATIONS // CLIENTS), "-f", file, *defined, *options,
             *[word for word in self.words if word != "-d"]],
            env=self.env, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"benchmark: pgbench: {done.stderr}")
        return float(re.search(r"^tps = ([\d.]+)", done.stdout, re.M).group(1))


def fill(server):
    server.sql(f"""
INSERT INTO xppkg_workstation (package, name, platform, version, result, seen_at, decision)
SELECT '{PACKAGE}', 'PC-' || n, 'linux-x86_64', '1', 'done', '2026-01-01T00:00:00Z', 1
FROM generate_series(1, {WORKSTATIONS}) n ON CONFLICT DO NOTHING;
INSERT INTO xppkg_decision SELECT package, n, version, tree, decided_at, decided_by, workstation,
previous, policy, note, held, signature FROM xppkg_decision d, generate_series(2, {DECISIONS}) n
WHERE d.counter = 1;
VACUUM ANALYZE;""")


def plan_of(server, statement):
    sql, values = statement
    literals = ", ".join("'" + values[str(n)].replace("'", "''") + "'"
                         for n in range(1, len(values) + 1))
    return server.sql(f"PREPARE gate AS {sql};\nEXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, "
                      f"SUMMARY OFF) EXECUTE gate({literals});")


def measure_load(work, over):
    tree = work / "tree"
    tree.mkdir()
    (tree / "file").write_text("contents\n", encoding="ascii")
    vendor = Vendor(work)
    vendor.publish("1", tree)
    with database("postgresql", work, settings=DURABLE) as (address, server):
        folder = workstation(work, NAME, vendor, address, "1")
        quiet(XPPKG, "-C", folder, "release")
        fill(server)
        gate = logged(server, [XPPKG, "-C", folder, "gate"])
        start = logged(server, [XPPKG, "-C", folder, "start", "--", "true"])
        heartbeat = start[[sql for sql, _ in start].index(gate[0][0]) + 1:]
        plan = plan_of(server, gate[0])
        load = Load(work, address, server)
        scripts = {"gate": one_of_many(gate), "heartbeat": one_of_many(heartbeat),
                   "`SELECT 1`": ("SELECT 1;\n", {})}
        rows = {name: (load.per_second(*script, "-C"), load.per_second(*script))
                for name, script in scripts.items()}
    print(f"\n{WORKSTATIONS:,} workstations, {DECISIONS} decisions, PostgreSQL with fsync, "
          f"{CLIENTS} at a time\n\n| work | statements | per second, each with its connection | "
          "per second, connected |\n| --- | ---: | ---: | ---: |")
    for (name, (new, kept)), count in zip(rows.items(), (len(gate), len(heartbeat), 1)):
        print(f"| {name} | {count} | {new:,.0f} | {kept:,.0f} |")
    print(f"\n```\n{gate[0][0]}\n\n{plan}```")
    if len(gate) != 1:
        over.append(f"a gate has {len(gate)} statements")
    for table in re.findall(r"Seq Scan on (xppkg_\w+)", plan):
        if table not in ("xppkg_schema", "xppkg_site"):  # These have one row each.
            over.append(f"the gate reads all of {table}")
    ratio = rows["gate"][0] / rows["`SELECT 1`"][0]
    if ratio < LEAST_RATE:
        over.append(f"gates per second: {ratio:.2f} of SELECT 1, at least {LEAST_RATE}")


def stored(server):
    """(bytes of payload, bytes of its table on the disk)"""
    server.sql("VACUUM xppkg_part")  # As the server does by itself within a day.
    return [int(number) for number in server.sql(
        "SELECT sum(octet_length(bytes)), pg_total_relation_size('xppkg_part') FROM xppkg_part;"
    ).strip().split("|")]


def measure_growth(work, over):
    noise = random.Random(1)
    tree = work / "grown"
    tree.mkdir()
    (tree / "large").write_bytes(noise.randbytes(MIB))
    vendor = Vendor(work)
    sizes = []
    with database("postgresql", work) as (address, server):
        folder = None
        for release in range(1, RELEASES + 1):
            # A third of what is in it is new.
            (tree / "new").write_bytes(noise.randbytes(MIB // 2))
            vendor.publish(str(release), tree, "--level", "3", "--deltas", "1")
            if folder is None:
                folder = workstation(work, "A", vendor, address, "1")
            else:
                quiet(XPPKG, "-C", folder, "apply", "--newest")
                # Contents of the last day are never pruned: the releases are a day apart.
                server.sql("UPDATE xppkg_content SET added_at = '2026-01-01T00:00:00Z'")
            quiet(XPPKG, "-C", folder, "release")
            sizes.append(stored(server))
    print("\n| releases | payload stored, MB | its table, MB |\n| ---: | ---: | ---: |")
    for release in (1, 2, 3, 5, *range(10, RELEASES + 1, 10)):
        payload, table = sizes[release - 1]
        print(f"| {release} | {payload / 1e6:.1f} | {table / 1e6:.1f} |")
    growth = sizes[-1][1] / sizes[RELEASES // 5 - 1][1]
    if growth > MOST_GROWTH:
        over.append(f"the payload's table grew {growth:.2f} times, at most {MOST_GROWTH}")


def main():
    over = []
    for part in (measure_load, measure_growth):
        with tempfile.TemporaryDirectory(dir=BUILD) as work:
            part(pathlib.Path(work), over)
    for line in over:
        print(f"over its bound: {line}")
    sys.exit(1 if over else 0)


main()
