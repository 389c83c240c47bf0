"""Page tokens: opaque, bound to a question, good for a while. They need no memory, so a restart does not end them."""

import base64
import hashlib
import hmac
import json

from cartcarrier.sandbox.amazon._call import Call
from cartcarrier.sandbox.amazon._errors import InvalidInputError
from cartcarrier.sandbox.amazon._world import Document, World

_SIGNED = 16


class Pages:
    """Makes and reads page tokens.

    Args:
        world: Where time comes from.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._key = f"pages:{world.seed}".encode()

    def make(self, state: Document, call: Call, loose: frozenset[str], *, seconds: float) -> str:
        """Make a token for where to go on.

        Args:
            state: What to remember.
            call: The question; its parameters must be the same next time.
            loose: Parameters that may change.
            seconds: How long the token is good.
        """
        whole = {"state": state, "question": _question(call, loose), "until": self._world.stamp(seconds)}
        text = json.dumps(whole, separators=(",", ":")).encode()
        return base64.b64encode(self._sign(text) + text).decode()

    def read(self, token: str, call: Call, loose: frozenset[str]) -> Document:
        """Return what a token remembers.

        Raises:
            InvalidInputError: It is not one of ours, too old, or belongs to another question.
        """
        try:
            whole = base64.b64decode(token, validate=True)
        except ValueError:
            raise InvalidInputError("The token is not valid.") from None
        signature, text = whole[:_SIGNED], whole[_SIGNED:]
        if not hmac.compare_digest(signature, self._sign(text)):
            raise InvalidInputError("The token is not valid.")
        known = json.loads(text)
        if known["until"] < self._world.stamp():
            raise InvalidInputError("The token has expired.")
        if known["question"] != _question(call, loose):
            raise InvalidInputError("The token was made for other parameters: repeat all of them unchanged.")
        state: Document = known["state"]
        return state

    def _sign(self, text: bytes) -> bytes:
        return hmac.digest(self._key, text, "sha256")[:_SIGNED]


def _question(call: Call, loose: frozenset[str]) -> str:
    fixed = sorted((name, value) for name, value in call.query.items() if name not in loose)
    return hashlib.sha256(json.dumps([call.name, call.region, fixed]).encode()).hexdigest()
