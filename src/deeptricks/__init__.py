"""Deep Tricks: how deep networks are really trained.

One package a part of the book (`deeptricks.inputs`, …), and `deeptricks.lab` with what every
chapter needs. A part imports no other part; `lab` imports no part.
"""
