"""One chat-completions endpoint (OpenAI's form): a question in, a text or a reason out.

Only the address that the user named is contacted: redirects are refused. What may pass (429, 5xx, a broken line) is
tried again a few times, with pauses that grow and differ, or as long as `Retry-After` asks. What is no answer (HTML,
another form, an empty text, a refusal) is a failure with its raw reply; nothing is made of it.
"""

from __future__ import annotations

import base64
import io
import json
import random
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from typing import Any

from PIL import Image as Pillow

from regard.core.errors import ConfigError
from regard.core.files import JSON_ERRORS
from regard.media.image import Image

TRIES = 4
LONGEST_PAUSE = 60.0
PASSING = (408, 409, 429, 500, 502, 503, 504)
MOST_BYTES = 2**24
SHOWN = 500


@dataclass(frozen=True)
class Reply:
    """What came back. text: None when it is no answer, `error` then says why and `raw` holds what came instead.

    tries: how often the endpoint was asked, 0 when it never was.
    """

    text: str | None
    error: str = ""
    raw: str = ""
    usage: Mapping[str, int] = field(default_factory=dict)
    tries: int = 1


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


class Chat:
    """An endpoint and a model there. `url` is its base ("http://localhost:8000/v1") or the completions address."""

    def __init__(
        self,
        url: str,
        model: str,
        *,
        key: str = "",
        timeout_s: float = 120.0,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`key` is sent as a bearer token when there is one. Raises `ConfigError` for what is no http(s) address."""
        if not url.startswith(("http://", "https://")):
            raise ConfigError(f"an endpoint is an address such as http://localhost:8000/v1, not {url!r}")
        base = url.rstrip("/")
        self.url = base if base.endswith("/chat/completions") else f"{base}/chat/completions"
        self.model = model
        self._headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {key}"} if key else {})
        self._timeout_s, self._sleep = timeout_s, sleep
        self._random = random.Random(0)
        self._opener = urllib.request.build_opener(_NoRedirect)

    def ask(self, prompt: str, pictures: Sequence[Image] = (), *, max_tokens: int = 300) -> Reply:
        """Ask once, at temperature 0, with pictures before the text. Never raises for what the endpoint does."""
        parts = [{"type": "image_url", "image_url": {"url": data_url(picture)}} for picture in pictures]
        content = [*parts, {"type": "text", "text": prompt}] if parts else prompt
        message = {"role": "user", "content": content}
        body = {"model": self.model, "messages": [message], "temperature": 0, "max_tokens": max_tokens}
        packed = json.dumps(body).encode()
        for number in range(1, TRIES + 1):
            reply, pause = self._once(packed, number)
            if pause is None or number == TRIES:
                return reply
            self._sleep(pause)
        return reply

    def _once(self, packed: bytes, number: int) -> tuple[Reply, float | None]:
        """Return what came, and the pause before another try, None where another would not help."""
        request = urllib.request.Request(self.url, packed, self._headers)
        try:
            with self._opener.open(request, timeout=self._timeout_s) as response:
                raw = response.read(MOST_BYTES).decode("utf-8", "replace")
        except urllib.error.HTTPError as error:
            raw = error.read(MOST_BYTES).decode("utf-8", "replace")
            failed = Reply(None, f"HTTP {error.code}", raw[:SHOWN], tries=number)
            again = self._pause(number, error.headers.get("Retry-After")) if error.code in PASSING else None
            return failed, again
        except (OSError, HTTPException) as error:
            reason = getattr(error, "reason", error)
            return Reply(None, f"no connection: {reason}", tries=number), self._pause(number, None)
        return read_reply(raw, number), None

    def _pause(self, number: int, asked: str | None) -> float:
        wanted = _seconds(asked)
        grown = 2.0 ** (number - 1) * (0.5 + self._random.random())
        return min(LONGEST_PAUSE, grown if wanted is None else max(wanted, 0.0))


def read_reply(raw: str, tries: int = 1) -> Reply:
    """Return the text of a chat completion; a reason when there is none: no JSON, another form, empty, a refusal."""
    try:
        document = json.loads(raw)
        choice = document["choices"][0]
        message = choice["message"]
        text, refusal = message.get("content"), message.get("refusal")
        usage = {name: count for name, count in (document.get("usage") or {}).items() if isinstance(count, int)}
    except (*JSON_ERRORS, KeyError, IndexError, TypeError, AttributeError):
        return Reply(None, "not a chat completion", raw[:SHOWN], tries=tries)
    if refusal or not isinstance(text, str) or not text.strip():
        return Reply(None, f"refused: {refusal}" if refusal else "an empty reply", raw[:SHOWN], usage, tries)
    return Reply(text, raw=raw[:SHOWN], usage=usage, tries=tries)


def data_url(picture: Image) -> str:
    """Return a picture as the data URL of a PNG."""
    held = io.BytesIO()
    Pillow.fromarray(picture.pixels).save(held, "PNG")
    return "data:image/png;base64," + base64.b64encode(held.getvalue()).decode("ascii")


def _seconds(asked: str | None) -> float | None:
    """Return what `Retry-After` asks for, in seconds: it holds seconds or a date."""
    if not asked:
        return None
    try:
        return float(asked)
    except ValueError:
        pass
    try:
        return parsedate_to_datetime(asked).timestamp() - time.time()
    except (TypeError, ValueError):
        return None
