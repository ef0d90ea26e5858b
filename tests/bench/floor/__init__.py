"""The page that others are measured by: Django as `startproject` makes it, six queries, a table of sixty rows.

A row has what rows of such lists have: two links to itself, an address, two dates, a status. Its template costs about
twenty times one plain query, which is what a table of sixty rows costs in Django's language.
"""
