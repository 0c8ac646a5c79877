"""Mends, written into the file.

    rounds.mend(content, file, ...)    a spec's text with every certain mend written, and what was done
    write.write(document, findings)    one round: the text with the mends of these findings, and what was refused
    write.alone(document, findings)    each finding's own edits of the file, for programs that show them

A mend says how the text of a value changes (`diagnostics/mend.py`). This room says how that is written in the style
in which the value stands (`scalars`), and takes nothing for granted: the file is read again after each edit, and its
tree must be the old one but for what was meant (`proof`). It writes no files.
"""
