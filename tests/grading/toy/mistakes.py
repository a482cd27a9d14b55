"""What students get wrong in the toy assignment."""

from deeptricks.grading import Mistake

MISTAKES = [
    Mistake(
        question="standardize",
        name="unbiased variance",
        old=".var(term.axis, ",
        new=".var(term.axis, ddof=1, ",
        hint="These are the values with the unbiased variance (n − 1); n is asked.",
    ),
]
