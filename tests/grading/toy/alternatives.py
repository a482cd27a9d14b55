"""Other right answers to the toy assignment."""

from deeptricks.grading import Alternative

ALTERNATIVES = [
    Alternative(
        question="standardize",
        name="with a loop",
        source="""
def standardize(x):
    rows = x if term.axis == 1 else x.T
    done = [(r - r.mean()) / (r.var() + term.epsilon) ** 0.5 for r in rows]
    return np.array(done) if term.axis == 1 else np.array(done).T
""",
    ),
]
