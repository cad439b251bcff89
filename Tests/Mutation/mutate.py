"""Changes one operator, sign, bound or index of the mathematics at a time, and runs the fast tests: which changes go unnoticed?

    python Tests/Mutation/mutate.py [--sample N] [--seed N] [--of Objectives,Formulas] [--jobs N] [--output FILE]

All changes are compiled at once, into a copy of the package in `.build/mutation`: each operator that may be changed becomes an operator
of its own, which does something else if the environment names it. What does not compile so, is left as it is. Each change is then
tried by the suites that come to it at all, one after the other, until a test fails.
"""

import argparse
import itertools
import json
import os
import random
import re
import shutil
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".build" / "mutation"
MUTATED = ["Objectives", "Simulation", "Formulas"]
# What the suites need, with what it depends on.
MODULES = {
    "Autodiff": [], "Objectives": ["Autodiff"], "Documents": [], "Formulas": ["Autodiff", "Documents"],
    "Recording": ["Autodiff", "Documents", "Formulas"],
    "Simulation": ["Autodiff", "Objectives", "Documents", "Recording"],
    "Plots": ["Autodiff", "Objectives", "Documents", "Formulas", "Recording", "Simulation"],
    "Reporting": ["Autodiff", "Objectives", "Documents", "Formulas", "Recording", "Simulation", "Plots"],
    "Formats": ["Documents"],
}  # fmt: skip
# The fastest first.
SUITES = {
    "ObjectivesTests": ["Objectives"], "FormulasTests": ["Formulas"], "RecordingTests": ["Recording", "Formulas"],
    "SimulationTests": ["Simulation", "Formats", "Reporting"],
    "ReportingTests": ["Goldens", "Reporting", "Plots", "Formulas", "Objectives", "Recording", "Simulation"],
}  # fmt: skip
CHANGES = {
    "+": "-", "-": "+", "*": "/", "/": "*", "<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "==",
    "&&": "||", "||": "&&", "..<": "shorter", "...": "shorter", "neg": "plus", "min": "max", "max": "min",
    "minimum": "maximum", "maximum": "minimum",
}  # fmt: skip
PRECEDENCES = {
    "+": "AdditionPrecedence", "-": "AdditionPrecedence", "*": "MultiplicationPrecedence",
    "/": "MultiplicationPrecedence", "&&": "LogicalConjunctionPrecedence", "||": "LogicalDisjunctionPrecedence",
    "..<": "RangeFormationPrecedence", "...": "RangeFormationPrecedence",
}  # fmt: skip
# Characters of which Swift makes operators; two of them name a site.
SIGNS = [chr(c) for c in itertools.chain(range(0x2190, 0x2300), range(0x2500, 0x2580), range(0x2900, 0x2A00))]
SITE = re.compile(
    r"(?<=\s)(?P<infix>\+|-|\*|/|<=|>=|<|>|==|!=|&&|\|\|)(?=\s)"
    r"|(?<=[\w)\]])(?P<range>\.\.<|\.\.\.)(?=[\w(])"
    r"|(?<=[\s(\[])(?P<prefix>-)(?=[a-zA-Z(])"
    r"|(?<![\w.])(?P<call>min|max|minimum|maximum)(?=\()"
)
# Declarations, patterns, and what ends the program.
SKIPPED = re.compile(r"^\s*(//|import|public import|@|infix|prefix|case \.|static func|public static func)|nil|precondition|fatalError")


def sites_of(line):
    """The places in a line of code that can be changed: not within texts and comments."""
    if SKIPPED.search(line):
        return []
    code = re.sub(r'"(?:\\.|[^"\\])*"', lambda match: "\0" * len(match.group()), line)
    code = re.sub(r"//.*", lambda match: "\0" * len(match.group()), code)
    found = []
    for match in SITE.finditer(code):
        kind = match.lastgroup
        name = {"prefix": "neg"}.get(kind, match.group())
        found.append((match.start(), match.end(), name))
    return found


