"""Can a secret be computed from what others know? A search with a bounded effort.

`facts.py` lists what others know of a session. `formulas.py` computes digests of these values, and
`matching.py` says whether a digest explains a secret. `go_rand.py` and `seeds.py` repeat what a
program draws from a generator with a guessable seed. `sequences.py` examines secrets in the order
in which they were made. `search.py` combines these modules.

The search is an upper bound of strength: it finds the mistakes that it knows.
"""

from conformance.bench.secrets.guessing.facts import SessionFacts
from conformance.bench.secrets.guessing.search import Guess, Search, explain

__all__ = ["Guess", "Search", "SessionFacts", "explain"]
