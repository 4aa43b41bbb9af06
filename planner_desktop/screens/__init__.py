"""The window: frame, pages and what they share.

    frame       the main window: bars, rail, pages
    account     the account at work: open, read, follow changes, say how things stand
    edits       every change a person makes, as commands; undo and redo
    keywords    the Keywords page
    review      the Review page

Screens hold row keys and frozen rows, never a database handle; what takes long runs elsewhere and arrives through the bridge.
"""
