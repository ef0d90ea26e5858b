"""The fault laboratory of the notices: a class to tell things to, a model of what it must be told, and what goes wrong.

- `world`: a class of any size in many zones, across three changes of clocks, with things that fall due.
- `model`: which notices must have been accepted and when, reckoned from the script alone and in other words than the
  product's own; it imports neither planner nor declarations.
- `mail_server`: a real mail server that fails as it is told to.
- `processes`: senders and planners in processes of their own, for tests to kill.

The short tier runs with all tests, the full one (mark `faults`) by `make test-faults`. `test_broken_variants.py` is the
list of deliberately broken versions that the laboratory has to find; most of them are run there.
"""
