"""Changes one operator, sign, bound or index of the mathematics at a time, and runs the fast tests: which changes go unnoticed?

    python Tests/Mutation/mutate.py [--sample N] [--seed N] [--of Objectives,Formulas] [--only TEXT] [--jobs N] [--minutes N] [--output FILE]

All changes are compiled at once, into a copy of the package in `.build/mutation`: each operator that may be changed becomes an operator
of its own, which does something else if the environment names it. What does not compile so, is left as it is, and is remembered. Each
test is run once without a change, and tells which places it comes to and how long it takes; a change is then tried by the tests that come
to its place, the fastest first, until one fails. `equivalent.txt` lists changes that change nothing, with the reason.
"""

import argparse
import hashlib
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
LEFT = FOLDER / "left.txt"
COVERAGE = FOLDER / "coverage.json"
BUILT = FOLDER / "built.txt"
EQUIVALENT = Path(__file__).with_name("equivalent.txt")
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
FEATURES = ["ExistentialAny", "InternalImportsByDefault", "MemberImportVisibility"]
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

    @property
    def change(self):
        return {"..<": "one less", "...": "one less", "neg": "no minus"}.get(self.name, f"{self.name} → {CHANGES[self.name]}")

    def described(self, lines):
        return f"{self.file}:{self.line + 1}:{self.start + 1}: {self.change}:  {lines[self.line].strip()}"


# Operands and results of what arithmetic there is.
ARITHMETIC = [("Double",) * 3, ("Int",) * 3, ("Int32",) * 3]
ARITHMETIC += [(a, b, "Scalar") for a, b in itertools.product(["Scalar", "Constant", "Double"], repeat=2) if "Scalar" in (a, b)]
ARITHMETIC += [(a, b, "Constant") for a, b in itertools.product(["Constant", "Double"], repeat=2) if "Constant" in (a, b)]


def kinds_of(name):
    """What the operands of an operator can be: what stands before the operands, their types, the result's type."""
    if name in ("min", "max"):
        return [("<T: Comparable>", "T", "T", "T")]
    if name in ("minimum", "maximum"):
        return [("", "Scalar", "Scalar", "Scalar")]
    if name in ("==", "!="):
        return [("<T: Equatable>", "T", "T", "Bool")]
    if name in ("<", "<=", ">", ">="):
        return [("<T: Comparable>", "T", "T", "Bool")]
    if name == "..<":
        return [("", "Int", "Int", "Range<Int>")]
    if name == "...":
        return [("", "Int", "Int", "ClosedRange<Int>")]
    texts = [("", "String", "String", "String"), ("<T>", "[T]", "[T]", "[T]")] if name == "+" else []
    return [("", *types) for types in ARITHMETIC] + texts


def body(name, result):
    """What an operator does with a and b, and what it does instead if `changed`."""
    if name in ("..<", "..."):
        return f"a{name}(changed ? max(a, b - 1) : b)"
    if result in ("String", "[T]"):
        return "changed ? a : a + b"
    if name.startswith(("min", "max")):
        return f"changed ? {CHANGES[name]}(a, b) : {name}(a, b)"
    return f"changed ? a {CHANGES[name]} b : a {name} b"


def shared_operators():
    """What all operators of one name have in common; resolving their overloads once keeps the compiler from taking hours."""
    text = ""
    for number, name in enumerate(CHANGES):
        if name in ("neg", "&&", "||"):
            continue
        for kind, (before, a, b, result) in enumerate(kinds_of(name)):
            text += (
                f"@inline(never) func shared{number}_{kind}{before}(_ a: {a}, _ b: {b}, _ changed: Bool) -> {result} "
                f"{{ {body(name, result)} }}\n"
            )
    return text


