"""Requests whose answers are places and times: boxes, masks, tracks, spans."""

from __future__ import annotations

from regard.data.world.templates import Wording, wording

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
        """,
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
        """,
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
        """,
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
        """,
        """
        During which seconds is this so: {s}?
        Find the span: {s}.
        Say when this happens: {s}.
        {s}. When is that?
        At which moments: {s}?
        """,
    ),
}