class Site:
    def __init__(self, number, file, line, start, end, name):
        self.number, self.file, self.line, self.start, self.end, self.name = number, file, line, start, end, name
        first, second = divmod(number, len(SIGNS))
        self.sign = SIGNS[first] + SIGNS[second]
        self.word = f"_{name}{number}"

    @property
    def text(self):
        return self.word if self.name.startswith(("min", "max")) else self.sign

    def described(self, lines):
        change = {"..<": "one less", "...": "one less", "neg": "no minus"}.get(self.name, f"{self.name} → {CHANGES[self.name]}")
        return f"{self.file}:{self.line + 1}:{self.start + 1}: {change}:  {lines[self.line].strip()}"


def swift(site):
    """The declarations of one site's operator."""
    n, s, name = site.number, site.sign, site.name
    other = CHANGES[name]
    chosen = f"mutant({n})"
    if name.startswith(("min", "max")):
        operands = "(_ a: Scalar, _ b: Scalar) -> Scalar" if name.endswith("imum") else "<T: Comparable>(_ a: T, _ b: T) -> T"
        return f"public func {site.word}{operands} {{ {chosen} ? {other}(a, b) : {name}(a, b) }}\n"
    if name == "neg":
        types = ["Double", "Int", "Scalar", "Constant"]
        return f"prefix operator {s}\n" + "".join(
            f"public prefix func {s} (a: {t}) -> {t} {{ {chosen} ? a : -a }}\n" for t in types
        )
    text = f"infix operator {s}: {PRECEDENCES.get(name, 'ComparisonPrecedence')}\n"
    if name in ("&&", "||"):
        text += (
            f"public func {s} (a: Bool, b: @autoclosure () throws -> Bool) rethrows -> Bool "
            f"{{ {chosen} ? try a {other} b() : try a {name} b() }}\n"
        )
    elif name == "..<":
        text += f"public func {s} (a: Int, b: Int) -> Range<Int> {{ a..<({chosen} ? max(a, b - 1) : b) }}\n"
    elif name == "...":
        text += f"public func {s} (a: Int, b: Int) -> ClosedRange<Int> {{ a...({chosen} ? max(a, b - 1) : b) }}\n"
    elif name in ("==", "!="):
        text += f"public func {s} <T: Equatable>(a: T, b: T) -> Bool {{ {chosen} ? a {other} b : a {name} b }}\n"
    elif name in ("<", "<=", ">", ">="):
        text += f"public func {s} <T: Comparable>(a: T, b: T) -> Bool {{ {chosen} ? a {other} b : a {name} b }}\n"
    else:
        kinds = [("Double",) * 3, ("Int",) * 3, ("Int32",) * 3]
        kinds += [(a, b, "Scalar") for a, b in itertools.product(["Scalar", "Constant", "Double"], repeat=2) if "Scalar" in (a, b)]
        kinds += [(a, b, "Constant") for a, b in itertools.product(["Constant", "Double"], repeat=2) if "Constant" in (a, b)]
        for a, b, result in kinds:
            text += f"public func {s} (a: {a}, b: {b}) -> {result} {{ {chosen} ? a {other} b : a {name} b }}\n"
        if name == "+":
            text += f"public func {s} (a: String, b: String) -> String {{ {chosen} ? a : a + b }}\n"
            text += f"public func {s} <T>(a: [T], b: [T]) -> [T] {{ {chosen} ? a : a + b }}\n"
    return text


RUNTIME = """
import Glibc

nonisolated(unsafe) private let active = getenv("MUTANT").flatMap { Int(String(cString: $0)) } ?? -1
nonisolated(unsafe) private let seen: UnsafeMutablePointer<UInt8>? = {
  guard let path = getenv("MUTANTS_SEEN") else { return nil }
  let bytes = UnsafeMutablePointer<UInt8>.allocate(capacity: COUNT)
  bytes.initialize(repeating: 0, count: COUNT)
  let file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0o644)
  ftruncate(file, COUNT)
  let shared = mmap(nil, COUNT, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0)
  return shared?.assumingMemoryBound(to: UInt8.self)
}()

/// Whether this change is the one that is tried.
func mutant(_ number: Int) -> Bool {
  if let seen { seen[number] = 1 }
  return active == number
}
"""


