"""A third program, as small as one can be; and ways of spoiling it."""

SMALL = """\
# A third program is a third file.
slug: negotiating
code: NEG
title: Negotiating Across Borders
weeks: 4
order: calendar
summary: Four weeks on how to agree with people whose law you do not know.
practices: [Preparing]
office: neg-office@example.org
credits:
  - kind: chair
    name: A. Sample
sample: [credits]
modules:
  - key: prepare
    kind: core
    number: 1
    title: Prepare
    practice: Preparing
    release: week 1, Monday, 09:00
    introduction: |
      What do they want?

      And what do *you* want?
    items:
      - key: read
        kind: reading
        title: Read first
        body: A page.
      - key: paper
        kind: assignment
        title: Reflection paper
        assignment:
          kind: reflection
          answered_by: teaching_fellow
          prompt: What did you prepare for in vain?
          due: week 2, Sunday, 23:59
          closes: week 3, Sunday, 23:59
          min_words: 100
          max_words: 400
          feedback_days: 7
          rubric:
            - key: honest
              title: Honest
              levels:
                Not yet: Nothing went wrong.
                Fully: Something did, and it is named.
  - key: meet
    kind: live
    title: Live class
    release: 1 week before week 1, Monday, 09:00
    items:
      - key: class
        kind: live
        title: Live class
        required: false
        meeting:
          at: week 4, Wednesday, 12:00
          minutes: 60
"""


def spoiled(old, new, *, text=SMALL):
    """The file with one place changed; the place must exist exactly once."""
    assert text.count(old) == 1, (text.count(old), old)
    return text.replace(old, new)


def line_with(words, text=SMALL):
    """The number of the only line that holds these words."""
    [number] = [number for number, line in enumerate(text.splitlines(), start=1) if words in line]
    return number
