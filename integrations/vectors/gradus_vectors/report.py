"""The answer to somebody who ran the vectors, in 80 columns."""

import textwrap
from collections.abc import Sequence

from gradus_vectors.checking import Result
from gradus_vectors.files import Case
from gradus_vectors.kinds import Finding, findings


def summary(name: str, results: Sequence[Result]) -> str:
    """A line of counts, and a paragraph for each kind of failure."""
    count = {s: sum(r.status == s for r in results) for s in ("passed", "failed", "skipped")}
    total = f"{name}: {count['passed']:,} vectors passed, {count['failed']:,} failed, {count['skipped']:,} not offered"
    return "\n\n".join([wrapped(total, "", "  "), *map(paragraph, findings(results))])


def paragraph(finding: Finding) -> str:
    first, count = finding.results[0], len(finding.results)
    lines = [
        wrapped(str(finding), "✗ ", "  "),
        wrapped(f"{count:,} {'vectors' if count > 1 else 'vector'}, first {first.case.id} ({about(first.case)})", "  ", "    "),
    ]
    if finding.options and count > 1:
        lines.append(wrapped(f"all of them set {' and '.join(finding.options)}", "  ", "    "))
    lines += [wrapped(text, "    ", "      ") for _, text in first.problems[:3]]
    lines += [
        f"  look  python -m gradus_vectors --batch {first.case.id} > case.batch.json",
        "        gradus step case.batch.json",
    ]
    return "\n".join(lines)


def wrapped(text: str, first: str, following: str) -> str:
    return textwrap.fill(
        text, 80, initial_indent=first, subsequent_indent=following, break_long_words=False, break_on_hyphens=False
    )


def about(case: Case) -> str:
    changed = ", ".join(f"{k}={v}" for k, v in case.changed.items())
    title = next((f for f in reversed(case.flags)), case.algorithm)
    return f"{title}; {changed}" if changed else title
