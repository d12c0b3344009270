"""Requests whose answers are places and times: boxes, masks, tracks, spans."""

from __future__ import annotations

from regard.data.world.templates import Wording, wording


def _each(actions: str, *requests: str) -> str:
    """Return every request with every action in its {do}, one a line; capital where the request begins with it."""
    return "\n".join(
        request.replace("{do}", action.capitalize() if request.startswith("{do}") else action)
        for request in requests
        for action in actions.split(", ")
    )


WORDINGS: dict[str, Wording] = {
    "locate": wording(
        """
        Where is {e}? Draw a box.
        Find {e} and give a box.
        Put a box around {e}.
        Draw a box around {e}.
        Box {e}.
        Locate {e}.
        Show me {e} with a box.
        I need a box for {e}.
        Is there {e}? Then give its box.
        Mark {e} with a box.
        Detect {e}.
        Find {e} in the picture.
        Give the bounding box of {e}.
        {e}: box?
        Look for {e} and box it.
        Can you locate {e}?
        I am looking for {e}. Where is the box?
        Boxes for {e}.
        The box of {e}?
        What is the bounding box of {e}?
        Give me a box that holds {e}.
        With a box, show {e}.
        If there is {e}, put a box there.
        Say where {e} is, by a box.
        I want a box around {e}, please.
        Do you see {e}? A box will do.
        """
        + _each(
            "find, detect, spot, seek, mark, show, pick out, point out",
            "{do} {e} by a box.",
            "Please {do} {e} for me and draw its box.",
            "{do} {e}. A box, please.",
            "Can you {do} {e} and box it?",
            "I want you to {do} {e}: give the box.",
            "{do} whatever is {e}; answer in boxes.",
        ),
        """
        Find the box of {e}.
        Please locate {e} in the picture.
        Say with a box where {e} is.
        A box around {e}, please.
        Which box holds {e}?
        """,
    ),
    "segment": wording(
        """
        Segment {e}.
        Where is {e}? Draw a mask.
        Find {e} and give a mask.
        Give the mask of {e}.
        Mark every pixel of {e}.
        Show me the pixels of {e}.
        Colour in {e}.
        I need a mask of {e}.
        Cut out {e}.
        Outline {e}.
        Draw a mask over {e}.
        {e}: mask?
        Which pixels are {e}?
        Can you segment {e}?
        Make a mask of {e}.
        I am looking for {e}. Where is the mask?
        Masks for {e}.
        The mask of {e}?
        What are the pixels of {e}?
        Give me a mask that covers {e}.
        With a mask, show {e}.
        If there is {e}, put a mask there.
        Say where {e} is, by a mask.
        I want a mask of {e}, please.
        Do you see {e}? A mask will do.
        Pixel by pixel, where is {e}?
        """
        + _each(
            "find, detect, spot, segment, mark, show, pick out, trace",
            "{do} {e} by a mask.",
            "Please {do} {e} for me and draw its mask.",
            "{do} {e}. A mask, please.",
            "Can you {do} {e} and mask it?",
            "I want you to {do} {e}: give the pixels.",
            "{do} whatever is {e}; answer in masks.",
        ),
        """
        Please segment {e}.
        Find the mask of {e}.
        Mark {e} pixel by pixel.
        A mask of {e}, please.
        Show with a mask where {e} is.
        """,
    ),
    "track": wording(
        """
        Track {a}.
        Follow {a}.
        Follow {a} through the clip.
        Where does {a} go? Give masks.
        Keep track of {a}.
        Show me {a} on every frame.
        Track {a} through the video.
        Give the track of {a}.
        Stay with {a}.
        {a}: track it.
        Mark {a} on all frames.
        Find {a} on the other frames.
        Where is {a} in every frame? Give masks.
        Where is {a} later? Mark it on each frame.
        {a} moves about. Track it.
        Do not lose {a}. Mark it everywhere.
        I want the track of {a}.
        The track of {a}, please.
        A mask of {a} on each frame.
        On each frame, where is {a}? Draw it.
        Show where {a} goes, frame by frame.
        Frame by frame, mark {a}.
        Follow {a} to the last frame.
        Follow {a} until the clip ends.
        Track {a} to the very end.
        From the first frame to the end, follow {a}.
        Keep on marking {a} until the end of the video.
        Follow {a} all the way to the end.
        """
        + _each(
            "track, follow, mark, trace, watch, keep to, go after",
            "Can you {do} {a} over time?",
            "I want you to {do} {a} in this clip.",
            "Now {do} {a}, frame by frame.",
            "In every frame, {do} {a}.",
            "From here on, {do} {a}.",
        ),
        """
        Please track {a}.
        Follow {a} to the end of the clip.
        Give the masks of {a} on all frames.
        Where is {a} on each frame? Mark it.
        Watch {a} and mark it.
        """,
    ),
    "moments": wording(
        """
        When does this happen: {s}?
        At what time does this happen: {s}?
        Find the moments: {s}.
        When is this true: {s}?
        Give the time span: {s}.
        {s}: when?
        From when to when: {s}?
        Tell me when this happens: {s}.
        Mark the time: {s}.
        In which part of the clip is this true: {s}?
        Find when this is so: {s}.
        Which seconds show this: {s}?
        {s}. From when to when?
        {s}. Give the time.
        {s}. At what time?
        {s}: in which seconds?
        The time of this: {s}.
        The span of this: {s}.
        When can one see that {s}?
        When is it so that {s}?
        During what time is it true that {s}?
        At which times is this true: {s}?
        At which seconds does this happen: {s}?
        How long and when is this so: {s}?
        Over which time is this so: {s}?
        Say at what time this happens: {s}.
        Say when it is so: {s}.
        Say when this is true: {s}.
        Say when {s}.
        Say in which seconds this happens: {s}.
        Please say when: {s}.
        """
        + _each(
            "find, give, mark, name, show, state, tell me",
            "{do} the seconds: {s}.",
            "{do} the time in which {s}.",
            "{do} the span in which {s}.",
            "{do} when {s}.",
            "{do} the moments at which {s}.",
            "{do} the part of the clip in which {s}.",
        ),
        """
        During which seconds is this so: {s}?
        Find the span: {s}.
        Say when this happens: {s}.
        {s}. When is that?
        At which moments: {s}?
        """,
    ),
}
