"""Questions about what one region looks like, and what nobody can know of it."""

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
        """
        what colour is {it} | what colour {it} is | the colour of {it}
        which colour is {it} | which colour {it} has | the colour that {it} has
        what colour does {it} have | what the colour of {it} is |
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
        """
        what shape is {it} | what shape {it} is | the shape of {it}
        which shape is {it} | which shape {it} has | the shape that {it} has
        what shape does {it} have | what the shape of {it} is |
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
        """
        what pattern does {it} have | what pattern {it} has | the pattern of {it}
        which pattern is on {it} | which pattern is on {it} | the pattern on {it}
        is {it} plain, striped, dotted or checked | if {it} is plain, striped, dotted or checked |
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
        """
        how large is {it} | how large {it} is | the size of {it}
        how big is {it} | how big {it} is | the size that {it} has
        what size is {it} | what size {it} is |
        is {it} small, medium or large | if {it} is small, medium or large |
        is {it} a small, medium or large one | if {it} is a small, medium or large one |
        how large a part of the picture is {it} | how large a part of the picture {it} is |
        is {it} a large part of it all, a medium or a small one | how large a part of it all {it} is |
        is {it} a small, a medium or a large share of the view | how large a share of the view {it} is |
        does {it} take up a small, a medium or a large part | how large a part {it} takes up |
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
        """
        what material is {it} | what material {it} is | the material of {it}
        is {it} matte or shiny | if {it} is matte or shiny |
        which material does {it} have | which material {it} has |
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
        Does {a} exist by itself, or is it a reflection or a shadow?
        Is there a thing at {a_}, or just a reflection or a shadow?
        Could one touch {a}, or is it a shadow or a reflection?
        Is {a} in the room itself, or is it a reflection, or a shadow?
        Is what you see at {a_} real, a shadow, or a reflection?
        """,
        """
        Shadow, reflection or real thing: which is {a}?
        For {a_}: a real thing, a shadow or a reflection?
        Is {a} really there, or is it a shadow or a reflection?
        Say whether {a} is a reflection, a shadow or a real thing.
        What do you see in {a_}, a real thing, a reflection or a shadow?
        """,
        """
        is {it} a real thing, a reflection or a shadow | if {it} is a real thing, a reflection or a shadow |
        is {it} a shadow, a reflection or a real thing | whether {it} is a shadow, a reflection or a real thing |
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
        What is the taste of {a}?
        What is the cost of {a}?
        What is the length of {a} in metres?
        What is the temperature of {a}?
        What is the speed limit at {a}?
        What is the owner of {a} called?
        What letters are on {a}?
        Which text can you read on {a}?
        What number is printed on {a}?
        What does the writing on {a} say?
        Which word stands on {a}?
        What sentence is printed on {a}?
        Whose is {a}?
        Who does {a_} belong to?
        What does {a} weigh?
        What is the mass of {a} in grams?
        What is the height of {a} in metres?
        What is the {n} of {a}?
        What is {a_}'s {n}?
        Tell me the {n} of {a}.
        Name the {n} of {a}.
        Which {n} does {a} have?
        What {n} has {a}?
        {a}: what {n}?
        The {n} of {a}, please.
        I want to know the {n} of {a}.
        Can you tell me the {n} of {a}?
        What {n} is on {a}?
        What kinds of {n} are on {a}?
        Which kind of {n} can you see on {a}?
        How much {n} is on {a}?
        How much {n} is in {a}?
        How good is the {n} of {a}?
        Read the {n} on {a}.
        Who knows the {n} of {a}?
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
