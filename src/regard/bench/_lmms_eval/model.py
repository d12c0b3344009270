"""Regard's models as lmms-eval asks them: `--model regard --model_args model=FOLDER`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lmms_eval.api.model import lmms

from regard.bench._lmms_eval import rows
from regard.core.errors import ConfigError
from regard.prompts.sample import Sample

BATCH, MOST_TOKENS = 32, 128


class Regard(lmms):
    """A model whose regions are read from the row (`regard.bench._lmms_eval.rows` says of which tasks).

    model: what `regard.load` takes, the embedded model when left out; device, dtype: where it runs, in which numbers.
    batch_size: how many questions at once.
    """

    is_simple = True
    drawn = False

    def __init__(
        self,
        model: str = "embedded",
        device: str | None = None,
        dtype: str | None = None,
        batch_size: int | str = BATCH,
        **others: Any,
    ) -> None:
        """Load the model. Raises `ConfigError` for an argument that it does not take."""
        super().__init__()
        unknown = sorted(set(others) - {"max_batch_size"})
        if unknown:
            raise ConfigError(f"--model_args takes model, device and dtype, not {', '.join(unknown)}")
        from regard.verbs import load

        placed: dict[str, Any] = {name: value for name, value in (("device", device), ("dtype", dtype)) if value}
        self._backend = load(model, **placed).backend
        self._batch = int(batch_size) if str(batch_size).isdigit() and int(batch_size) > 1 else BATCH

    def generate_until(self, requests: Sequence[Any]) -> list[str]:
        """Answer every request, in order; a text ends before the first of its task's stop words."""
        found: dict[int, str] = {}
        by_length: dict[int, list[int]] = {}
        for place, request in enumerate(requests):
            by_length.setdefault(_most_tokens(request.args[1]), []).append(place)
        for most, places in by_length.items():
            for start in range(0, len(places), self._batch):
                some = places[start : start + self._batch]
                samples = [self.sample(requests[place]) for place in some]
                written = self._backend.generate(samples, max_new_tokens=most)
                found |= {
                    place: _cut(one.text, requests[place].args[1]) for place, one in zip(some, written, strict=True)
                }
        return [found[place] for place in range(len(requests))]

    def sample(self, request: Any) -> Sample:
        """Return the question of a request (context, settings, doc_to_visual, row number, task, split)."""
        context, _, to_visual, number, task, split = request.args
        row = self.task_dict[task][split][number]
        if self.drawn:
            return rows.drawn(context, to_visual(row))
        return rows.native(task, row, context, [] if task.startswith(rows.OURS) else to_visual(row))

    def loglikelihood(self, requests: Sequence[Any]) -> list[tuple[float, bool]]:
        """Refuse: tasks that compare likelihoods give no regions."""
        raise ConfigError("tasks of the type loglikelihood are not answered; take one of the type generate_until")

    def generate_until_multi_round(self, requests: Sequence[Any]) -> list[str]:
        """Refuse: such tasks go on by rules of their own."""
        raise ConfigError("tasks of several rounds are not answered; take one of the type generate_until")


class RegardDrawn(Regard):
    """The same model, which sees what every model sees: pictures on which the task has drawn its regions."""

    drawn = True


def _most_tokens(settings: Mapping[str, Any]) -> int:
    return int(settings.get("max_new_tokens") or MOST_TOKENS)


def _cut(text: str, settings: Mapping[str, Any]) -> str:
    stops = settings.get("until") or []
    for stop in [stops] if isinstance(stops, str) else stops:
        text = text.partition(stop)[0] if stop else text
    return text
