"""How much opening a file may take. Read by the child too, which knows nothing else of us."""

MOST_PIXELS = 60_000_000
MOST_SIDE = 20_000
SHOWN_SIDE = 2400
# Of a text: a hundred pages and more.
MOST_TEXT = 300_000
MOST_PAGES = 200

CPU_SECONDS = 4
# By the clock, should the machine be busy.
MOST_SECONDS = 12
MOST_MEMORY = 1024 * 1024 * 1024
MOST_MADE = 16 * 1024 * 1024

# What the child says by its exit.
UNREADABLE, LOCKED, TOO_MUCH = 3, 4, 5