def swift(site):
    """The declarations of one site's operator."""
    n, s, name = site.number, site.sign, site.name
    if name == "neg":
        types = ["Double", "Int", "Scalar", "Constant"]
        return f"prefix operator {s}\n" + "".join(
            f"public prefix func {s} (a: {t}) -> {t} {{ mutant({n}) ? a : -a }}\n" for t in types
        )
    is_call = name.startswith(("min", "max"))
    text = "" if is_call else f"infix operator {s}: {PRECEDENCES.get(name, 'ComparisonPrecedence')}\n"
    if name in ("&&", "||"):
        return text + (
            f"public func {s} (a: Bool, b: @autoclosure () throws -> Bool) rethrows -> Bool "
            f"{{ mutant({n}) ? try a {CHANGES[name]} b() : try a {name} b() }}\n"
        )
    place = list(CHANGES).index(name)
    for kind, (before, a, b, result) in enumerate(kinds_of(name)):
        declared = f"public func {site.text} {before}(_ a: {a}, _ b: {b}) -> {result}"
        text += f"{declared} {{ shared{place}_{kind}(a, b, mutant({n})) }}\n"
    return text


RUNTIME = """
public import Autodiff
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

    def __init__(self):
        self.folder = FOLDER / "package"
        self.lines = {}
        found = []
        for module in MUTATED:
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
        self.sites = [Site(number, *site) for number, site in enumerate(found)]
        # What did not compile the last time, which takes many attempts to find out.
        known = set(LEFT.read_text().splitlines()) if LEFT.exists() else set()
        self.left = {site.number for site in self.sites if self.described(site) in known}

    def described(self, site):
        return site.described(self.lines[site.file])

    def make(self):
        """Brings the copy up to date; what has not changed keeps its time, and is not compiled again."""
        copied = {f"Sources/{module}" for module in MODULES} | {f"Tests/{suite}" for suite in [*SUITES, "Goldens"]}
        wanted = {path.relative_to(ROOT) for folder in copied for path in (ROOT / folder).rglob("*") if path.is_file()}
        for folder in copied:
            for path in (self.folder / folder).rglob("*"):
                if path.is_file() and path.relative_to(self.folder) not in wanted:
                    path.unlink()
        for path in wanted - {Path(file) for file in self.lines}:
            replace(self.folder / path, (ROOT / path).read_bytes())
        replace(self.folder / "Package.swift", self.manifest().encode())
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
            if here:
                text = "import Mutants\n" + text
            replace(self.folder / file, text.encode())
        runtime = RUNTIME.replace("COUNT", str(len(self.sites) + 1))
        text = runtime + shared_operators() + "".join(swift(site) for site in kept)
        replace(self.folder / "Sources/Mutants/Mutants.swift", text.encode())

    def manifest(self):
        def quoted(names):
            return ", ".join(f'"{name}"' for name in names)

        targets = []
        for module, needs in MODULES.items():
            yams = ', .product(name: "Yams", package: "Yams")' if module == "Formats" else ""
            needs = [*needs, "Mutants"] if module in MUTATED else needs
            targets.append(f'.target(name: "{module}", dependencies: [{quoted(needs)}{yams}])')
        # Thousands of small functions would be optimised for minutes.
        targets.append('.target(name: "Mutants", dependencies: ["Autodiff"], swiftSettings: [.unsafeFlags(["-Onone"])])')
        targets.append('.target(name: "Goldens", path: "Tests/Goldens")')
        for suite, needs in SUITES.items():
            resources = ', resources: [.copy("Oracles")]' if suite == "SimulationTests" else ""
            excluded = ', exclude: ["Golden"]' if suite == "ReportingTests" else ""
            targets.append(f'.testTarget(name: "{suite}", dependencies: [{quoted(needs)}]{excluded}{resources})')
        settings = "".join(f'.enableUpcomingFeature("{name}"), ' for name in FEATURES)
        return (
            "// swift-tools-version: 6.2\nimport PackageDescription\nlet package = Package(\n"
            '  name: "mutation", platforms: [.macOS(.v15)],\n'
            '  dependencies: [.package(url: "https://github.com/jpsim/Yams", from: "6.2.2")],\n'
            f"  targets: [\n    " + ",\n    ".join(targets) + "\n  ], swiftLanguageModes: [.v6])\n"
            f"for target in package.targets {{ target.swiftSettings = (target.swiftSettings ?? []) + [{settings}] }}\n"
        )

    def check(self):
        """Leaves out what does not compile: a pattern, a constant, an operand of another type. Makes no code, which takes seconds."""
        interfaces = FOLDER / "interfaces"
        interfaces.mkdir(exist_ok=True)
        options = ["-swift-version", "6", "-package-name", "mutation", "-parse-as-library", "-wmo", "-enable-testing", "-suppress-warnings"]
        options += [word for name in FEATURES for word in ("-enable-upcoming-feature", name)]
        # Those above are not changed, and the build will say what is wrong with them.
        for module in ["Autodiff", "Mutants", "Documents", "Objectives", "Formulas", "Recording", "Simulation"]:
            sources = sorted((self.folder / "Sources" / module).rglob("*.swift"))
            made = interfaces / f"{module}.swiftmodule"
            command = ["swiftc", *options, "-module-name", module, "-I", interfaces, "-emit-module", "-o", made, *sources]
            while (result := subprocess.run(command, capture_output=True, text=True)).returncode != 0:
                self.leave_out(result.stdout + result.stderr)

    def leave_out(self, errors):
        """Puts the places back in their old state that errors are told of."""
        places = set(re.findall(r"/package/(Sources/\S+?\.swift):(\d+):\d+: error", errors))
        wrong = {site.number for site in self.sites if (site.file, str(site.line + 1)) in places} - self.left
        if not wrong:
            # The error is told of another line of the statement.
            near = {(file, str(int(line) + shift)) for file, line in places for shift in range(-6, 7)}
            wrong = {site.number for site in self.sites if (site.file, str(site.line + 1)) in near} - self.left
        if not wrong:
            sys.exit(f"mutate.py: the copy does not compile:\n{errors[-4000:]}")
        self.left |= wrong
        LEFT.write_text("".join(self.described(self.sites[number]) + "\n" for number in sorted(self.left)))
        print(f"  {len(wrong)} places do not compile so, {len(self.left)} in all", flush=True)
        self.write()

    def build(self):
        command = ["swift", "build", "-c", "release", "-Xswiftc", "-enable-testing", "--build-tests", "-Xswiftc", "-suppress-warnings"]
        while (result := subprocess.run(command, cwd=self.folder, capture_output=True, text=True)).returncode != 0:
            self.leave_out(result.stdout + result.stderr)
        BUILT.write_text(self.digest)

    @property
    def binary(self):
        return self.folder / ".build/release/mutationPackageTests.xctest"

    @property
    def digest(self):
        """Of all that is compiled."""
        digest = hashlib.sha256()
        for path in sorted(path for part in ("Sources", "Tests") for path in (self.folder / part).rglob("*") if path.is_file()):
            digest.update(str(path).encode() + b"\0" + path.read_bytes())
        return digest.hexdigest()

    @property
    def is_built(self):
        return self.binary.exists() and BUILT.exists() and BUILT.read_text() == self.digest

    def tests(self):
        """The names of all tests, without the places where they stand."""
        command = [self.binary, "--testing-library", "swift-testing", "--list-tests"]
        names = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=True).stdout.split("\n")
        return [name for name in names if name.startswith(tuple(f"{suite}." for suite in SUITES))]

    def run(self, tests, seconds=None, **environment):
        """Whether tests pass; not if they take too long. The first that fails ends it."""
        filters = "|".join(re.escape(test) for test in tests)
        command = [self.binary, "--testing-library", "swift-testing", "--filter", rf"^({filters})"]
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


def replace(path, content):
    """Writes a file if that changes it."""
    if not path.exists() or path.read_bytes() != content:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


class Coverage:
    """Which test comes to which places, and how long it takes."""

    def __init__(self, package):
        self.seconds, self.reached = {}, {}
        status = package.binary.stat()
        build = f"{status.st_mtime_ns} {status.st_size}"
        known = json.loads(COVERAGE.read_text()) if COVERAGE.exists() else {}
        if known.get("build") == build:
            self.seconds = known["seconds"]
            self.reached = {test: set(places) for test, places in known["reached"].items()}
        else:
            self.measure(package)
            reached = {test: sorted(places) for test, places in self.reached.items()}
            COVERAGE.write_text(json.dumps({"build": build, "seconds": self.seconds, "reached": reached}))
        places = len(set.union(*self.reached.values()))
        print(f"  {len(self.seconds)} tests, {sum(self.seconds.values()):.0f} s, come to {places} places", flush=True)

    def measure(self, package):
        seen = FOLDER / "seen"
        for test in package.tests():
            seen.unlink(missing_ok=True)
            started = time.monotonic()
            if not package.run([test], MUTANTS_SEEN=str(seen)):
                sys.exit(f"mutate.py: {test} fails without a change")
            self.seconds[test] = time.monotonic() - started
            self.reached[test] = {number for number, byte in enumerate(seen.read_bytes()) if byte} if seen.exists() else set()

    def batches(self, site):
        """The tests that come to a place, the fastest first, in lists of which each takes longer than the one before."""
        tests = sorted((test for test in self.reached if site.number in self.reached[test]), key=self.seconds.get)
        batch, limit = [], 0.5
        for test in tests:
            batch.append(test)
            if self.time(batch) > limit:
                yield batch
                batch, limit = [], 4 * limit
        if batch:
            yield batch

    def time(self, tests):
        return sum(self.seconds[test] for test in tests)


def equivalents():
    """The changes that change nothing: a file, the code of the line and the change, each with a reason."""
    known = {}
    for line in EQUIVALENT.read_text().splitlines():
        if line and not line.startswith("#"):
            file, change, code, reason = (part.strip() for part in line.split(" ¦ "))
            known[file, change, code] = reason
    return known


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--sample", type=int, default=0, help="so many changes, chosen by chance; all by default")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--of", default=",".join(MUTATED), help="the modules that are changed")
    options.add_argument("--only", default="", help="changes whose description contains this")
    options.add_argument("--jobs", type=int, default=os.cpu_count())
    options.add_argument("--minutes", type=float, help="for how long changes are tried; until all have been, by default")
    options.add_argument("--output", help="a JSON file with what became of each change")
    given = options.parse_args()

    package = Package()
    package.make()
    if not package.is_built:
        package.check()
        package.build()
    folders = tuple(f"Sources/{module}/" for module in given.of.split(","))
    sites = [site for site in package.sites if site.number not in package.left]
    chosen = [site for site in sites if site.file.startswith(folders) and given.only in package.described(site)]
    if given.sample and given.sample < len(chosen):
        chosen = random.Random(given.seed).sample(chosen, given.sample)
    print(f"{len(chosen)} of {len(sites)} changes, of {len(package.sites)} places", flush=True)
    report(package, chosen, given)


def report(package, sites, given):
    """Tries changes, and prints what went unnoticed."""
    coverage = Coverage(package)
    known = equivalents()

    def is_caught(site):
        for batch in coverage.batches(site):
            if not package.run(batch, seconds=20 + 5 * coverage.time(batch), MUTANT=str(site.number)):
                return True
        return False

    def is_equivalent(site):
        return (site.file, site.change, package.lines[site.file][site.line].strip()) in known

    def outcome(site):
        if is_equivalent(site):
            return "equivalent"
        return "survived" if any(coverage.batches(site)) else "not reached"

    end = time.monotonic() + 60 * given.minutes if given.minutes else float("inf")
    caught, tried = set(), set()

    def attempt(site):
        if time.monotonic() > end or is_equivalent(site):
            return
        if is_caught(site):
            caught.add(site.number)
        else:
            print(f"{outcome(site)}: {package.described(site)}", flush=True)
        tried.add(site.number)
        if len(tried) % 25 == 0:
            print(f"  {len(caught)} of {len(tried)} caught so far", flush=True)

    with ThreadPoolExecutor(given.jobs) as pool:
        list(pool.map(attempt, sites))
    sites = [site for site in sites if site.number in tried or is_equivalent(site)]
    rows = []
    for site in sites:
        rows.append({"place": package.described(site), "outcome": "caught" if site.number in caught else outcome(site)})
    if given.output:
        Path(given.output).write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n")
    counts = Counter(row["outcome"] for row in rows)
    counted = len(rows) - counts["equivalent"]
    print(f"{counts['caught']} of {counted} changes were caught ({100 * counts['caught'] / max(1, counted):.1f} %): {dict(counts)}")


if __name__ == "__main__":
    main()
