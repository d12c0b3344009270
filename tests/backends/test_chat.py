"""An endpoint that misbehaves in every way: what passes is tried again, what does not is a reason."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import numpy as np
import pytest

from regard.backends._chat import TRIES, Chat, read_reply
from regard.core.errors import ConfigError
from regard.media.image import Image

GOOD = json.dumps({"choices": [{"message": {"content": "A. Yes"}}], "usage": {"prompt_tokens": 7, "total": None}})


@pytest.fixture
def endpoint():
    """A server that answers from a list of (status, headers, body), the last of them again and again."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            asked.append((self.path, dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
            status, headers, body = planned.pop(0) if len(planned) > 1 else planned[0]
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *words):
            pass

    asked, planned, slept = [], [], []
    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    chat = Chat(f"http://127.0.0.1:{server.server_port}/v1", "judge", key="secret", sleep=slept.append)
    yield chat, planned, asked, slept
    server.shutdown()
    server.server_close()


def test_a_question_in_the_common_form(endpoint):
    chat, planned, asked, _ = endpoint
    planned.append((200, {}, GOOD))
    picture = Image.from_array(np.zeros((2, 3, 3), dtype=np.uint8))
    reply = chat.ask("Is it?", [picture])
    assert (reply.text, reply.usage, reply.tries) == ("A. Yes", {"prompt_tokens": 7}, 1)
    path, headers, body = asked[0]
    assert path == "/v1/chat/completions"
    assert headers["Authorization"] == "Bearer secret"
    document = json.loads(body)
    assert (document["model"], document["temperature"]) == ("judge", 0)
    first, second = document["messages"][0]["content"]
    assert first["image_url"]["url"].startswith("data:image/png;base64,")
    assert second == {"type": "text", "text": "Is it?"}


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_what_passes_is_tried_again(endpoint, status):
    chat, planned, asked, slept = endpoint
    planned += [(status, {}, "busy"), (status, {"Retry-After": "7"}, "busy"), (200, {}, GOOD)]
    assert chat.ask("Is it?").text == "A. Yes"
    assert len(asked) == 3
    assert 0.5 <= slept[0] <= 1.5
    assert slept[1] == 7.0


def test_what_does_not_pass_ends_after_a_few_tries_with_its_raw_reply(endpoint):
    chat, planned, asked, slept = endpoint
    planned.append((500, {}, "the machine is on fire"))
    reply = chat.ask("Is it?")
    assert (reply.text, reply.error, reply.raw, reply.tries) == (None, "HTTP 500", "the machine is on fire", TRIES)
    assert len(asked) == TRIES
    assert len(slept) == TRIES - 1


def test_a_pause_is_never_endless(endpoint):
    chat, planned, _, slept = endpoint
    planned += [
        (429, {"Retry-After": "999999"}, ""),
        (429, {"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}, ""),
        (200, {}, GOOD),
    ]
    assert chat.ask("Is it?").text == "A. Yes"
    assert slept == [60.0, 0.0]


@pytest.mark.parametrize("status", [400, 401, 404, 301, 302, 307])
def test_what_would_fail_again_is_not_tried_again_and_no_redirect_is_followed(endpoint, status):
    chat, planned, asked, _ = endpoint
    planned.append((status, {"Location": "http://127.0.0.1:9/elsewhere"}, "no"))
    assert chat.ask("Is it?").error == f"HTTP {status}"
    assert len(asked) == 1


def test_nobody_there():
    slept = []
    reply = Chat("http://127.0.0.1:9/v1", "judge", sleep=slept.append).ask("Is it?")
    assert reply.text is None
    assert reply.error.startswith("no connection")
    assert len(slept) == TRIES - 1


@pytest.mark.parametrize(
    ("raw", "error"),
    [
        ("<html>welcome</html>", "not a chat completion"),
        ('{"choices": [{"message": {"content": "A', "not a chat completion"),
        ("data: {}\n\ndata: [DONE]", "not a chat completion"),
        ("[]", "not a chat completion"),
        ('{"choices": []}', "not a chat completion"),
        ('{"choices": [{"message": null}]}', "not a chat completion"),
        ('{"error": {"message": "no such model"}}', "not a chat completion"),
        ('{"choices": [{"message": {"content": ""}}]}', "an empty reply"),
        ('{"choices": [{"message": {"content": null}}]}', "an empty reply"),
        ('{"choices": [{"message": {"content": ["A"]}}]}', "an empty reply"),
        ('{"choices": [{"message": {"content": "A", "refusal": "I will not"}}]}', "refused: I will not"),
    ],
)
def test_what_is_no_answer_is_a_reason_with_what_came(raw, error):
    reply = read_reply(raw)
    assert (reply.text, reply.error, reply.raw) == (None, error, raw)


@pytest.mark.parametrize("url", ["localhost:8000", "file:///etc/hosts", "ftp://x", ""])
def test_only_addresses_of_the_web_are_endpoints(url):
    with pytest.raises(ConfigError, match="http"):
        Chat(url, "judge")
