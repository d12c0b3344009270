"""Questions about what one region looks like and where it is."""

from __future__ import annotations

from regard.data.world.templates import Wording, wording

WORDINGS: dict[str, Wording] = {
    "colour": wording(
        """
        What colour is {a}?
        What is the colour of {a}?
        Which colour does {a} have?
        What colour is this {a_}?
        colour of {a_}?
        Tell me the colour of {a}.
        tell me the colour of the thing at {a_}
        {a} - which colour is it?
        Name the colour of {a}.
        {a} is what colour?
        What colour would you call {a}?
        Can you tell me what colour {a} is?
        Look at {a}. What colour is it?
        In {a_}, what is the main colour?
        I want to know the colour of {a}.
        Give the colour of {a} in one word.
        Is {a} red, green, blue or another colour? Which one?
        Which colour is {a}?
        What is {a_}'s colour?
        What colour do you see in {a_}?
        """,
        """
        What colour has {a}?
        Say which colour {a} is.
        For {a_}: which colour?
        What is the main colour of {a}?
        Do you know what colour {a} has?
        See {a_}? Its colour, please.
        How would you name the colour of {a}?
        """,
    ),
    "shape": wording(
        """
        What shape is {a}?
        What is the shape of {a}?
        Which shape does {a} have?
        What shape is this {a_}?
        shape of {a_}?
        Tell me the shape of {a}.
        tell me the shape of the thing at {a_}
        {a} - which shape is it?
        Name the shape of {a}.
        {a} has what shape?
        What form does {a} have?
        Can you tell me what shape {a} is?
        Look at {a}. What shape is it?
        Is {a} a circle, a square, a star or another shape? Which one?
        I want to know the shape of {a}.
        Give the shape of {a} in one word.
        Which shape is {a}?
        What is {a_}'s shape?
        What shape do you see in {a_}?
        """,
        """
        What shape has {a}?
        Say which shape {a} is.
        For {a_}: which shape?
        Do you know what shape {a} has?
        See {a_}? Its shape, please.
        How would you name the shape of {a}?
        """,
    ),
    "pattern": wording(
        """
        What pattern is on {a}?
        What pattern does {a} have?
        What is the pattern of {a}?
        Which pattern does {a} show?
        pattern of {a_}?
        Tell me the pattern of {a}.
        {a} - which pattern is it?
        Name the pattern on {a}.
        Is {a} plain, striped, dotted or checked?
        Can you tell me what pattern {a} has?
        Look at {a}. What pattern does it have?
        How is {a} patterned?
        I want to know the pattern of {a}.
        Give the pattern of {a} in one word.
        Does {a} have stripes, dots, checks or is it plain? Answer in one word.
        Is the surface of {a} plain or does it have a pattern? Which?
        What is {a_}'s pattern?
        """,
        """
        What pattern has {a}?
        Say which pattern {a} has.
        For {a_}: which pattern?
        Do you know what pattern is on {a}?
        See {a_}? Its pattern, please.
        How would you name the pattern of {a}?
        """,
    ),
    "size": wording(
        """
        What size is {a}?
        What is the size of {a}?
        How large is {a}?
        size of {a_}?
        Tell me the size of {a}.
        tell me how big the thing at {a_} is
        {a} - which size is it?
        Is {a} small, medium or large?
        Which size does {a} have?
        Can you tell me how large {a} is?
        Look at {a}. How big is it?
        I want to know the size of {a}.
        Give the size of {a} in one word.
        Would you call {a} small, medium or large?
        What is {a_}'s size?
        How much of the picture does {a} fill: small, medium or large?
        """,
        """
        What size has {a}?
        Say how large {a} is.
        For {a_}: which size?
        Do you know how big {a} is?
        See {a_}? Its size, please.
        Small, medium or large: what is {a}?
        """,
    ),
    "material": wording(
        """
        What material is {a}?
        Is {a} matte or shiny?
        What is the surface of {a} like?
        What material does {a} have?
        material of {a_}?
        Tell me the material of {a}.
        {a} - which material is it?
        Name the material of {a}.
        How does the surface of {a} look, matte or shiny?
        Can you tell me what material {a} is?
        Look at {a}. Is it shiny or matte?
        I want to know the material of {a}.
        Give the material of {a} in one word.
        Which material does {a} look like?
        What is {a_}'s material?
        Shiny or matte: what is {a}?
        """,
        """
        What material has {a}?
        Say which material {a} is.
        For {a_}: which material?
        Matte or shiny: how would you call {a}?
        See {a_}? Its material, please.
        Does {a} look matte or shiny?
        """,
    ),
    "position": wording(
        """
        Where is {a}?
        Where in the picture is {a}?
        What is the position of {a}?
        In which part of the picture is {a}?
        position of {a_}?
        Tell me where {a} is.
        Where does {a} lie?
        {a} - where is it?
        Name the part of the picture that {a} is in.
        Where can I find {a}?
        Can you tell me where {a} is?
        Look at {a}. Where is it in the picture?
        I want to know the position of {a}.
        Give the position of {a} in the image.
        Which part of the image does {a} lie in?
        What is {a_}'s position?
        Where is {a} in the image?
        Is {a} at the top, at the bottom, left, right or in the centre?
        """,
        """
        Where do you see {a}?
        Say where {a} is.
        For {a_}: which position?
        Do you know where {a} lies in the image?
        See {a_}? Its position, please.
        In what part of the image can I find {a}?
        """,
    ),
    "position_start": wording(
        """
        Where is {a} at the start?
        Where is {a} at the start of the clip?
        Where does {a} start?
        At the start, where is {a}?
        What is the position of {a} at the beginning?
        Tell me where {a} is at the beginning.
        In which part of the picture does {a} start?
        {a} - where is it at first?
        Where is {a} when the clip begins?
        When {a} is first seen, where is it?
        Where can I find {a} at first?
        Give the first position of {a}.
        """,
        """
        Where do you first see {a}?
        Where is {a} in the beginning?
        Say where {a} is at the start.
        For {a_}: which position at first?
        At first, in which part of the picture is {a}?
        """,
    ),
    "position_end": wording(
        """
        Where is {a} at the end?
        Where is {a} at the end of the clip?
        Where does {a} end?
        At the end, where is {a}?
        What is the position of {a} at the end?
        Tell me where {a} is in the end.
        In which part of the picture does {a} end?
        {a} - where is it in the end?
        Where is {a} when the clip ends?
        When {a} is last seen, where is it?
        Where can I find {a} at the end?
        Give the last position of {a}.
        """,
        """
        Where do you last see {a}?
        Where has {a} gone at the end?
        Say where {a} is at the end.
        For {a_}: which position at the end?
        In the end, in which part of the picture is {a}?
        """,
    ),
    "grid_row": wording(
        """
        Which row is {a} in?
        What row is {a} in?
        In which row is {a}?
        Tell me the row of {a}.
        row of {a_}?
        {a} - which row is it in?
        Counted from the top, which row is {a} in?
        What is the row of {a} in the grid?
        Name the row that {a} is in.
        In what row of the grid does {a} lie?
        I want to know the row of {a}.
        Give the row number of {a}.
        Can you tell me which row {a} is in?
        """,
        """
        For {a_}: which row?
        Say which row {a} lies in.
        Which row of the grid has {a}?
        Look at {a}. What is its row number?
        Do you know the row of {a}?
        """,
    ),
    "grid_column": wording(
        """
        Which column is {a} in?
        What column is {a} in?
        In which column is {a}?
        Tell me the column of {a}.
        column of {a_}?
        {a} - which column is it in?
        Counted from the left, which column is {a} in?
        What is the column of {a} in the grid?
        Name the column that {a} is in.
        In what column of the grid does {a} lie?
        I want to know the column of {a}.
        Give the column number of {a}.
        Can you tell me which column {a} is in?
        """,
        """
        For {a_}: which column?
        Say which column {a} lies in.
        Which column of the grid has {a}?
        Look at {a}. What is its column number?
        Do you know the column of {a}?
        """,
    ),
    "grid_cell": wording(
        """
        Which row and column is {a} in?
        What row and column is {a} in?
        In which row and column is {a}?
        Tell me the row and the column of {a}.
        row and column of {a_}?
        {a} - which row and column is it in?
        Where in the grid is {a}?
        What is the cell of {a} in the grid?
        Name the cell of the grid that {a} is in.
        In what row and column of the grid does {a} lie?
        I want to know the row and column of {a}.
        Give the row number and the column number of {a}.
        What is the position of {a} in the grid?
        """,
        """
        For {a_}: which row and column?
        Say which cell of the grid {a} lies in.
        Which cell has {a}?
        Look at {a}. What are its row and column?
        Do you know the row and column of {a}?
        """,
    ),
    "entity": wording(
        """
        Is {a} a real thing, a reflection or a shadow?
        Is {a} real, or a reflection, or a shadow?
        Is {a} a real thing or only a reflection or shadow?
        Thing, reflection or shadow: what is {a}?
        What kind of thing is {a}: real, a reflection or a shadow?
        Tell me if {a} is a real thing, a shadow or a reflection.
        {a} - real thing, reflection or shadow?
        Does {a_} show a real thing, a reflection or a shadow?
        Am I looking at a real thing in {a_}, or at a shadow or reflection?
        Look at {a}. Is it a shadow, a reflection or a real thing?
        Could {a} be a reflection or a shadow, or is it real?
        I want to know if {a} is a shadow, a reflection or a real thing.
        What you see in {a_}: is it a real thing, a shadow or a reflection?
        real thing, shadow or reflection: {a_}
        """,
        """
        Shadow, reflection or real thing: which is {a}?
        For {a_}: a real thing, a shadow or a reflection?
        Is {a} really there, or is it a shadow or a reflection?
        Say whether {a} is a reflection, a shadow or a real thing.
        What do you see in {a_}, a real thing, a reflection or a shadow?
        """,
    ),
    "unknown": wording(
        """
        What breed is {a}?
        Who is {a}?
        How old is {a}?
        What does {a} taste like?
        How much does {a} cost?
        What is written on {a}?
        What does {a} smell like?
        Who made {a}?
        How heavy is {a}?
        What is the name of {a}?
        What brand is {a}?
        Who owns {a}?
        What is {a} thinking?
        Where was {a} bought?
        When was {a} made?
        What language is {a} written in?
        How warm is {a}?
        What is {a} for?
        What sound does {a} make?
        What is behind {a}?
        Which country is {a} from?
        Is {a} happy or sad?
        What species is {a}?
        What is the person in {a_} wearing?
        Read the text in {a_}.
        What will {a} do tomorrow?
        How fast could {a} run in a race?
        Is {a} a man or a woman?
        What job does {a} have?
        Can I eat {a}?
        Is {a} dangerous?
        What time does {a} show?
        """,
        """
        What is the price of {a}?
        Do you know who {a} is?
        What age is {a}?
        What words are on {a}?
        Which brand made {a}?
        What animal is {a}?
        Is {a} alive?
        What is the weight of {a}?
        To whom does {a} belong?
        """,
    ),
}
