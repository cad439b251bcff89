"""The answer to somebody who ran the vectors."""

from gradus_vectors.kinds import findings


def summary(name, results):
    """A line of counts, and a paragraph for each kind of failure."""
    count = {s: sum(r.status == s for r in results) for s in ("passed", "failed", "skipped")}
    lines = [f"{name}: {count['passed']:,} vectors passed, {count['failed']:,} failed, {count['skipped']:,} not offered"]
    for found in findings(results):
        first = found.results[0]
        lines += ["", f"✗ {found}", f"  {plural(len(found.results))}, first {first.case.id} ({about(first.case)})"]
        if found.options and len(found.results) > 1:
            lines += [f"  all of them set {' and '.join(found.options)}"]
        lines += [f"    {text}" for _, text in first.problems[:3]]
        lines += [
            f"  look  python -m gradus_vectors --batch {first.case.id} > case.batch.json",
            "        gradus step case.batch.json",
        ]
    return "\n".join(lines)


def plural(n):
    return f"{n:,} vectors" if n != 1 else "1 vector"


def about(case):
    changed = ", ".join(f"{k}={v}" for k, v in case.changed.items())
    title = next((f for f in reversed(case.flags)), case.algorithm)
    return f"{title}; {changed}" if changed else title
