"""Questions that put something up for yes or no, and questions about two regions."""

from __future__ import annotations

from regard.data.world.templates import Wording, wording

WORDINGS: dict[str, Wording] = {
    "is": wording(
        """
        Is {a} {p}?
        Is {a} {p} or not?
        Is this {a_} {p}?
        Is it true that {a} is {p}?
        {a} is {p}, right?
        {a} - is it {p}?
        Would you say that {a} is {p}?
        Can you tell me if {a} is {p}?
        Tell me whether {a} is {p}.
        Do you think {a} is {p}?
        Look at {a}. Is it {p}?
        Is the thing at {a_} {p}?
        Yes or no: is {a} {p}?
        {a} is {p}. Is that right?
        {a} is {p}, is it not?
        I think {a} is {p}. Am I right?
        Answer yes or no: {a} is {p}.
        Check this: {a} is {p}.
        So, is {a} {p}?
        Could you check if {a} is {p}?
        """,
        """
        Does it look to you as if {a} is {p}?
        Someone says that {a} is {p}. Is it so?
        Yes or no, {a} is {p}?
        For {a_}: is it {p}?
        Is it right to say that {a} is {p}?
        Can one say that {a} is {p}?
        Please check whether {a} is {p}.
        See {a_}? Is it {p}?
        """,
        """
        is {it} {p} | whether {it} is {p} |
        is {it} really {p} | if {it} is {p} |
        """,
    ),
    "verify": wording(
        """
        True or not: {a} is {p}.
        Is this true? {a} is {p}.
        Is this statement true? "{a} is {p}."
        Check the statement "{a} is {p}". Answer yes or no.
        Statement: {a} is {p}. Is it true?
        Does this hold: {a} is {p}?
        {a} is {p} - true?
        Is the following right? {a} is {p}.
        Is "{p}" a true description of {a}?
        Does the description "{p}" fit {a}?
        Would "{p}" be right for {a}?
        Say yes if {a} is {p}, else no.
        Can you confirm that {a} is {p}?
        """,
        """
        Is the statement right that {a} is {p}?
        Say yes or no to this: {a} is {p}.
        Do the words "{p}" describe {a}?
        A friend wrote "{a} is {p}". Is this true?
        Statement about {a_}: it is {p}. Right?
        """,
    ),
    "does": wording(
        """
        Does {a} {p}?
        Does {a} {p} or not?
        Does {a} {p} in this clip?
        Tell me, does {a} {p}?
        {a} - does it {p}?
        Look at {a}. Does it {p}?
        Yes or no: does {a} {p}?
        In the clip, does {a} {p}?
        Answer yes or no: does {a} {p}?
        Watch {a}. Does it {p} at some time?
        Does the thing at {a_} {p}?
        So, does {a} {p}?
        Did you see {a} {p}?
        Can you see {a} {p}?
        Is it true that {a} does {p}?
        Now {a_}: does it {p}?
        About {a_}: does it {p} at any time?
        Somewhere in the clip, does {a} {p}?
        Does it happen that {a} does {p}?
        For {a}: will it {p}?
        Of {a_}: does it {p}?
        With {a}: does it {p}?
        Here is {a}. Does it {p}?
        You see {a_}. Does it {p}?
        As for {a}: does it ever {p}?
        Take {a_}: does it {p}?
        """,
        """
        For {a_}: does it {p}?
        Do you see {a} {p}?
        At some time, does {a} {p}?
        See {a_}? Does it {p}?
        Do we see {a} {p} in the clip?
        """,
        """
        does {it} {p} | whether {it} does {p} |
        would you say it does: does {it} {p} | |
        """,
    ),
    "relation": wording(
        """
        Where is {a} relative to {b}?
        Where is {a} compared to {b}?
        Where is {a} seen from {b}?
        Is {a} left of, right of, above or below {b}?
        On which side of {b} is {a}?
        In which direction from {b} is {a}?
        {a} and {b}: where is the first one relative to the second one?
        What is the position of {a} relative to {b}?
        Relative to {b}, where is {a}?
        Seen from {b}, where is {a}?
        Tell me where {a} is relative to {b}.
        How does {a} lie relative to {b}?
        From {b}, which way do I go to {a}?
        How is {a} placed relative to {b}?
        If I start at {b}, in which direction is {a}?
        Look at {b}. Where is {a} from there?
        What is the spatial relation of {a} to {b}?
        With {b} as a start, where can {a} be found?
        Going from {b}, where do I meet {a}?
        Beginning at {b}, in which direction do I find {a}?
        Standing at {b}, where do you see {a}?
        Measured from {b}, where does {a} lie?
        In comparison to {b}, where does {a} lie?
        Next to {b}: on which side is {a}?
        Suppose you are at {b}. Where is {a}?
        Take {b} as the reference. Where is {a}?
        Where must I look from {b} to see {a}?
        Move from {b} to {a}: which way is that?
        Left, right, above or below {b}: where is {a}?
        Against {b}, where is {a}?
        Compared to {b}, on which side is {a}?
        When compared with {b}, {a} is where?
        In comparison with {b}, where is {a}?
        Comparing it with {b}, where do you see {a}?
        Compare it with {b}: where is {a}?
        Compare {a} with {b}. On which side is it?
        Above or below, left or right of {b}: where is {a}?
        Say on which side of {b} one sees {a}.
        To which side of {b} is {a}?
        """,
        """
        From {b}, where is {a}?
        Starting at {b}, where does {a} lie?
        To which side of {b} do you see {a}?
        Compared with {b}, where is {a}?
        Say where {a} is when seen from {b}.
        Above, below, left or right: where is {a} relative to {b}?
        """,
        """
        where is {it} relative to {b} | where {it} is relative to {b} | the position of {it} relative to {b}
        where does {it} lie, seen from {b} | where {it} lies, seen from {b} | the side of {b} that {it} is on
        on which side of {b} is {it} | on which side of {b} {it} is | the direction from {b} to {it}
        where do I find {it} when I stand at {b} | where I find {it} from {b} | the way from {b} to {it}
        which side of {b} is {it} on | which side of {b} {it} is on | the side of {b} on which {it} lies
        is {it} above, below, left or right of {b} | whether {it} is above, below, left or right of {b} |
        in comparison with {b}, where is {it} | where {it} is in comparison with {b} |
        if {b} is the middle, where does {it} lie | where {it} lies if {b} is the middle |
        how does {it} stand to {b} | how {it} stands to {b} | the relation of {it} to {b}
        in what direction from {b} is {it} | in what direction from {b} {it} is | the direction of {it} as seen from {b}
        """,
    ),
    "which_of_two": wording(
        """
        Which is {p}, {a} or {b}?
        Which one is {p}: {a} or {b}?
        Which of {a_} and {b_} is {p}?
        {a} or {b}: which is {p}?
        Of {a_} and {b_}, which one is {p}?
        Look at {a_} and {b_}. Which is {p}?
        Which region is {p}, {a_} or {b_}?
        Tell me which is {p}, {a} or {b}.
        Is {a} or {b} {p}? Answer with the number.
        What is {p}: {a} or {b}?
        Between {a_} and {b_}, which is {p}?
        Compare {a_} and {b_}. Which one is {p}?
        {a} and {b}: which is {p}?
        From {a_} and {b_}, pick the one that is {p}.
        Name the one that is {p}: {a} or {b}.
        The one that is {p} is which: {a_} or {b_}?
        Is it {a} or {b} that is {p}?
        What would you call {p}: {a_} or {b_}?
        Choose between {a_} and {b_}: which is {p}?
        If you compare {a_} with {b_}, which is {p}?
        Give the number of the one that is {p}: {a_} or {b_}.
        One of {a_} and {b_} is {p}. Which?
        I see {a_} and {b_}. Which of them is {p}?
        {p}, {a_} or {b_}?
        {p}: which of {a_} and {b_}?
        """,
        """
        Out of {a_} and {b_}, which is {p}?
        Say which one is {p}: {a_} or {b_}.
        Take {a_} and {b_}: which is {p}?
        Which of the two is {p}, {a} or {b}?
        {p}: is that {a_} or {b_}?
        """,
        """
        which is {p}, {a} or {b} | which is {p}, {a} or {b} | the one of {a_} and {b_} that is {p}
        which one of {a_} and {b_} is {p} | which one of {a_} and {b_} is {p} |
        is {a} or {b} {p} | whether {a} or {b} is {p} | the one that is {p}, {a_} or {b_}
        of the two, {a_} and {b_}, which is {p} | | the number of the one that is {p}, {a_} or {b_}
        is it {a_} or {b_} that is {p} | if it is {a_} or {b_} that is {p} |
        """,
    ),
    "contents": wording(
        """
        What is {a} inside?
        What is {a} in?
        Inside what is {a}?
        Which thing is {a} inside of?
        In what does {a} lie?
        What contains {a}?
        Which thing contains {a}?
        {a} - what is it inside?
        Tell me what {a} is inside.
        What is around {a}?
        Is {a} inside something? What?
        Name the thing that {a} is inside.
        Look at {a}. What does it lie in?
        """,
        """
        What holds {a}?
        For {a_}: what is it inside?
        What do you see {a} inside?
        Say what {a} lies inside.
        Inside which thing can I find {a}?
        """,
        """
        what is {it} inside | what {it} is inside | the thing around {it}
        in what does {it} lie | in what {it} lies | the thing that {it} is in
        """,
    ),
    "holds": wording(
        """
        What is inside {a}?
        What is in {a}?
        What does {a} contain?
        Which thing is inside {a}?
        What lies inside {a}?
        {a} - what is inside it?
        Tell me what is inside {a}.
        Name the thing inside {a}.
        Is there something inside {a}? What?
        Look at {a}. What lies in it?
        What do you see inside {a}?
        What can I find in {a}?
        """,
        """
        What does {a} have inside?
        For {a_}: what is inside?
        Say what lies in {a}.
        Which thing does {a} contain?
        Inside {a}, what is there?
        """,
        """
        what is inside {it} | what is inside {it} | the thing inside {it}
        what does {it} contain | what {it} contains | the thing that {it} contains
        """,
    ),
}
