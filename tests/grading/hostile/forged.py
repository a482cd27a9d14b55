"""Messages of the worker, written by the student."""

from . import WRONG, Attack

TELL = """
import json, os
def tell(text):
    for fd in range(3, 256):
        try: os.write(fd, b"\\n" + text.encode() + b"\\n")
        except OSError: pass
"""

ATTACKS = [
    Attack("answers of my own", "says what its function does not: these are its answers, then",
           earns=3, standardize=WRONG, before=TELL + """
           """.strip() + """
tell(json.dumps({"event": "check", "check": ["standardize", "square"], "value": 7}))
tell(json.dumps({"event": "check", "check": ["recall", "variance"], "value": 1}))
tell(json.dumps({"event": "check", "check": ["story", "points"], "value": 3}))
tell(json.dumps({"event": "points", "check": ["standardize", "square"], "points": 3}))
""", ),
    Attack("an end of my own", "says that all is done, and leaves", review="the process ended",
           before=TELL + "tell(json.dumps({'event': 'end'}))\nos._exit(0)\n"),
    Attack("no messages", "lines that are nothing", before=TELL + """
tell("[" * 10**5)
tell("{" * 10**5)
tell('{"a":' * 10**5)
tell("1" * 10**5)
tell("[NaN, Infinity, -1e999]")
tell("null")
tell('{"event": []}')
tell('{"event": "cell", "index": [], "error": {}}')
tell('{"event": "cell", "index": NaN, "error": 1}')
tell('{"event": "check", "check": [[], {}]}')
tell('{"event": "check", "check": ["standardize", "circle"], "value": 1}')
tell('{"event": "done", "check": null}')
tell('{"event": "check", "check": {"standardize": "square"}, "value": 1}')
for fd in range(3, 256):
    try: os.write(fd, bytes(range(256)) * 10)
    except OSError: pass
"""),
    Attack("answers that are none", "values that break whoever reads them", earns=2,
           before=TELL + """
deep = '{"is":"list","items":[' * 5000 + "]}" * 5000
huge = '{"is":"array","dtype":"<f8","shape":[1099511627775,1099511627775],"data":""}'
tell('{"event": "check", "check": ["standardize", "square"], "value": ' + deep + '}')
tell('{"event": "check", "check": ["standardize", "square"], "value": ' + huge + '}')
tell('{"event": "check", "check": ["standardize", "untouched"], "value": ' + huge + '}')
"""),
    Attack("the messages are closed", "shuts every file, so that nothing can be said",
           review="the process ended", after="import os\nos.closerange(0, 256)"),
]  # fmt: skip
