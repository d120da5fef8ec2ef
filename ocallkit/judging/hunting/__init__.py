"""The machine looks for the situation that nobody named.

`programs` are small CAs and TAs written as words, `systems` all that can be built from them, the
smallest first, and `hunt` judges a design in one after the other until it breaks.
"""