class Package:
    """The copy of the package in which all changes are compiled."""

    def __init__(self, modules, count, seed):
        self.folder = FOLDER / "package"
        self.lines = {}
        found = []
        for module in modules:
            for path in sorted((ROOT / "Sources" / module).rglob("*.swift")):
                file = str(path.relative_to(ROOT))
                lines = self.lines[file] = path.read_text().split("\n")
                is_text = False
                for number, line in enumerate(lines):
                    quotes = line.count('"""')
                    if not is_text and not quotes:
                        found += [(file, number, *site) for site in sites_of(line)]
                    if quotes % 2:
                        is_text = not is_text
        self.all = len(found)
        if count and count < len(found):
            found = sorted(random.Random(seed).sample(found, count))
        self.sites = [Site(number, *site) for number, site in enumerate(found)]
        self.left = set()

    def make(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        for module in MODULES:
            shutil.copytree(ROOT / "Sources" / module, self.folder / "Sources" / module)
        for suite in [*SUITES, "Goldens"]:
            shutil.copytree(ROOT / "Tests" / suite, self.folder / "Tests" / suite)
        (self.folder / "Package.swift").write_text(self.manifest())
        self.write()

    def write(self):
        """Writes the sources with the changes that compile."""
        kept = [site for site in self.sites if site.number not in self.left]
        for file, lines in self.lines.items():
            lines = list(lines)
            here = [site for site in kept if site.file == file]
            for site in sorted(here, key=lambda site: (site.line, site.start), reverse=True):
                line = lines[site.line]
                lines[site.line] = line[: site.start] + site.text + line[site.end :]
            text = "\n".join(lines)
            if here and not re.search(r"^(public )?import Autodiff$", text, re.M):
                text = "import Autodiff\n" + text
            path = self.folder / file
            if path.read_text() != text:
                path.write_text(text)
        runtime = RUNTIME.replace("COUNT", str(len(self.sites) + 1))
        text = runtime + "".join(swift(site) for site in kept)
        (self.folder / "Sources/Autodiff/Mutants.swift").write_text(text)

    def manifest(self):
        def quoted(names):
            return ", ".join(f'"{name}"' for name in names)

        targets = []
        for module, needs in MODULES.items():
            yams = ', .product(name: "Yams", package: "Yams")' if module == "Formats" else ""
            targets.append(f'.target(name: "{module}", dependencies: [{quoted(needs)}{yams}])')
        targets.append('.target(name: "Goldens", path: "Tests/Goldens")')
        for suite, needs in SUITES.items():
            resources = ', resources: [.copy("Oracles")]' if suite == "SimulationTests" else ""
            excluded = ', exclude: ["Golden"]' if suite == "ReportingTests" else ""
            targets.append(f'.testTarget(name: "{suite}", dependencies: [{quoted(needs)}]{excluded}{resources})')
        settings = "".join(
            f'.enableUpcomingFeature("{name}"), '
            for name in ("ExistentialAny", "InternalImportsByDefault", "MemberImportVisibility")
        )
        return (
            "// swift-tools-version: 6.2\nimport PackageDescription\nlet package = Package(\n"
            '  name: "mutation", platforms: [.macOS(.v15)],\n'
            '  dependencies: [.package(url: "https://github.com/jpsim/Yams", from: "6.2.2")],\n'
            f"  targets: [\n    " + ",\n    ".join(targets) + "\n  ], swiftLanguageModes: [.v6])\n"
            f"for target in package.targets {{ target.swiftSettings = [{settings}] }}\n"
        )

    def build(self):
        """Compiles, and leaves out what does not: a pattern, a constant, an operand of another type."""
        command = ["swift", "build", "-c", "release", "-Xswiftc", "-enable-testing", "--build-tests", "-Xswiftc", "-suppress-warnings"]
        while True:
            result = subprocess.run(command, cwd=self.folder, capture_output=True, text=True)
            if result.returncode == 0:
                break
            places = set(re.findall(r"/package/(Sources/\S+?\.swift):(\d+):\d+: error", result.stdout + result.stderr))
            wrong = {site.number for site in self.sites if (site.file, str(site.line + 1)) in places} - self.left
            if not wrong:
                # The error is told of another line of the statement.
                near = {(file, str(int(line) + shift)) for file, line in places for shift in range(-6, 7)}
                wrong = {site.number for site in self.sites if (site.file, str(site.line + 1)) in near} - self.left
            if not wrong:
                sys.exit(f"mutate.py: the copy does not compile:\n{(result.stdout + result.stderr)[-4000:]}")
            self.left |= wrong
            print(f"  {len(wrong)} places do not compile so, {len(self.left)} in all", flush=True)
            self.write()
        self.binary = self.folder / ".build/release/mutationPackageTests.xctest"

    def run(self, suite, seconds=None, **environment):
        """Whether a suite passes; not if it takes too long. The first test that fails ends it."""
        command = [self.binary, "--testing-library", "swift-testing", "--filter", rf"^{suite}\."]
        process = subprocess.Popen(
            command, cwd=self.folder, env={**os.environ, **environment}, text=True, errors="replace",
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        alarm = threading.Timer(seconds, process.kill) if seconds else None
        if alarm:
            alarm.start()
        with process:
            for line in process.stdout:
                if "recorded an issue" in line:
                    process.kill()
        if alarm:
            alarm.cancel()
        return process.returncode == 0


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--sample", type=int, default=0, help="so many changes, chosen by chance; all by default")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--of", default=",".join(MUTATED), help="the modules that are changed")
    options.add_argument("--jobs", type=int, default=os.cpu_count())
    options.add_argument("--output", help="a JSON file with what became of each change")
    given = options.parse_args()

    package = Package(given.of.split(","), given.sample, given.seed)
    print(f"{len(package.sites)} of {package.all} places", flush=True)
    package.make()
    package.build()
    report(package, given)


def report(package, given):
    """Tries each change that compiles, and prints what went unnoticed."""
    tried = [site for site in package.sites if site.number not in package.left]
    seconds, reached = {}, {}
    for suite in SUITES:
        seen = FOLDER / f"{suite}.seen"
        started = time.monotonic()
        if not package.run(suite, MUTANTS_SEEN=str(seen)):
            sys.exit(f"mutate.py: {suite} fails without a change")
        seconds[suite] = time.monotonic() - started
        data = seen.read_bytes() if seen.exists() else b""
        reached[suite] = {number for number, byte in enumerate(data) if byte}
        print(f"  {suite}: {seconds[suite]:.1f} s, comes to {len(reached[suite])} places", flush=True)

    def outcome(site):
        suites = [suite for suite in SUITES if site.number in reached[suite]]
        if not suites:
            return "not reached"
        for suite in suites:
            if not package.run(suite, seconds=60 + 10 * seconds[suite], MUTANT=str(site.number)):
                return suite
        return "survived"

    with ThreadPoolExecutor(given.jobs) as pool:
        outcomes = []
        for site, result in zip(tried, pool.map(outcome, tried), strict=True):
            outcomes.append(result)
            if result in ("survived", "not reached"):
                print(f"{result}: {site.described(package.lines[site.file])}", flush=True)
    if given.output:
        rows = [{"place": s.described(package.lines[s.file]), "outcome": o} for s, o in zip(tried, outcomes, strict=True)]
        Path(given.output).write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n")
    counts = Counter(outcomes)
    caught = sum(count for name, count in counts.items() if name not in ("survived", "not reached"))
    print(f"{caught} of {len(tried)} changes were caught ({100 * caught / max(1, len(tried)):.1f} %): {dict(counts)}")


if __name__ == "__main__":
    main()
