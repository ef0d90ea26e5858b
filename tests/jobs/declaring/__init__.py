"""An app that declares a kind of work in its `jobs.py`, as any of ours does."""
