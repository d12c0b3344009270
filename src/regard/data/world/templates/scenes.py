"""Questions about the whole picture or clip."""

from __future__ import annotations

from regard.data.world.templates import Wording, wording

WORDINGS: dict[str, Wording] = {
    "count": wording(
        """
        How many {p} are there?
        How many {p} are in the picture?
        How many {p} do you see?
        How many {p} can you see in the image?
        Count the {p}.
        Count the {p} in the picture.
        What is the number of {p}?
        Tell me how many {p} there are.
        number of {p}?
        {p} - how many are there?
        Give the number of {p} in the image.
        Can you count the {p}?
        In the picture, how many {p} are there?
        I want to know how many {p} there are.
        """,
        """
        Say how many {p} you see.
        How many {p} does the picture show?
        Look at the picture. How many {p} are there?
        Count all {p} that you can see.
        What number of {p} do you see?
        """,
    ),
    "exists": wording(
        """
        Is there {p}?
        Is there {p} in the picture?
        Is there {p} in the image?
        Do you see {p}?
        Can you see {p} in the picture?
        Does the picture show {p}?
        Yes or no: is there {p}?
        Tell me if there is {p}.
        I am looking for {p}. Is there one?
        Can I find {p} here?
        Does the image contain {p}?
        Is {p} anywhere in the picture?
        Look for {p}. Is there one?
        """,
        """
        Do you see {p} anywhere?
        Can {p} be seen in the image?
        Is it true that there is {p}?
        Say whether there is {p} in the picture.
        Does the scene contain {p}?
        """,
    ),
    "scene_colour": wording(
        """
        What colour is the background?
        What is the colour of the background?
        Which colour does the background have?
        background colour?
        Tell me the colour of the background.
        What colour is behind the things?
        The background - which colour is it?
        Name the colour of the background.
        The background is what colour?
        Can you tell me what colour the background is?
        Look at the background. What colour is it?
        I want to know the background colour.
        Give the colour of the background in one word.
        """,
        """
        What colour has the background?
        Say which colour the background is.
        For the background: which colour?
        Do you know the colour of the background?
        What is the main colour of the background?
        """,
    ),
    "scene_relation": wording(
        """
        What is {d} {e}?
        What do you see {d} {e}?
        Which thing is {d} {e}?
        What lies {d} {e}?
        What can be seen {d} {e}?
        Tell me what is {d} {e}.
        Name the thing {d} {e}.
        Look at {e}. What is {d} it?
        {d} {e}, what is there?
        What thing is {d} {e}?
        There is something {d} {e}. What is it?
        Find {e}. What do you see {d} it?
        """,
        """
        Say what is {d} {e}.
        Which thing do you see {d} {e}?
        Do you know what lies {d} {e}?
        What is the thing {d} {e}?
        Starting at {e}: what is {d} it?
        """,
    ),
    "place_what": wording(
        """
        What is {w}?
        What do you see {w}?
        Which thing is {w}?
        What lies {w}?
        What is {w} of the picture?
        What can be seen {w}?
        Tell me what is {w}.
        Name the thing {w}.
        Look {w}. What is there?
        What is there {w} of the image?
        There may be something {w}. What is it?
        What does the picture show {w}?
        Describe in a word or two what is {w}.
        """,
        """
        Say what is {w}.
        Which thing do you see {w}?
        Do you know what lies {w} of the picture?
        What is the thing {w} of the image?
        I am looking {w}. What do I see?
        """,
    ),
    "place_where": wording(
        """
        Where is {e}?
        Where in the picture is {e}?
        Where do you see {e}?
        Where does {e} lie?
        In which part of the picture is {e}?
        Tell me where {e} is.
        {e} - where is it?
        Find {e}. Where is it?
        What is the place of {e} in the picture?
        At which place of the image is {e}?
        I am looking for {e}. Where is it?
        Which part of the image holds {e}?
        """,
        """
        Say where {e} is.
        Where can I find {e}?
        Do you know where {e} lies?
        In what part of the image do you see {e}?
        Look for {e}. Where in the picture is it?
        """,
    ),
    "grid_what": wording(
        """
        What is in row {r}, column {c}?
        What is in row {r} column {c}?
        What do you see in row {r}, column {c}?
        Which thing is in row {r} and column {c}?
        Row {r}, column {c}: what is there?
        Tell me what is in row {r}, column {c}.
        What lies in row {r}, column {c} of the grid?
        Name the thing in row {r}, column {c}.
        In row {r} and column {c}, what do you see?
        What is at row {r}, column {c}?
        Look at row {r}, column {c}. What is it?
        What does the cell in row {r}, column {c} show?
        Show me row {r}, column {c}. What is it?
        What can be seen in row {r}, column {c}?
        Row {r} and column {c} hold what?
        Go to row {r}, column {c}. What do you find?
        I look at row {r}, column {c}. What is there?
        Does row {r}, column {c} hold something? What?
        In the cell at row {r}, column {c}, what is there?
        """,
        """
        Say what is in row {r} and column {c}.
        What thing do you see at row {r}, column {c}?
        For row {r}, column {c}: what is there?
        Which thing can I find in row {r}, column {c}?
        The cell in row {r}, column {c} shows what?
        """,
    ),
    "follow_up": wording(
        """
        And what {n} is it?
        What {n} is it?
        And its {n}?
        What is its {n}?
        And the {n}?
        Which {n} does it have?
        Tell me its {n} too.
        Now its {n}.
        And which {n}?
        Can you also tell me its {n}?
        What about the {n}?
        Its {n}?
        """,
        """
        And which {n} does it have?
        Also say its {n}.
        What about its {n}?
        And now the {n}, please.
        Do you know its {n} too?
        """,
    ),
    "follow_up_is": wording(
        """
        And is it {p}?
        Is it {p}?
        Is it also {p}?
        So it is {p}?
        It is {p}, right?
        Would you say it is {p}?
        And is it true that it is {p}?
        Is it {p} too?
        Tell me if it is {p}.
        Do you think it is {p}?
        Yes or no: is it {p}?
        And would you call it {p}?
        """,
        """
        And can one say it is {p}?
        It is {p}. Right?
        Does it look {p}?
        Also, is it {p}?
        Could you check if it is {p}?
        """,
    ),
    "follow_up_where": wording(
        """
        And where is it?
        Where is it?
        And its position?
        What is its position?
        Where in the picture is it?
        Tell me where it is.
        And in which part of the picture is it?
        What about its position?
        Where does it lie?
        Can you also tell me where it is?
        And where can I find it?
        Now its position.
        """,
        """
        Also say where it is.
        And where do you see it?
        In which part of the image does it lie?
        Do you know where it is?
        And its position, please?
        """,
    ),
}
