"""Make the Rows of a class from results, the roster, and the learners who handed in nothing."""

import dataclasses

from shmlab.grading.classroom.rows import Row, absent
from shmlab.grading.submissions.learner_names import normal


def rows_of(results, entries, sources, roster=None):
    """Return (the Rows of a class in any order, sentences about learners not in the roster, or under two names).

    `results`: SubmissionResults. `entries`: all Entries, including those of learners who handed in nothing. `sources`:
    stem -> Source. `roster`: a Roster, or None; a person in it who handed in nothing gets a Row for each exercise that
    the others handed in.
    """
    handed_in = {(entry.learner, entry.exercise): entry for entry in entries if not entry.absent}
    rows = []
    for result in results:
        entry = handed_in.get((result.learner, result.exercise))
        rows.append(Row(result, entry.number if entry else "", bool(entry and entry.late)))
    exercises = sorted({row.exercise for row in rows if row.exercise} or {e.exercise for e in entries if e.exercise})
    has = _has(rows)
    for entry in entries:
        if entry.absent:
            wanted = [entry.exercise] if entry.exercise else exercises
            rows += _absent(entry.learner, entry.number, wanted, sources, has)
    if roster is None:
        return rows, []
    rows, alike, sentences = _with_persons(rows, roster)
    labels, has = roster.labels(), _has(rows)
    for person in roster.people:
        missing = [] if person.id in alike else _absent(labels[person.id], person.number, exercises, sources, has)
        rows += [dataclasses.replace(row, person=person) for row in missing]
    return rows, sentences


def _has(rows):
    """Return the set of (learner, exercise) that have a Row."""
    return {(normal(row.learner), row.exercise) for row in rows}


def _absent(learner, number, exercises, sources, has):
    """Return a Row for each exercise for which a learner has none, and add them to `has`."""
    missing = [stem for stem in exercises if stem in sources and (normal(learner), stem) not in has]
    has |= {(normal(learner), stem) for stem in missing}
    return [absent(learner, stem, sources[stem], number) for stem in missing]


def _with_persons(rows, roster):
    """Return (the Rows with their Persons and the names from the roster, the ids of persons that cannot be told apart,
    sentences about problems)."""
    labels, matched, strangers, alike, ids, twice, seen = roster.labels(), [], set(), {}, set(), set(), {}
    for row in rows:
        person = roster.match(row.learner, row.number)
        if person is None:
            matched.append(row)
            if persons := {one.id for one in roster.namesakes(row.learner, row.number)}:
                alike[row.learner] = f"{row.learner} may be {' or '.join(sorted(persons))}"
                ids |= persons
            else:
                strangers.add(row.learner)
            continue
        name = labels[person.id]
        if seen.setdefault((name, row.exercise), row.learner) != row.learner and row.exercise:
            twice.add(f"{name} ({row.exercise}: {seen[name, row.exercise]} and {row.learner})")
        matched.append(dataclasses.replace(row, person=person, result=dataclasses.replace(row.result, learner=name)))
    problems = {
        "Not in the roster": strangers,
        "Not to be told apart by the roster (the platform's own export as --roster has their numbers)": alike.values(),
        "Handed in under two names": twice,
    }
    return matched, ids, [f"{problem}: {', '.join(sorted(names))}." for problem, names in problems.items() if names]
