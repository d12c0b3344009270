"""Questions that ask for one region, label or lettered option out of several, or for a description."""

from __future__ import annotations

from regard.data.world.templates import Wording, wording

WORDINGS: dict[str, Wording] = {
    "choose": wording(
        """
        Which of {regions} is {e}?
        {regions}: which one is {e}?
        Which region shows {e}? {regions}.
        Find {e}: {regions}.
        {e}: which region is it? {regions}
        Here are {regions}. Which one is {e}?
        Look at {regions}. Where is {e}? Answer with its number or none.
        Which number is {e}? {numbered}.
        {numbered}. Which of them is {e}?
        I am looking for {e}. Is it {options}?
        Is {e} {options}? Answer with the number, or none.
        Pick {e} from {regions}.
        Which one of these regions is {e}: {regions}?
        Of {regions}, which is {e}?
        {regions} - point to {e}.
        Give the number of {e}: {regions}.
        Where is {e}: {options}?
        Does one of {regions} show {e}? Say which.
        See {regions}. Is one of them {e}? Which one?
        Which number has {e}? {numbered}.
        Tell me the number of {e}: {options}.
        Is there {e} among {regions}? Give its number.
        Search {regions} for {e}.
        Take {regions}. Which of these is {e}?
        From {regions}, choose {e}.
        Select {e}: {options}.
        Look for {e} in {regions}.
        In which of {regions} do you see {e}?
        Name the number of {e}: {numbered}.
        {options}: where is {e}?
        My regions are {regions}. Show me {e}.
        Can you find {e} in {regions}? Where?
        Point at {e}. {numbered}.
        Do {regions} show {e}? Give the number or none.
        """,
        """
        Out of {regions}, which one is {e}?
        Choose {e}: {options}?
        I see {regions}. Which is {e}?
        Among {regions}, find {e}.
        Do you see {e} in one of {regions}? Which one?
        Say the number of {e}. {numbered}.
        """,
        """
        which of {regions} is {e} | which of {regions} is {e} | the number of {e} among {regions}
        which one is {e}, {options} | which one is {e}, {options} | the region of {e}: {options}
        where is {e} among {regions} | where {e} is among {regions} | the one of {regions} that is {e}
        in which of {regions} is {e} | in which of {regions} {e} is | the number of the region that shows {e}, {options}
        is {e} one of {regions}, and which | which of {regions} shows {e} | the region that shows {e}, {options}
        """,
    ),
    "letters": wording(
        """
        Answer with the letter of the right option alone.
        Answer with the letter.
        Which letter is right?
        Give the letter of the right answer.
        Choose one letter.
        Say the right letter.
        Answer with one letter only.
        Which option is it? Give its letter.
        Pick the right option. Answer with its letter.
        Reply with the letter of your choice.
        Write nothing but the letter.
        The letter of the true one?
        Which of these options is true? Give the letter alone.
        Your answer is one letter.
        Tell me the letter of the correct option.
        Answer: which letter?
        """,
        """
        Answer with the letter of the best option alone.
        Answer with the letter of the right choice alone.
        Only the letter of the answer, please.
        Which one is right? Name its letter.
        Select one option by its letter.
        """,
    ),
    "which_is_true": wording(
        """
        Which is true of {a} and {b}?
        Where is {a} relative to {b}?
        Which statement about {a} and {b} is true?
        Where does {a} lie, seen from {b}?
        How do {a} and {b} lie to each other?
        What is right about the places of {a} and {b}?
        Look at {a} and {b}. Which of these is true?
        Where is {a} compared with {b}?
        What is true of {a} and {b}?
        Which of these holds for {a} and {b}?
        Say what is true of {a}, seen from {b}.
        Choose what is right: where is {a}, and where is {b}?
        """,
        """
        Which sentence about {a} and {b} is right?
        Where is {a}, with {b} as the starting point?
        Compare the places of {a} and {b}. What is true?
        Pick the true statement about {a} and {b}.
        Which of the statements about {a} and {b} fits?
        """,
    ),
    "classify": wording(
        """
        What is {a}? Choose one: {labels}.
        Which of these is {a}: {labels}?
        {a} is one of these: {labels}. Which one?
        Choose the right label for {a}: {labels}.
        Pick one for {a}: {labels}.
        Label {a} with one of: {labels}.
        Which label fits {a} best: {labels}?
        {labels}: which of these fits {a}?
        Is {a} {either}?
        Which word describes {a}: {labels}?
        What do you call {a}: {either}?
        Classes: {labels}. What is {a}?
        From the list {labels}, choose what {a} is.
        """,
        """
        Out of {labels}, what is {a}?
        Which one of {labels} is {a}?
        Say what {a} is: {either}?
        Options: {labels}. Which option fits {a}?
        For {a_}, choose one: {labels}.
        """,
    ),
    "open": wording(
        """
        What is {a}? Answer with a short phrase.
        What is {a}?
        What is this {a_}?
        What do you see in {a_}?
        What is shown in {a_}?
        What does {a_} show?
        What can be seen at {a_}?
        {a} - what is it?
        Tell me what {a} is.
        what is at {a_}?
        Name the thing at {a_}.
        Which thing is {a}?
        Identify {a}.
        What thing is in {a_}?
        What am I looking at in {a_}?
        """,
        """
        What do we have at {a_}?
        Say what {a} is.
        For {a_}: what is it?
        What can you see in {a_}?
        Look at {a}. What is it?
        Do you know what {a} is?
        """,
        """
        what is {it} | what {it} is | the name of the thing at {it}
        """,
    ),
    "describe_brief": wording(
        """
        Describe {a} briefly.
        Briefly describe {a}.
        Give a brief description of {a}.
        Give a short description of {a}.
        Describe {a} in a few words.
        Describe {a} in one phrase.
        A short caption for {a}, please.
        Write a short caption for {a}.
        In a few words, what is {a}?
        Short description of {a_}?
        Sum up {a} in a phrase.
        Can you describe {a} briefly?
        {a} - describe it in a few words.
        Tell me briefly what {a} looks like.
        """,
        """
        Write a brief caption for {a}.
        In one short phrase, describe {a}.
        For {a_}: a short description.
        Say in a few words what {a} looks like.
        A brief description of {a}, please.
        """,
        """
        | what {it} is, in a few words | a brief description of {it}
        | | a short description of {it}
        """,
    ),
    "describe_detailed": wording(
        """
        Describe {a} in detail.
        Give a detailed description of {a}.
        Describe {a} in full detail.
        Tell me everything about {a}.
        Tell me all you see of {a}.
        Write a detailed caption for {a}.
        What does {a} look like? Give all details.
        Describe everything about {a}.
        Detailed description of {a_}?
        Can you describe {a} in detail?
        {a} - describe it in detail.
        Give me a full description of {a}.
        Explain in detail what {a} looks like and where it is.
        Describe {a} as exactly as you can.
        Write all that you see of {a}.
        List everything about {a}.
        Mention everything that you see of {a}.
        I want all the details of {a}.
        Give all that is known of {a}.
        Tell me what {a} looks like in every detail.
        Write everything about {a}.
        """,
        """
        Write a full description of {a}.
        In detail, describe {a}.
        For {a_}: a detailed description.
        Say everything you see of {a}.
        Please give all details of {a}.
        A detailed caption of {a}, please.
        """,
        """
        | what {it} looks like, in detail | a detailed description of {it}
        | | a full description of {it}
        | everything you see of {it} | everything that you see of {it}
        | all there is to say about {it} | all that can be said about {it}
        """,
    ),
    "describe_scene": wording(
        """
        Describe everything briefly.
        Describe the picture briefly.
        Give a brief description of the picture.
        What do you see?
        What is in the picture?
        What is in the image?
        Which things are in the picture?
        List the things in the picture.
        List all things that you see.
        Describe the image in a few words.
        Name everything in the picture.
        Briefly describe the scene.
        What does the picture show?
        Write a short caption for the picture.
        What can be seen here?
        """,
        """
        What can you see in the image?
        Name all the things that you see.
        Give a brief description of everything.
        What does the image show?
        Which things do you see here?
        Write a brief caption for the image.
        """,
    ),
    "describe_scene_detailed": wording(
        """
        Describe everything in detail.
        Describe the picture in detail.
        Give a detailed description of the picture.
        Describe the scene in detail.
        Tell me everything about the picture.
        Describe all things in detail.
        Write a detailed caption for the picture.
        Tell me in detail what you see.
        Give a full description of the image.
        Describe the image as exactly as you can.
        What is in the picture? Give all details.
        List everything that you see with all details.
        """,
        """
        In detail, describe the image.
        Give a detailed description of everything.
        Say in detail what the picture shows.
        Write a full description of the picture.
        Describe all that you see, in detail.
        """,
    ),
}
